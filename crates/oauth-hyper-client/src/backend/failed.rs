//! Why a backend does not do what it was asked for.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use oauth_clock::NoEntropy;
use oauth2_core::client::{self, ErrorCode};

use super::answer;
use crate::page::page;
use crate::{AuthorizeError, Error, SendError, TokenError, TokenStoreError};

/// The reason, for the operator. What the browser is told says less.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("nothing is here")]
    NotFound,
    #[error("not by this method")]
    Method(&'static str),
    #[error("`return_to` does not lead to a page of this origin")]
    ReturnTo,
    #[error("the browser has not begun this login, or has finished it")]
    Stranger,
    #[error("the provider's answer: {0}")]
    Callback(client::Error),
    #[error("the provider: {0}")]
    Provider(#[from] Error<client::Error>),
    #[error("the application does not let this person in")]
    TurnedAway,
    #[error("not sent by a script of our own page")]
    Foreign,
    #[error("nobody is logged in")]
    NoSession,
    #[error("the request is not for the API, or leaves it")]
    Leaves,
    #[error("the body: {0}")]
    Body(StatusCode),
    #[error("the API: {0}")]
    Api(SendError),
    #[error(transparent)]
    Tokens(TokenError),
    #[error("the store: {0}")]
    Store(#[from] TokenStoreError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl From<AuthorizeError<SendError>> for Failed {
    fn from(error: AuthorizeError<SendError>) -> Self {
        match error {
            AuthorizeError::OtherResource => Self::Leaves,
            AuthorizeError::Tokens(error) if error.is_dead_grant() => Self::NoSession,
            AuthorizeError::Tokens(error) => Self::Tokens(error),
            AuthorizeError::Send(error) => Self::Api(error),
        }
    }
}

impl Failed {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::Leaves => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::ReturnTo | Self::Stranger => StatusCode::BAD_REQUEST,
            Self::Callback(error) if was_denied(error) => StatusCode::FORBIDDEN,
            Self::Callback(_) => StatusCode::BAD_REQUEST,
            Self::TurnedAway | Self::Foreign => StatusCode::FORBIDDEN,
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::Body(status) => *status,
            Self::Api(SendError::TimedOut(_)) => StatusCode::GATEWAY_TIMEOUT,
            Self::Provider(_) | Self::Api(_) => StatusCode::BAD_GATEWAY,
            Self::Tokens(_) | Self::Store(_) | Self::NoEntropy(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The answer, to a browser that brings a person here or to a script.
    pub(super) fn to_browser(&self, is_page: bool) -> Response<Full<Bytes>> {
        let answer = if is_page { self.to_page() } else { self.to_script() };
        self.with_headers(answer)
    }

    fn to_page(&self) -> Response<Full<Bytes>> {
        let says = match self {
            Self::Callback(error) if was_denied(error) => "Access was not granted.",
            Self::TurnedAway => "You cannot use this application.",
            Self::Stranger | Self::Callback(_) => "This login cannot be finished. Go back and try again.",
            Self::Provider(_) | Self::Store(_) | Self::NoEntropy(_) => {
                "The login does not work now. Try again later."
            }
            _ => "There is nothing here.",
        };
        page(self.status(), says)
    }

    fn to_script(&self) -> Response<Full<Bytes>> {
        let word = match self {
            Self::Foreign => "not_our_page",
            Self::NoSession => "login_required",
            Self::Body(_) => "body",
            Self::Api(_) => "api_unreachable",
            Self::Tokens(_) | Self::Store(_) | Self::NoEntropy(_) => "try_later",
            _ => "not_found",
        };
        answer::json(self.status(), &serde_json::json!({ "error": word }))
    }

    fn with_headers(&self, mut answer: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
        let status = self.status();
        tracing::info!(status = status.as_u16(), error = %self, "refused");
        let headers = answer.headers_mut();
        if let Self::Method(allowed) = self {
            headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
        }
        if let Self::NoSession = self {
            headers.insert(header::WWW_AUTHENTICATE, answer::CHALLENGE);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        answer
    }
}

/// Whether the person said no (RFC 6749 section 4.1.2.1).
fn was_denied(error: &client::Error) -> bool {
    matches!(error, client::Error::Refused(refusal) if refusal.code == ErrorCode::AccessDenied)
}
