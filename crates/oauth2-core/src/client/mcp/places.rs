//! Where a server's document about itself is, and of whom it may be (RFC 9728 section 3, Model Context Protocol, "Protected
//! Resource Metadata Discovery Requirements").

use url::Url;

use crate::{
    client::{Challenged, Error, discovery::Places},
    metadata::{MetadataError, Transport, UrlError, WellKnown, address, endpoint, well_known},
};

/// Where to ask: only where the challenge says, if it does; otherwise at the server's own place, and then at the root.
pub(super) fn places(
    server: &Url,
    challenged: Option<&Challenged>,
    transport: Transport,
) -> Result<Places, Error> {
    let problem = |problem| MetadataError::Url { member: "resource_metadata", problem };
    if let Some(told) = challenged.and_then(|challenged| challenged.resource_metadata.as_deref()) {
        let url = endpoint(told, transport).map_err(problem)?;
        return Ok(Places::new(vec![address(&url).map_err(problem)?]));
    }
    let own = well_known(path_only(server).as_str(), WellKnown::OAuthProtectedResource, transport);
    let root =
        well_known(&server.origin().ascii_serialization(), WellKnown::OAuthProtectedResource, transport);
    Ok(Places::new(vec![own.map_err(problem)?, root.map_err(problem)?]))
}

/// Whether a document that calls itself this may speak for the server: it is the server's address, without its query, or one
/// that the server lies below at the same origin. It is never another host's, whoever led to the document.
pub(super) fn speaks_for(resource: &str, server: &Url, transport: Transport) -> Result<(), MetadataError> {
    let mismatch = MetadataError::ResourceMismatch;
    let of: Url = endpoint(resource, transport).map_err(|_: UrlError| mismatch)?;
    let is_same_origin = of.origin() == server.origin() && of.query().is_none();
    // Identical, or a parent that ends with a slash: nothing is normalised.
    let below = server.path().strip_prefix(of.path());
    let is_parent = |rest: &str| of.path().ends_with('/') || rest.starts_with('/');
    match is_same_origin && below.is_some_and(|rest| rest.is_empty() || is_parent(rest)) {
        true => Ok(()),
        false => Err(mismatch),
    }
}

/// The address that the server is known by.
pub(super) fn path_only(server: &Url) -> Url {
    let mut url = server.clone();
    url.set_query(None);
    url
}
