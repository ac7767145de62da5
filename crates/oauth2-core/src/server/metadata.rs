//! The metadata endpoint (RFC 8414 section 3).

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use oauth_sansio::Reply;

use super::{AuthorizationServer, Reason, Step, wire};

pub(super) fn receive(server: &AuthorizationServer, request: &Request<Bytes>) -> Step {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Step::Reply(wire::direct_error(Reason::Method, "GET, HEAD"));
    }
    let mut response = Response::new(server.metadata_document());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // It changes only when the server is configured anew.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Step::Reply(Reply::granted(response))
}
