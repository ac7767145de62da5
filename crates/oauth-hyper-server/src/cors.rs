//! Which endpoints a script of another origin may use (OAuth 2.1 section 3, RFC 10017 section 6; the protocol is that of
//! the Fetch standard, section 3.2).
//!
//! Applications in a browser page call the endpoints below themselves. They authenticate by what they put into the
//! request, never by cookies, so any origin may: there is nothing in the browser that it could abuse. No endpoint for
//! people is among them, and not the one for introspection, which is for servers.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use oauth2_core::server::Endpoint;

/// The methods that a script may use here; `None` where none may.
fn methods(endpoint: Endpoint) -> Option<&'static str> {
    match endpoint {
        Endpoint::Token
        | Endpoint::PushedAuthorization
        | Endpoint::Revocation
        | Endpoint::DeviceAuthorization
        | Endpoint::Registration => Some("POST"),
        Endpoint::ClientConfiguration => Some("GET, PUT, DELETE"),
        Endpoint::Metadata | Endpoint::Jwks => Some("GET, HEAD"),
        Endpoint::Authorize | Endpoint::Consent | Endpoint::Device | Endpoint::Introspection => None,
    }
}

/// Whether the request comes from a script of an origin that may be told anything. `null` is what a sandboxed frame and
/// a local file call themselves: nobody in particular.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_some_and(|origin| origin != "null")
}

/// The answer to the question that a browser asks first.
pub(crate) fn preflight<B>(endpoint: Endpoint, request: &Request<B>) -> Option<Response<Bytes>> {
    let methods = methods(endpoint)?;
    let headers = request.headers();
    let asks = || headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) && is_from_elsewhere(headers);
    if request.method() != Method::OPTIONS || !asks() {
        return None;
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    let allowed = HeaderValue::from_static("authorization, content-type, dpop");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    Some(response)
}

/// Whether the answer to this request may be read by the script that sent it.
pub(crate) fn is_open<B>(endpoint: Endpoint, request: &Request<B>) -> bool {
    methods(endpoint).is_some() && is_from_elsewhere(request.headers())
}

/// Lets any script read what is for everybody.
pub(crate) fn for_everybody(mut answer: Response<Bytes>) -> Response<Bytes> {
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer
}

/// Lets the script read the answer, with what it must know for its next request (RFC 9449 section 8).
pub(crate) fn open(mut answer: Response<Bytes>) -> Response<Bytes> {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("www-authenticate, dpop-nonce, retry-after");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    answer
}
