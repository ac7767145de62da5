//! Where a client sends its requests (RFC 8414 section 2), by the connection that it comes with (RFC 8705 section 5).

use http::Uri;
use url::Url;

use super::authorize::RESERVED;
use crate::metadata::{
    AuthorizationServerMetadata, MetadataError, Transport, UrlError, address, endpoint,
    has_reserved_parameter,
};

/// The endpoints that a client authenticates at. Each address was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub(super) token: Option<Uri>,
    pub(super) device: Option<Uri>,
    pub(super) pushed: Option<Uri>,
    pub(super) revocation: Option<Uri>,
    pub(super) introspection: Option<Uri>,
}

impl Endpoints {
    /// Those of everybody.
    pub(super) fn of(
        metadata: &AuthorizationServerMetadata,
        transport: Transport,
    ) -> Result<Self, MetadataError> {
        Self::read(|member| named(metadata, member), transport)
    }

    /// Those of a client that shows a certificate: the others, where no alias is named (RFC 8705 section 5).
    pub(super) fn aliases(
        &self,
        metadata: &AuthorizationServerMetadata,
        transport: Transport,
    ) -> Result<Self, MetadataError> {
        let aliases = metadata.extra.get("mtls_endpoint_aliases");
        let found = Self::read(|member| aliases?.get(member)?.as_str(), transport)?;
        let or = |alias: Option<Uri>, own: &Option<Uri>| alias.or_else(|| own.clone());
        Ok(Self {
            token: or(found.token, &self.token),
            device: or(found.device, &self.device),
            pushed: or(found.pushed, &self.pushed),
            revocation: or(found.revocation, &self.revocation),
            introspection: or(found.introspection, &self.introspection),
        })
    }

    fn read<'m>(
        named: impl Fn(&'static str) -> Option<&'m str>,
        transport: Transport,
    ) -> Result<Self, MetadataError> {
        let one = |member| named(member).map(|text| request_address(member, text, transport)).transpose();
        Ok(Self {
            token: one("token_endpoint")?,
            device: one("device_authorization_endpoint")?,
            pushed: one("pushed_authorization_request_endpoint")?,
            revocation: one("revocation_endpoint")?,
            introspection: one("introspection_endpoint")?,
        })
    }
}

/// An address in the metadata, of a member that has a field or of one that has none.
pub(super) fn named<'m>(metadata: &'m AuthorizationServerMetadata, member: &str) -> Option<&'m str> {
    let field = metadata.urls().into_iter().find(|(name, _)| *name == member);
    match field {
        Some((_, url)) => url.as_ref().map(Url::as_str),
        None => metadata.extra.get(member)?.as_str(),
    }
}

/// An address that the client may send requests to.
pub(super) fn request_address(
    member: &'static str,
    text: &str,
    transport: Transport,
) -> Result<Uri, MetadataError> {
    let problem = |problem| MetadataError::Url { member, problem };
    let url = endpoint(text, transport).map_err(problem)?;
    check_query(&url).and_then(|()| address(&url)).map_err(problem)
}

/// RFC 6749 sections 3.1 and 3.2: the endpoint's own query stays, and no parameter may come twice.
pub(super) fn check_query(url: &Url) -> Result<(), UrlError> {
    if has_reserved_parameter(url, RESERVED) { Err(UrlError::Component) } else { Ok(()) }
}
