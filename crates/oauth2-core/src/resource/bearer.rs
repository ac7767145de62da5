//! Where a request carries its token (RFC 6750 section 2).

use std::borrow::Cow;

use bytes::Bytes;
use http::{
    Method, Request, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
};
use oauth_sansio::{
    auth,
    form::{self, Form, Limits, is_form},
};

use super::{Config, Reason, Scheme};

/// What a token is called in a form and in a query (RFC 6750 sections 2.2 and 2.3).
const PARAMETER: &str = "access_token";

/// A token as a request brings it.
pub(super) struct Presented<'r> {
    pub(super) scheme: Scheme,
    pub(super) token: Cow<'r, str>,
}

/// The token of a request. One in the query is used only where that is insisted on: URLs end in logs (OAuth 2.1 section 5.2).
pub(super) fn read<'r>(request: &'r Request<Bytes>, config: &Config) -> Result<Presented<'r>, Reason> {
    let in_header = in_header(request, config.dpop.is_some())?;
    let in_body = if config.form_body { in_body(request)? } else { None };
    let in_query = if config.insecure_query { in_query(request)? } else { None };
    // RFC 6750 section 3.1: more than one method is an invalid request. One that is not used counts as well.
    let beside = in_query.is_none() && is_in_query(request);
    let mut all = [in_header, in_body, in_query].into_iter().flatten();
    match (all.next(), all.next()) {
        (None, _) => Err(Reason::NoToken),
        (Some(_), Some(_)) => Err(Reason::SeveralTokens),
        (Some(_), None) if beside => Err(Reason::SeveralTokens),
        (Some(token), None) => Ok(token),
    }
}

/// Whether a request brings its token under the scheme of those that are bound to a key.
pub(super) fn is_bound<B>(request: &Request<B>) -> bool {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    values.any(|value| value.as_bytes().get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"DPoP")))
}

/// Whether a request may carry a token in its body.
pub(super) fn is_form_body<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(is_form)
}

/// RFC 6750 section 2.1, RFC 9449 section 7.1.
fn in_header(request: &Request<Bytes>, with_dpop: bool) -> Result<Option<Presented<'_>>, Reason> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Reason::SeveralTokens);
    }
    // What is no text is no token of ours; without `Bearer` in front it is none of our business.
    let Ok(value) = str::from_utf8(value.as_bytes()) else {
        return if is_bearer(value.as_bytes()) { Err(Reason::Malformed) } else { Ok(None) };
    };
    let under = |scheme: Scheme| {
        let token = auth::token(scheme.as_str(), value).map_err(|_| Reason::Malformed)?;
        Ok(token.map(|token| Presented { scheme, token: token.into() }))
    };
    match under(Scheme::Bearer)? {
        None if with_dpop => under(Scheme::Dpop),
        presented => Ok(presented),
    }
}

fn is_bearer(value: &[u8]) -> bool {
    value
        .split(|b| matches!(b, b' ' | b'\t' | b','))
        .next()
        .is_some_and(|s| s.eq_ignore_ascii_case(b"Bearer"))
}

/// RFC 6750 section 2.2: a form, and a method whose body means something.
fn in_body(request: &Request<Bytes>) -> Result<Option<Presented<'_>>, Reason> {
    if !is_form_body(request) {
        return Ok(None);
    }
    let form = Form::parse(request.body(), &Limits::default()).map_err(|_| Reason::Malformed)?;
    match only_token(&form)? {
        Some(_) if matches!(*request.method(), Method::GET | Method::HEAD) => Err(Reason::Malformed),
        token => Ok(token),
    }
}

/// RFC 6750 section 2.3.
fn in_query(request: &Request<Bytes>) -> Result<Option<Presented<'_>>, Reason> {
    if !is_in_query(request) {
        return Ok(None);
    }
    let query = request.uri().query().unwrap_or_default().as_bytes();
    only_token(&Form::parse(query, &Limits::default()).map_err(|_| Reason::Malformed)?)
}

/// The one token among these parameters.
fn only_token<'r>(form: &Form<'_>) -> Result<Option<Presented<'r>>, Reason> {
    let mut tokens = form.all(PARAMETER);
    match (tokens.next(), tokens.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Reason::SeveralTokens),
        // The same grammar as in the header (RFC 6750 section 2.1).
        (Some(token), None) if is_b64token(token) => {
            Ok(Some(Presented { scheme: Scheme::Bearer, token: token.to_owned().into() }))
        }
        (Some(_), None) => Err(Reason::Malformed),
    }
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 section 2.1).
fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

fn is_in_query<B>(request: &Request<B>) -> bool {
    request.uri().query().is_some_and(|query| query.split('&').any(is_token))
}

/// Whether a parameter, as it is encoded, is a token.
fn is_token(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    form::decode(name).is_ok_and(|name| name == PARAMETER)
}

/// Takes the token out of a query.
pub(super) fn hide_in_query<B>(request: &mut Request<B>) {
    let uri = request.uri();
    let Some(rest) = uri.query().and_then(without_token) else { return };
    let rest = if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{rest}", uri.path()) };
    let mut parts = uri.clone().into_parts();
    // What was part of an address is one.
    parts.path_and_query = rest.parse().ok();
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
}

/// Takes the token out of a form.
pub(super) fn hide_in_body(request: &mut Request<Bytes>) {
    let Some(rest) = str::from_utf8(request.body()).ok().and_then(without_token) else { return };
    if let Some(length) = request.headers_mut().get_mut(CONTENT_LENGTH) {
        *length = rest.len().into();
    }
    *request.body_mut() = rest.into();
}

/// The other parameters, as they are encoded; `None` when no token is among them.
fn without_token(parameters: &str) -> Option<String> {
    let others: Vec<_> = parameters.split('&').filter(|parameter| !is_token(parameter)).collect();
    (others.len() < parameters.split('&').count()).then(|| others.join("&"))
}
