//! Where a server's document about itself is, and of whom it may be (RFC 9728 section 3, Model Context Protocol, "Protected
//! Resource Metadata Discovery Requirements").

use std::collections::VecDeque;

use http::Uri;
use url::Url;

use crate::{
    client::{Challenged, Error},
    metadata::{MetadataError, Transport, UrlError, WellKnown, address, endpoint, well_known},
};

/// Where to ask: only where the challenge says, if it does; otherwise at the server's own place, and then at the root.
pub(super) fn places(
    server: &Url,
    challenged: Option<&Challenged>,
    transport: Transport,
) -> Result<VecDeque<Uri>, Error> {
    let problem = |problem| MetadataError::Url { member: "resource_metadata", problem };
    if let Some(told) = challenged.and_then(|challenged| challenged.resource_metadata.as_deref()) {
        let url = endpoint(told, transport).map_err(problem)?;
        return Ok(VecDeque::from([address(&url).map_err(problem)?]));
    }
    let own = well_known(path_only(server).as_str(), WellKnown::OAuthProtectedResource, transport);
    let root =
        well_known(&server.origin().ascii_serialization(), WellKnown::OAuthProtectedResource, transport);
    let mut places = VecDeque::from([own.map_err(problem)?, root.map_err(problem)?]);
    if places.front() == places.back() {
        places.pop_back();
    }
    Ok(places)
}

/// Whether a document that calls itself this may speak for the server: it is the server's address, without its query, or one
/// that the server lies below at the same origin. It is never another host's, whoever led to the document.
pub(super) fn speaks_for(resource: &str, server: &Url, transport: Transport) -> Result<(), MetadataError> {
    let mismatch = MetadataError::ResourceMismatch;
    let of: Url = endpoint(resource, transport).map_err(|_: UrlError| mismatch)?;
    let is_same_origin = of.origin() == server.origin() && of.query().is_none();
    let base = of.path().strip_suffix('/').unwrap_or(of.path());
    let below = server.path().strip_prefix(base);
    match is_same_origin && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
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
