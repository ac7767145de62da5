//! What can go wrong on the client's side, and who is to blame.

use std::time::Duration;

use http::StatusCode;

use super::{CallbackError, ErrorCode, Refusal};
use crate::{DocumentError, jose::SignError, metadata::MetadataError};

/// Why a conversation ended without what it was for. No variant holds or prints a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The server refused, in the words of the standard.
    #[error("the server refused: {0}")]
    Refused(Refusal),
    /// The server's answer is not what the standard says.
    #[error("the server answered {status}: {problem}")]
    Answer {
        /// The HTTP status of the answer.
        status: StatusCode,
        /// What is wrong with it.
        problem: DocumentError,
        /// How long the server asks to wait, when it says so in seconds.
        retry_after: Option<Duration>,
    },
    /// The server's metadata cannot be believed.
    #[error("metadata: {0}")]
    Metadata(#[from] MetadataError),
    /// What the browser brought is not the answer to this authorization.
    #[error("callback: {0}")]
    Callback(#[from] CallbackError),
    /// A key of the caller's did not sign.
    #[error(transparent)]
    Signature(#[from] SignError),
    /// The caller asked for something that cannot be.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// Who has to do something about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The peer misbehaved, or somebody in its place.
    Peer,
    /// The peer did its part, and refused.
    Refusal,
    /// The caller.
    Caller,
}

impl Error {
    /// Who is to blame.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Refused(_) => Blame::Refusal,
            Self::Answer { .. } | Self::Metadata(_) | Self::Callback(_) => Blame::Peer,
            Self::Signature(_) | Self::Misuse(_) => Blame::Caller,
        }
    }

    /// Whether the same may succeed later: the server failed or is busy. The grant is untouched; keep the tokens.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                matches!(refusal.code, ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable)
                    || refusal.status.is_some_and(is_busy)
            }
            Self::Answer { status, .. } => is_busy(*status),
            _ => false,
        }
    }

    /// Whether the code or refresh token is dead, so that only a new authorization helps: `invalid_grant`
    /// (RFC 6749 section 5.2), and from a server that did not fail at the same time.
    pub fn is_dead_grant(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == ErrorCode::InvalidGrant)
            && !self.is_transient()
    }
}

/// Whether the same may succeed later.
pub(super) fn is_busy(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// What a caller asked for that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// The `client_id` is empty, or should be the address of a description and is none.
    #[error("the client_id cannot be used")]
    ClientId,
    /// The redirect URI is not absolute, has a fragment (RFC 6749 section 3.1.2), or is `http` on a host that is
    /// not loopback.
    #[error("the redirect URI cannot be used")]
    RedirectUri,
    /// The flow needs a redirect URI and the client has none.
    #[error("the client has no redirect URI")]
    NoRedirectUri,
    /// The flow needs an authorization endpoint and the server has none.
    #[error("the server has no authorization endpoint")]
    NoAuthorizationEndpoint,
    /// The server wants authorization requests pushed (RFC 9126 section 5).
    #[error("the server wants authorization requests pushed")]
    PushRequired,
    /// The server has no endpoint to push authorization requests to.
    #[error("the server takes no pushed authorization requests")]
    NoPushEndpoint,
    /// The flow is for devices and the server has no endpoint for them.
    #[error("the server has no device authorization endpoint")]
    NoDeviceEndpoint,
    /// The server has no revocation endpoint.
    #[error("the server has no revocation endpoint")]
    NoRevocationEndpoint,
    /// The server has no introspection endpoint.
    #[error("the server has no introspection endpoint")]
    NoIntrospectionEndpoint,
    /// The codes of the device have ended, and nobody has decided.
    #[error("the codes of the device have ended")]
    DeviceExpired,
    /// The server registers no clients.
    #[error("the server has no registration endpoint")]
    NoRegistrationEndpoint,
    /// The server gave the client nothing to look after its registration with.
    #[error("the registration cannot be looked after")]
    NoRegistrationAccess,
    /// A member of the metadata of a client cannot be used, or contradicts another one.
    #[error("the member `{0}` of the client metadata cannot be used")]
    ClientMetadata(&'static str),
    /// The description of a client is larger than servers read.
    #[error("the description of the client is too large")]
    ClientDocumentTooLarge,
    /// The server does not say that it reads descriptions of clients.
    #[error("the server reads no descriptions of clients")]
    NoClientDocuments,
    /// A registration was handed to another server than the one that knows the client.
    #[error("the registration belongs to another issuer")]
    OtherIssuer,
    /// The client authenticates with a secret, and there is none that can be used.
    #[error("the client has no secret")]
    NoSecret,
    /// The client authenticates with a key, and there is none.
    #[error("the client has no key")]
    NoKey,
    /// The server does not know the application, reads no description of it, and lets nobody register.
    #[error("the server does not know this application, and there is no way to become known")]
    NoCredentials,
    /// The server has no token endpoint.
    #[error("the server has no token endpoint")]
    NoTokenEndpoint,
    /// The server does not take this way of authenticating (RFC 8414 section 2).
    #[error("the server does not support this client authentication")]
    AuthenticationNotSupported,
    /// Only a client that authenticates may ask on its own behalf (RFC 6749 section 4.4).
    #[error("client credentials need client authentication")]
    PublicClient,
    /// An extra parameter has the name of one that the protocol sets.
    #[error("an extra parameter has a reserved name")]
    ReservedParameter,
    /// A parameter that comes once was given twice (RFC 6749 section 3.1).
    #[error("a parameter was given twice")]
    RepeatedParameter,
    /// A resource is no absolute URI, or has a fragment (RFC 8707 section 2).
    #[error("a resource is not an absolute URI without a fragment")]
    Resource,
    /// Authorization details are no JSON objects with a type, or too large (RFC 9396 section 2).
    #[error("the authorization details cannot be used")]
    AuthorizationDetails,
    /// The server wants authorization requests signed, and the client has no key for that (RFC 9101 section 10.5).
    #[error("the server wants authorization requests signed")]
    SignatureRequired,
    /// The server does not take requests that are signed with the algorithm of the key (RFC 9101 section 10.5).
    #[error("the server takes no requests that are signed like that")]
    RequestAlgorithm,
    /// An answer that is signed was not asked for, or the server has none (JARM).
    #[error("there are no signed answers")]
    NoSignedAnswer,
    /// An answer that is signed is read with the keys of the server.
    #[error("the answer is signed, and must be read with the keys of the server")]
    SignedAnswer,
    /// The server's metadata does not say where its keys are.
    #[error("the server publishes no keys")]
    NoServerKeys,
    /// A scope does not follow the grammar of RFC 6749 section 3.3.
    #[error("a scope does not follow the grammar")]
    Scope,
    /// A pending authorization was handed to a client of another server or with another `client_id`.
    #[error("the pending authorization belongs to another client")]
    OtherClient,
    /// The token is of a type that this client does not understand, and must not be used (RFC 6749 section 7.1).
    #[error("the token type is not understood")]
    TokenType,
    /// A proof is for an address, and the request has no absolute one.
    #[error("the request has no absolute address")]
    NoAddress,
}
