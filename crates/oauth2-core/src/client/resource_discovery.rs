//! Asking a protected resource for its metadata (RFC 9728 section 3).

use bytes::Bytes;
use http::{Response, Uri};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, auth::Challenge};

use super::{
    Error,
    discovery::{ask, document},
};
use crate::metadata::{
    MetadataError, ProtectedResourceMetadata, Transport, WellKnown, address, endpoint, well_known,
};

/// A request for a resource's metadata, ready to be sent. What it brings is of this resource and was validated; which of
/// the authorization servers to go to is the application's decision.
#[must_use]
#[derive(Clone, Debug)]
pub struct ResourceDiscovery {
    resource: String,
    uri: Uri,
    transport: Transport,
}

impl ResourceDiscovery {
    /// Discovery of a resource at its well-known place (RFC 9728 section 3.1). The identifier is compared byte for byte
    /// with what the document says.
    ///
    /// A resource that somebody else names decides which host is asked: let the adapter guard where it connects.
    ///
    /// # Errors
    /// When the identifier is no absolute URL, is not secure, or has a fragment (RFC 9728 section 1.2).
    pub fn new(resource: impl Into<String>, transport: Transport) -> Result<Self, Error> {
        let resource = resource.into();
        let uri = well_known(&resource, WellKnown::OAuthProtectedResource, transport)
            .map_err(|problem| MetadataError::Url { member: "resource", problem })?;
        Ok(Self { resource, uri, transport })
    }

    /// Discovery where a challenge of the resource says (RFC 9728 section 5.1); `None` when it does not say. The document
    /// must still be of this resource: a challenge cannot lead to the metadata of another one.
    ///
    /// # Errors
    /// When the address may not be talked to.
    pub fn told_by(
        challenge: &Challenge<'_>,
        resource: impl Into<String>,
        transport: Transport,
    ) -> Result<Option<Self>, Error> {
        let Some(told) = challenge.parameter(MEMBER) else { return Ok(None) };
        let uri = endpoint(told, transport)
            .and_then(|url| address(&url))
            .map_err(|problem| MetadataError::Url { member: MEMBER, problem })?;
        Ok(Some(Self { resource: resource.into(), uri, transport }))
    }
}

const MEMBER: &str = "resource_metadata";

impl Exchange for ResourceDiscovery {
    type Done = ProtectedResourceMetadata;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        Ok(ask(&self.uri))
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        document(&response)?;
        let metadata = ProtectedResourceMetadata::parse(response.body())?;
        metadata.validate(&self.resource, self.transport)?;
        Ok(Progress::Done(metadata))
    }
}
