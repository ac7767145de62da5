//! Reading the token endpoint's answer (RFC 6749 sections 5.1 and 5.2).

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::RETRY_AFTER};
use oauth_sansio::{
    Secret, Timestamp,
    form::{self, Form, Limits},
};
use serde_json::{Map, Value};

use super::{
    AuthorizationDetails, Error, ErrorCode, Refusal, Tokens, Untrusted, exchange::Asked, refusal::is_nqschar,
};
use crate::{
    DocumentError, Scopes,
    document::{self, Json, Members, Object, check_json, check_size, content_type},
};

/// How strictly an answer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Leniency {
    /// RFC 6749 to the letter.
    #[default]
    Strict,
    /// What servers in the wild do, as long as its meaning is not in doubt: another or no media type, a form body,
    /// an error with status 200, a byte order mark, `expires_in` as a text or a fraction, `scope` as a list or with
    /// stray spaces, no `token_type`, `null` for what is absent.
    Lenient,
}

/// Reads an answer that tells of tokens.
pub(crate) fn read(
    response: &Response<Bytes>,
    asked: Asked,
    leniency: Leniency,
    now: Timestamp,
) -> Result<Tokens, Error> {
    let mut answer = Answer::default();
    judge(response, (StatusCode::OK, "access_token"), leniency, &mut answer)?;
    tokens(&mut answer, asked, leniency, now).map_err(|problem| unreadable(response, problem))
}

/// Reads an answer; where it grants something, it has this status and a member of this name.
pub(super) fn read_as<T>(
    response: &Response<Bytes>,
    granted: (StatusCode, &str),
    leniency: Leniency,
    read: impl FnOnce(&mut Object<'_>) -> Result<T, DocumentError>,
) -> Result<T, Error> {
    let mut members = Object::default();
    judge(response, granted, leniency, &mut members)?;
    read(&mut members).map_err(|problem| unreadable(response, problem))
}

/// The members of an answer that tells of tokens, or why there are none (RFC 6749 sections 5.1 and 5.2).
#[derive(Default)]
struct Answer<'a> {
    /// Those that are known here, each in the place of its name.
    known: [Option<Json<'a>>; KNOWN],
    others: Map<String, Value>,
}

const KNOWN: usize = 9;

/// Where a member with this name is put. Names of different length need no look at their letters; of a name that is written
/// out where it is asked for, the place is known before it runs.
#[inline(always)]
fn place(name: &str) -> Option<usize> {
    match name {
        "access_token" => Some(0),
        "token_type" => Some(1),
        "expires_in" => Some(2),
        "refresh_token" => Some(3),
        "scope" => Some(4),
        "authorization_details" => Some(5),
        "error" => Some(6),
        "error_description" => Some(7),
        "error_uri" => Some(8),
        _ => None,
    }
}

impl<'a> Members<'a> for Answer<'a> {
    fn put(&mut self, name: Cow<'a, str>, value: Json<'a>) -> bool {
        match place(&name).and_then(|at| self.known.get_mut(at)) {
            Some(place) => place.replace(value).is_none(),
            None => self.others.insert(name.into_owned(), value.into()).is_none(),
        }
    }

    #[inline(always)]
    fn take(&mut self, name: &str) -> Option<Json<'a>> {
        self.known.get_mut(place(name)?)?.take()
    }

    fn has(&self, name: &str) -> bool {
        place(name).and_then(|at| self.known.get(at)).is_some_and(Option::is_some)
    }
}

/// Reads the members of an answer that grants something.
fn judge<'r>(
    response: &'r Response<Bytes>,
    granted: (StatusCode, &str),
    leniency: Leniency,
    members: &mut dyn Members<'r>,
) -> Result<(), Error> {
    let refused = |problem| unreadable(response, problem);
    read_members(response, leniency, members).map_err(refused)?;
    match outcome(response.status(), members, granted, leniency).map_err(refused)? {
        Outcome::Granted => Ok(()),
        Outcome::Refused => {
            let refusal = refusal(members, leniency).map_err(refused)?;
            Err(Error::Refused(Refusal {
                status: Some(response.status()),
                retry_after: retry_after(response.headers()),
                ..refusal
            }))
        }
    }
}

fn unreadable(response: &Response<Bytes>, problem: DocumentError) -> Error {
    Error::Answer { status: response.status(), problem, retry_after: retry_after(response.headers()) }
}

enum Outcome {
    Granted,
    Refused,
}

/// Which of the two an answer tells of.
fn outcome(
    status: StatusCode,
    members: &dyn Members<'_>,
    (success, granted): (StatusCode, &str),
    leniency: Leniency,
) -> Result<Outcome, DocumentError> {
    let (has_error, has_token) = (members.has("error"), members.has(granted));
    let is_success = match leniency {
        Leniency::Strict => status == success,
        Leniency::Lenient => status.is_success(),
    };
    if is_success {
        return match leniency {
            Leniency::Strict if has_error && has_token => Err(DocumentError::Contradictory),
            Leniency::Lenient if has_error => Ok(Outcome::Refused),
            _ => Ok(Outcome::Granted),
        };
    }
    // RFC 9700 section 4.12: a redirect is not followed, whatever it carries.
    if !(status.is_client_error() || status.is_server_error()) || (has_token && !has_error) {
        return Err(DocumentError::Status);
    }
    Ok(Outcome::Refused)
}

