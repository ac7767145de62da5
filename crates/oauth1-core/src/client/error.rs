//! What can go wrong with a request, and who is to blame.

use http::StatusCode;

use super::{AnswerError, RedirectError, SignError};

/// Why no credentials, or no answer, were obtained. No variant holds or prints a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The provider refused.
    #[error("the provider refused with {status}{}", problem.as_ref().map(|p| format!(": {p}")).unwrap_or_default())]
    Refused {
        /// The HTTP status of the answer.
        status: StatusCode,
        /// `oauth_problem`, where the provider says one, as in `timestamp_refused`. Its own words, not to be trusted.
        problem: Option<String>,
    },
    /// The provider redirects. A signed request is never sent to where somebody else points.
    #[error("the provider redirects with {0}, which is not followed")]
    Redirected(StatusCode),
    /// A request to an API was redirected to where it must not go.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// The provider's answer is not what RFC 5849 says.
    #[error("the provider's answer: {0}")]
    Answer(#[from] AnswerError),
    /// The token credentials came without a session handle, so nothing renews them.
    #[error("the token credentials cannot be renewed")]
    NotRenewable,
    /// No address is known where token credentials are given back.
    #[error("the provider takes no token credentials back")]
    NotRevocable,
    /// The answer would be a bearer token, and the address is not https (RFC 6749 section 3.2).
    #[error("a bearer token is asked for over https only")]
    Insecure,
    /// The request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Who has to do something about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The peer misbehaved, or somebody in its place.
    Peer,
    /// The peer speaks OAuth 1.0 without the a, or something else.
    Incompatible,
    /// The peer did its part, and refused.
    Refusal,
    /// The caller.
    Caller,
}

impl Error {
    /// Who is to blame.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Refused { status, .. } if status.is_client_error() => Blame::Refusal,
            Self::Refused { .. } | Self::Redirected(_) | Self::Redirect(_) => Blame::Peer,
            Self::Answer(AnswerError::CallbackNotConfirmed) => Blame::Incompatible,
            Self::Answer(_) => Blame::Peer,
            Self::NotRenewable | Self::NotRevocable | Self::Insecure | Self::Sign(_) => Blame::Caller,
        }
    }
}
