//! Why a request was not let through: exact, for the operator.

use crate::{
    dpop::DpopError,
    jose::{ClaimError, JwsError},
    jwt::{AccessTokenError, PossessionError},
    server::FetchError,
};

use super::IntrospectionError;

/// The exact reason of a refusal. It stays inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// The request carries no token where one is looked for.
    #[error("the request carries no token")]
    NoToken,
    /// What follows the scheme is no token, or a header or form does not follow its grammar.
    #[error("the token is malformed")]
    Malformed,
    /// The request carries a token in more than one place, or more than one `Authorization` header.
    #[error("the request carries more than one token")]
    SeveralTokens,
    /// There is no such access token.
    #[error("the access token is unknown")]
    Unknown,
    /// The access token has expired.
    #[error("the access token has expired")]
    Expired,
    /// What the access token stands for has been revoked.
    #[error("the access token is revoked")]
    Revoked,
    /// The access token is a JWT that is none of this server, for this API, of this time.
    #[error(transparent)]
    Signed(#[from] AccessTokenError),
    /// The server says that the access token is not active (RFC 7662 section 2.2).
    #[error("the access token is not active")]
    Inactive,
    /// What the server says of the access token cannot be used.
    #[error("what is told of the access token: {0}")]
    Told(ClaimError),
    /// The keys of the server are not there, so that nobody can tell what the access token is worth.
    #[error("the keys of the server: {0}")]
    Keys(FetchError),
    /// The server could not be asked, so that nobody can tell what the access token is worth.
    #[error("asking about the access token: {0}")]
    Introspection(IntrospectionError),
    /// The access token is for other resources.
    #[error("the access token is for another resource")]
    OtherResource,
    /// The sender does not hold what the access token is bound to, or it is bound to nothing and was sent with a proof.
    #[error(transparent)]
    Possession(#[from] PossessionError),
    /// The scheme is `DPoP`, and there is no proof.
    #[error("the request carries no DPoP proof")]
    NoProof,
    /// The proof is none, or not of this request.
    #[error(transparent)]
    Dpop(#[from] DpopError),
    /// The proof was used before.
    #[error("the DPoP proof was used before")]
    ProofReplayed,
    /// The login behind the access token is too old or too weak for what is asked for.
    #[error("the person has not logged in as it is needed")]
    LoginUnmet,
    /// The access token does not have the scope that is needed here.
    #[error("the access token has not the scope that is needed")]
    InsufficientScope,
}

impl Reason {
    /// Whether nothing is known of the token because somebody else failed.
    pub const fn is_outage(self) -> bool {
        matches!(self, Self::Keys(_) | Self::Introspection(_))
    }

    /// Whether it cost something to learn it and time does not change it: only that is kept.
    pub(super) const fn is_worth_remembering(self) -> bool {
        match self {
            Self::Inactive | Self::Told(_) => true,
            Self::Signed(AccessTokenError::Jws(error)) => matches!(error, JwsError::Signature),
            _ => false,
        }
    }

    /// Whether an answer was signed by a key that is not there.
    pub(super) const fn is_about_signed_answer(self) -> bool {
        matches!(self, Self::Introspection(IntrospectionError::Signature(JwsError::NoKey)))
    }
}

impl From<ClaimError> for Reason {
    fn from(error: ClaimError) -> Self {
        Self::Told(error)
    }
}
