//! Asking a protected resource for its metadata (RFC 9728 section 3).

use bytes::Bytes;
use http::{Response, Uri, uri::PathAndQuery};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress, auth::Challenge};

use super::{
    Error,
    discovery::{Found, Places, document},
};
use crate::metadata::{
    MetadataError, ProtectedResourceMetadata, Transport, UrlError, WellKnown, address, endpoint, well_known,
};

/// A request for a resource's metadata, ready to be sent. What it brings is of this resource and was validated; which of
/// the authorization servers to go to is the application's decision.
#[must_use]
#[derive(Clone, Debug)]
pub struct ResourceDiscovery {
    resource: String,
    places: Places,
    transport: Transport,
}

impl ResourceDiscovery {
    /// Discovery of a resource at its well-known place (RFC 9728 section 3.1). The identifier is compared byte for byte
    /// with what the document says. Where there is nothing, the origin is asked, as the Model Context Protocol has it; its
    /// document must be of this very resource, too.
    ///
    /// A resource that somebody else names decides which host is asked: let the adapter guard where it connects.
    ///
    /// # Errors
    /// When the identifier is no absolute URL, is not secure, or has a fragment (RFC 9728 section 1.2).
    pub fn new(resource: impl Into<String>, transport: Transport) -> Result<Self, Error> {
        let resource = resource.into();
        let problem = |problem| MetadataError::Url { member: "resource", problem };
        let uri = well_known(&resource, WellKnown::OAuthProtectedResource, transport).map_err(problem)?;
        let root = root(&uri).map_err(problem)?;
        Ok(Self { resource, places: Places::new(vec![uri, root]), transport })
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
        Ok(Some(Self { resource: resource.into(), places: Places::new(vec![uri]), transport }))
    }
}

const MEMBER: &str = "resource_metadata";

/// The same place without the path of the resource.
fn root(uri: &Uri) -> Result<Uri, UrlError> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static("/.well-known/oauth-protected-resource"));
    Uri::from_parts(parts).map_err(|_| UrlError::Malformed)
}

impl Exchange for ResourceDiscovery {
    type Done = ProtectedResourceMetadata;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        self.places.ask()
    }

    fn response(mut self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        if let Found::Elsewhere = self.places.after(response.status()) {
            return Ok(Progress::Again(self));
        }
        document(&response)?;
        let metadata = ProtectedResourceMetadata::parse(response.body())?;
        metadata.validate(&self.resource, self.transport)?;
        Ok(Progress::Done(metadata))
    }
}