/// Reads the members of the body.
fn read_members<'r>(
    response: &'r Response<Bytes>,
    leniency: Leniency,
    members: &mut dyn Members<'r>,
) -> Result<(), DocumentError> {
    check_size(response)?;
    let status = response.status();
    if status.is_redirection() || status.is_informational() {
        return Err(DocumentError::Status);
    }
    match leniency {
        Leniency::Strict => check_json(response.headers())?,
        Leniency::Lenient if is_form(response) => return read_form(response.body(), members),
        Leniency::Lenient => {}
    }
    let body = response.body();
    // RFC 8259 section 8.1: a reader may ignore a byte order mark, a writer must not send one.
    let is_lenient = leniency == Leniency::Lenient;
    document::read(body.strip_prefix(b"\xef\xbb\xbf").filter(|_| is_lenient).unwrap_or(body), members)
}

/// Whether a body that is labelled as a form or as plain text is not JSON after all.
fn is_form(response: &Response<Bytes>) -> bool {
    let label = content_type(response.headers());
    let is_plain = label.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("text/plain"));
    (form::is_form(label) || is_plain) && !response.body().trim_ascii_start().starts_with(b"{")
}

fn read_form(body: &[u8], members: &mut dyn Members<'_>) -> Result<(), DocumentError> {
    let form = Form::parse(body, &Limits::default()).map_err(|_| DocumentError::Json)?;
    let mut put = |name: &str, value: &str| {
        members.put(Cow::Owned(name.to_owned()), Json::Text(Cow::Owned(value.to_owned())))
    };
    match form.pairs().all(|(name, value)| put(name, value)) {
        true => Ok(()),
        false => Err(DocumentError::Repeated),
    }
}

/// RFC 6749 section 5.1.
fn tokens(
    members: &mut Answer<'_>,
    asked: Asked,
    leniency: Leniency,
    now: Timestamp,
) -> Result<Tokens, DocumentError> {
    // All bytes at once: to stop at the first that is wrong takes longer for those that are right.
    let is_vschars =
        |text: &str| text.bytes().fold(true, |so_far, byte| so_far & matches!(byte, 0x20..=0x7e));
    let access_token = members.text("access_token")?.ok_or(DocumentError::Missing("access_token"))?;
    if access_token.is_empty() || !is_vschars(&access_token) {
        return Err(DocumentError::Value("access_token"));
    }
    let token_type = optional_text(members, "token_type", leniency)?;
    match &token_type {
        None if leniency == Leniency::Strict => return Err(DocumentError::Missing("token_type")),
        Some(name) if !name.bytes().all(|byte| byte.is_ascii_graphic()) => {
            return Err(DocumentError::Value("token_type"));
        }
        _ => {}
    }
    let expires_at = expires_in(members.take("expires_in"), leniency)?.map(|span| now.plus(span));
    let refresh_token = optional_text(members, "refresh_token", leniency)?;
    if !refresh_token.as_deref().is_none_or(is_vschars) {
        return Err(DocumentError::Value("refresh_token"));
    }
    let granted = scope(members.take("scope"), leniency)?;
    let refused_scope = match (&asked.scope, &granted) {
        (Some(asked), Some(granted)) if !asked.is_within(granted) => difference(asked, granted),
        _ => Scopes::none(),
    };
    let authorization_details = details(members.take("authorization_details"), leniency)?;
    Ok(Tokens {
        authorization_details,
        access_token: Secret::new(access_token),
        token_type: token_type.map(kept),
        expires_at,
        refresh_token: refresh_token.map(Secret::new),
        scope: granted.or(asked.scope),
        refused_scope,
        extra: std::mem::take(&mut members.others),
    })
}

