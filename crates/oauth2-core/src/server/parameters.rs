//! Reading the parameters of a request (RFC 6749 sections 3.1 and 3.2).

use http::{HeaderMap, header::CONTENT_TYPE};
use oauth_sansio::form::{Form, FormError, Limits, is_form};

use super::Reason;

/// A parameter that may come once; without a value it counts as absent.
pub(super) fn optional<'f>(form: &'f Form<'_>, name: &'static str) -> Result<Option<&'f str>, Reason> {
    form.one(name).map_err(|_| Reason::Repeated(name))
}

/// A parameter that must come once.
pub(super) fn required<'f>(form: &'f Form<'_>, name: &'static str) -> Result<&'f str, Reason> {
    optional(form, name)?.ok_or(Reason::Missing(name))
}

/// Parses a query or a body.
pub(super) fn parse<'f>(bytes: &'f [u8], limits: &Limits) -> Result<Form<'f>, Reason> {
    Form::parse(bytes, limits).map_err(|error| match error {
        FormError::TooLong | FormError::TooMany | FormError::ParameterTooLong => Reason::TooLarge,
        FormError::Utf8 | FormError::Encoding(_) | FormError::Repeated => Reason::Encoding,
    })
}

/// Parses a body, which must call itself a form.
pub(super) fn parse_body<'f>(
    headers: &HeaderMap,
    body: &'f [u8],
    limits: &Limits,
) -> Result<Form<'f>, Reason> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match content_type {
        Some(content_type) if is_form(content_type) => parse(body, limits),
        _ => Err(Reason::NotAForm),
    }
}
