//! Answers of a provider, put into the words of the standard.
//!
//! Nothing is decided here that the strict reader decides: an answer that cannot be understood is handed on as it came,
//! and refused there with the reason.

use std::convert::identity;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use oauth_sansio::{
    Timestamp,
    form::{self, Form, Limits},
};
use serde_json::{Map, Value};

use super::{Answers, ExpiryUnit, callback::standard_code};
use crate::{
    client::refusal::is_nqschar,
    document::{Object, check_json, check_size, content_type},
};

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum Kind {
    /// Tokens (RFC 6749 section 5).
    Tokens,
    /// Tokens for a refresh token (RFC 6749 section 6).
    Refreshed,
    /// Codes for a device (RFC 8628 section 3.2).
    Device,
    /// A token that is given back (RFC 7009 section 2.2).
    Revocation,
    /// Anything else: only errors are put into other words.
    Other,
}

type Members = Map<String, Value>;

impl Answers {
    pub(super) fn heard(&self, response: Response<Bytes>, kind: Kind, now: Timestamp) -> Response<Bytes> {
        let status = response.status();
        if kind == Kind::Revocation && self.revoked_with_any_success && status.is_success() {
            return with_status(response, StatusCode::OK);
        }
        let Some(mut members) = self.members(&response) else { return response };
        if self.is_refusal(status, &members) {
            // RFC 9700 section 4.12: a redirect stays one, and is refused behind.
            let status = if status.is_success() { StatusCode::BAD_REQUEST } else { status };
            return with_members(with_status(response, status), self.refusal(&members));
        }
        match kind {
            Kind::Tokens => self.tokens(&mut members, false, now),
            Kind::Refreshed => self.tokens(&mut members, self.refreshed_at_top, now),
            Kind::Device => put(&mut members, &self.verification_uri, "verification_uri", identity),
            Kind::Revocation | Kind::Other => {}
        }
        with_members(response, members)
    }

    /// The members of a body in which none is repeated.
    fn members(&self, response: &Response<Bytes>) -> Option<Members> {
        check_size(response).ok()?;
        if self.form && form::is_form(content_type(response.headers())) {
            let form = Form::parse(response.body(), &Limits::default()).ok()?;
            let pairs = form.pairs().map(|(name, value)| (name.to_owned(), value.into()));
            return Some(pairs.collect()).filter(|_| !form.has_repeats());
        }
        check_json(response.headers()).ok()?;
        Some(Object::parse(response.body()).ok()?.rest())
    }

    fn is_refusal(&self, status: StatusCode, members: &Members) -> bool {
        let has_error = || first(members, &self.error).is_some();
        match &self.success_flag {
            _ if !status.is_success() => true,
            Some(flag) if members.get(flag) != Some(&Value::Bool(true)) => true,
            _ => self.error_with_success && has_error(),
        }
    }

    /// RFC 6749 section 5.2.
    fn refusal(&self, members: &Members) -> Members {
        let mut refusal = Map::new();
        if let Some(code) = first(members, &self.error).map(|code| printable(&code)) {
            let known = standard_code(&self.error_codes, &code).map(str::to_owned);
            refusal.insert("error".into(), known.unwrap_or(code).into());
        }
        if let Some(text) = first(members, &self.error_description) {
            refusal.insert("error_description".into(), printable(&text).into());
        }
        if let Some(Value::String(uri)) = members.get("error_uri") {
            refusal.insert("error_uri".into(), uri.clone().into());
        }
        refusal
    }

    /// RFC 6749 section 5.1.
    fn tokens(&self, members: &mut Members, at_top: bool, now: Timestamp) {
        let mut put = |path, name, read: &dyn Fn(Value) -> Value| {
            put(members, if at_top { name } else { path }, name, read);
        };
        put(&self.access_token, "access_token", &identity);
        put(&self.refresh_token, "refresh_token", &identity);
        put(&self.expiry, "expires_in", &|value| self.expiry_unit.seconds(value, now));
        put(&self.scope, "scope", &|value| self.scope(value));
        put(&self.token_type, "token_type", &|kind| match kind.as_str() {
            Some(name) if self.bearer_types.iter().any(|one| one.eq_ignore_ascii_case(name)) => {
                "Bearer".into()
            }
            _ => kind,
        });
        if let Some(kind) = &self.missing_token_type {
            members.entry("token_type").or_insert_with(|| kind.clone().into());
        }
    }

    fn scope(&self, value: Value) -> Value {
        let joined = |scopes: Vec<&str>| Value::String(scopes.join(" "));
        match &value {
            Value::String(text) => {
                let scopes = text.split(|char| self.scope_separators.contains(char));
                joined(scopes.filter(|scope| !scope.is_empty()).collect())
            }
            Value::Array(list) if self.scope_list => {
                match list.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
                    Some(scopes) => joined(scopes),
                    None => value,
                }
            }
            _ => value,
        }
    }
}

impl ExpiryUnit {
    /// Seconds from now; what is none stays as it is.
    fn seconds(self, value: Value, now: Timestamp) -> Value {
        let number = match (&value, self) {
            (_, Self::Seconds) => return value,
            (Value::String(text), _) => text.parse().ok(),
            _ => value.as_u64(),
        };
        match (number, self) {
            (None, _) => value,
            (Some(seconds), Self::Seconds | Self::SecondsOrText) => seconds.into(),
            (Some(end), Self::UnixSeconds) => end.saturating_sub(now.as_unix()).into(),
            (Some(end), Self::UnixMilliseconds) => (end / 1000).saturating_sub(now.as_unix()).into(),
        }
    }
}

/// Moves what is at a path to where the standard has it. What stood there is of something else, and goes.
fn put(members: &mut Members, path: &str, name: &str, read: impl FnOnce(Value) -> Value) {
    let found = take(members, path).filter(|value| !value.is_null());
    members.remove(name);
    if let Some(value) = found {
        members.insert(name.to_owned(), read(value));
    }
}

/// Takes out what is at a path.
fn take(members: &mut Members, path: &str) -> Option<Value> {
    let Some((parents, name)) = path.rsplit_once('.') else { return members.remove(path) };
    let mut names = parents.split('.');
    let mut value = members.get_mut(names.next()?)?;
    for name in names {
        value = match value {
            Value::Array(list) => list.get_mut(name.parse::<usize>().ok()?)?,
            value => value.get_mut(name)?,
        };
    }
    value.as_object_mut()?.remove(name)
}

/// The text or number at the first of these paths that leads to one.
fn first(members: &Members, paths: &[String]) -> Option<String> {
    paths.iter().find_map(|path| match look(members, path)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn look<'m>(members: &'m Members, path: &str) -> Option<&'m Value> {
    let mut names = path.split('.');
    let first = members.get(names.next()?)?;
    names.try_fold(first, |value, name| match value {
        Value::Array(list) => list.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })
}

/// In the characters that the standard allows in errors (RFC 6749 section 5.2).
fn printable(text: &str) -> String {
    let allowed = |char: char| match char {
        '"' => '\'',
        '\\' => '/',
        char if char.is_whitespace() || char.is_control() => ' ',
        char if u8::try_from(char).is_ok_and(is_nqschar) => char,
        _ => '?',
    };
    text.chars().map(allowed).collect()
}

fn with_status(mut response: Response<Bytes>, status: StatusCode) -> Response<Bytes> {
    *response.status_mut() = status;
    response
}

fn with_members(mut response: Response<Bytes>, members: Members) -> Response<Bytes> {
    *response.body_mut() = Value::Object(members).to_string().into();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