/// The types that most tokens are of need no memory.
fn kept(token_type: Cow<'_, str>) -> Cow<'static, str> {
    let usual = ["Bearer", "bearer", "DPoP"].into_iter().find(|usual| *usual == token_type);
    usual.map_or_else(|| Cow::Owned(token_type.into_owned()), Cow::Borrowed)
}

fn difference(asked: &Scopes, granted: &Scopes) -> Scopes {
    let refused: Vec<&str> = asked.iter().filter(|scope| !granted.contains(scope)).collect();
    // What is part of a scope is a scope.
    refused.join(" ").parse().unwrap_or_default()
}

/// RFC 6749 section 5.2.
fn refusal(members: &mut dyn Members<'_>, leniency: Leniency) -> Result<Refusal, DocumentError> {
    let code = match (members.take("error"), leniency) {
        (None, _) => return Err(DocumentError::Missing("error")),
        (Some(Json::Text(code)), leniency) => match ErrorCode::parse(&code) {
            Some(code) => code,
            None if leniency == Leniency::Lenient && !code.is_empty() => ErrorCode::Unreadable,
            None => return Err(DocumentError::Value("error")),
        },
        (Some(Json::Other(Value::Null)), _) | (Some(_), Leniency::Strict) => {
            return Err(DocumentError::Type("error"));
        }
        (Some(_), Leniency::Lenient) => ErrorCode::Unreadable,
    };
    let mut text = |name, is_allowed: fn(u8) -> bool| match (members.text(name), leniency) {
        (Ok(text), Leniency::Strict) if text.as_deref().is_some_and(|text| !text.bytes().all(is_allowed)) => {
            Err(DocumentError::Value(name))
        }
        (Ok(text), _) => Ok(text.filter(|text| !text.is_empty()).map(Untrusted::new)),
        (Err(_), Leniency::Lenient) => Ok(None),
        (Err(error), Leniency::Strict) => Err(error),
    };
    let description = text("error_description", is_nqschar)?;
    let uri = text("error_uri", |byte| is_nqschar(byte) && byte != b' ')?;
    Ok(Refusal { code, description, uri, status: None, retry_after: None })
}

/// A text that may be absent but not empty; leniently, `null` and the empty text are absent too.
fn optional_text<'a>(
    members: &mut Answer<'a>,
    name: &'static str,
    leniency: Leniency,
) -> Result<Option<Cow<'a, str>>, DocumentError> {
    match (members.take(name), leniency) {
        (None, _) | (Some(Json::Other(Value::Null)), Leniency::Lenient) => Ok(None),
        (Some(Json::Text(text)), _) if !text.is_empty() => Ok(Some(text)),
        (Some(Json::Text(_)), Leniency::Lenient) => Ok(None),
        (Some(Json::Text(_)), Leniency::Strict) => Err(DocumentError::Value(name)),
        (Some(_), _) => Err(DocumentError::Type(name)),
    }
}

/// Seconds until the token ends. Absent is fine (RFC 6749 section 5.1 only recommends it).
pub(super) fn expires_in(
    member: Option<Json<'_>>,
    leniency: Leniency,
) -> Result<Option<Duration>, DocumentError> {
    const NAME: &str = "expires_in";
    let seconds = match (member, leniency) {
        (None, _) => return Ok(None),
        (Some(Json::Integer(seconds)), _) => seconds,
        (Some(Json::Other(Value::Number(number))), _) => whole_seconds(&number, leniency)?,
        (Some(Json::Other(Value::Null)), Leniency::Lenient) => return Ok(None),
        (Some(Json::Text(text)), Leniency::Lenient) if text.is_empty() => return Ok(None),
        (Some(Json::Text(text)), Leniency::Lenient) => text.parse().map_err(|_| DocumentError::Type(NAME))?,
        (Some(_), _) => return Err(DocumentError::Type(NAME)),
    };
    Ok(Some(Duration::from_secs(seconds)))
}

/// A number that JSON wrote with a sign, a point or an exponent. `3600.0` is an integer (RFC 8259 section 6).
fn whole_seconds(number: &serde_json::Number, leniency: Leniency) -> Result<u64, DocumentError> {
    let number = number.as_f64().unwrap_or(-1.0);
    if number.fract() != 0.0 && leniency == Leniency::Strict {
        return Err(DocumentError::Type("expires_in"));
    }
    // Up to here every whole number of seconds is exact, and the year is far beyond 100,000,000.
    if (0.0..=9_007_199_254_740_992.0).contains(&number) {
        return Ok(number as u64);
    }
    Err(DocumentError::Value("expires_in"))
}

/// RFC 6749 section 3.3. An empty scope is one without scopes.
fn scope(member: Option<Json<'_>>, leniency: Leniency) -> Result<Option<Scopes>, DocumentError> {
    let parse = |text: &str| text.parse().map(Some).map_err(|_| DocumentError::Value("scope"));
    let spaced = |texts: &mut dyn Iterator<Item = &str>| {
        parse(&texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "))
    };
    match (member, leniency) {
        (None, _) | (Some(Json::Other(Value::Null)), Leniency::Lenient) => Ok(None),
        (Some(Json::Text(text)), Leniency::Strict) => parse(&text),
        (Some(Json::Text(text)), Leniency::Lenient) => spaced(&mut text.split(' ')),
        (Some(Json::Other(Value::Array(list))), Leniency::Lenient) if list.iter().all(Value::is_string) => {
            spaced(&mut list.iter().filter_map(Value::as_str))
        }
        (Some(_), _) => Err(DocumentError::Type("scope")),
    }
}

/// RFC 9396 section 7.
fn details(
    member: Option<Json<'_>>,
    leniency: Leniency,
) -> Result<Option<AuthorizationDetails>, DocumentError> {
    const NAME: &str = "authorization_details";
    match (member.map(Value::from).map(AuthorizationDetails::read), leniency) {
        (None, _) | (Some(None), Leniency::Lenient) => Ok(None),
        (Some(Some(details)), _) => Ok(Some(details)),
        (Some(None), Leniency::Strict) => Err(DocumentError::Value(NAME)),
    }
}

/// `Retry-After` in seconds (RFC 9110 section 10.2.3); a date is left to whoever has a calendar.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}
