//! Writing requests and reading answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use oauth_sansio::{Reply, form};
use oauth2_core::server::Reason;
use serde_json::Value;

pub(crate) fn get(path: &str, parameters: &[(&str, &str)], headers: &[(&str, &str)]) -> Request<Bytes> {
    let query = form::encode(parameters.iter().copied());
    let mut request = Request::get(format!("{path}?{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).unwrap()
}

pub(crate) fn post(path: &str, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, form::MEDIA_TYPE);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(form::encode(parameters.iter().copied()).into()).unwrap()
}

pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let mut pair = String::new();
    form::encode_into(&mut pair, client_id);
    pair.push(':');
    form::encode_into(&mut pair, secret);
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// The parameters without those of this name.
pub(crate) fn without<'a>(parameters: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    parameters.iter().copied().filter(|(n, _)| *n != name).collect()
}

/// The parameters with another value for this name.
pub(crate) fn changed<'a>(
    parameters: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut parameters = without(parameters, name);
    parameters.push((name, value));
    parameters
}

pub(crate) fn location<B>(response: &Response<B>) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

pub(crate) fn cookie<B>(response: &Response<B>) -> String {
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// The query of a URL; a repeated name fails.
pub(crate) fn query(url: &str) -> BTreeMap<String, String> {
    let url: url::Url = url.parse().unwrap();
    let mut parameters = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        assert!(parameters.insert(name.into_owned(), value.into_owned()).is_none(), "{url}");
    }
    parameters
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// The error code of a token response.
pub(crate) fn error(reply: &Reply<Reason>) -> String {
    json(&reply.response)["error"].as_str().unwrap().to_owned()
}

/// The error code that a redirect tells the client.
pub(crate) fn redirected_error(reply: &Reply<Reason>) -> String {
    query(&location(&reply.response))["error"].clone()
}

/// A refusal that goes to the person, not to a URI.
pub(crate) fn assert_direct(reply: &Reply<Reason>, status: StatusCode, what: impl std::fmt::Debug) {
    assert_eq!(reply.response.status(), status, "{what:?}");
    assert!(!reply.response.headers().contains_key(header::LOCATION), "{what:?}");
    assert!(reply.reason.is_some(), "{what:?}");
}

pub(crate) fn assert_guarded(headers: &HeaderMap) {
    let expected = [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in expected {
        assert_eq!(headers[name], value);
    }
}

pub(crate) fn request_with(method: Method, path: &str, content_type: &str, body: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, content_type);
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}
