//! Answers of the backend itself. Nobody keeps them, and no page that follows is told where the browser was.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

/// A 401 says how one is let in (RFC 9110 section 15.5.2): here by a cookie, for which there is no scheme that a browser
/// would ask a person about.
pub(super) const CHALLENGE: HeaderValue = HeaderValue::from_static("Cookie");

pub(super) fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

pub(super) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut answer = bare(status).map(|_| Full::from(value.to_string()));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A redirect that takes no body along (RFC 9700 section 4.12). `None` when the address fits in no header.
pub(super) fn see_other(address: &str) -> Option<Response<Full<Bytes>>> {
    let mut answer = bare(StatusCode::SEE_OTHER);
    answer.headers_mut().insert(header::LOCATION, HeaderValue::try_from(address).ok()?);
    Some(answer)
}
