//! How commands are refused.

use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Json, Response as Answered};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use oauth_store_sqlite::BackupError;
use serde_json::json;

use crate::admin::{AdminError, tell_when};

/// An answer to what never gets as far as a command.
pub(in crate::admin) fn refused(status: StatusCode, description: &str) -> Response<Bytes> {
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = status;
    let body = refusal_of(&mut head, description.as_bytes());
    Response::from_parts(head, body)
}

/// What the router refuses in plain words, in the shape of every other refusal.
fn refusal_of(head: &mut http::response::Parts, words: &[u8]) -> Bytes {
    let words = String::from_utf8_lossy(words);
    let description =
        if words.is_empty() { head.status.canonical_reason().unwrap_or_default() } else { &words };
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    json!({ "error": "invalid", "error_description": description }).to_string().into()
}

/// The same answer, unless the router refused it.
pub(super) fn in_our_shape(head: &mut http::response::Parts, body: Bytes) -> Bytes {
    match head.status.is_client_error() && !is_json(&head.headers) {
        true => refusal_of(head, &body),
        false => body,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// What was asked for and not done, for a program and for a person.
pub(super) struct Refusal(StatusCode, &'static str, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Answered {
        let Self(status, error, description) = self;
        let told = Json(json!({ "error": error, "error_description": description }));
        let mut answer = (status, told).into_response();
        tell_when(status, answer.headers_mut());
        answer
    }
}

impl From<AdminError> for Refusal {
    fn from(error: AdminError) -> Self {
        let status = error.status();
        let code = match &error {
            AdminError::NotFound => "not_found",
            AdminError::Taken | AdminError::Backup(BackupError::Exists | BackupError::Unfinished(_)) => {
                "taken"
            }
            AdminError::Changed => "changed",
            _ if status.is_server_error() => {
                tracing::error!(%error, "a command was not carried out");
                "unavailable"
            }
            _ => "invalid",
        };
        Self(status, code, error.to_string())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        let status = match rejection.status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        Self(status, "invalid", rejection.body_text())
    }
}

impl Refusal {
    pub(super) fn of(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self(status, error, description.into())
    }
}

pub(super) fn invalid(description: impl ToString) -> Refusal {
    Refusal::of(StatusCode::BAD_REQUEST, "invalid", description.to_string())
}

pub(super) fn unauthorized() -> Answered {
    let refusal = Refusal(StatusCode::UNAUTHORIZED, "invalid_token", "the operator's token is needed".into());
    let mut answer = refusal.into_response();
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}
