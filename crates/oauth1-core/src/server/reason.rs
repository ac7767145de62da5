//! Why a request was refused: exactly, for the operator. The wire says less.

use oauth_sansio::Timestamp;

use super::HopError;
use crate::signature::{KeyError, Protocol, ReadError};

/// Why a provider or a protected resource refused.
///
/// The text of the reasons that RFC 5849 section 3.2 answers with 400 goes on the wire; of those that it answers
/// with 401 nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    // --- 400: this is no OAuth request -----------------------------------------------------------------------
    /// There are no OAuth parameters.
    #[error("there are no OAuth parameters")]
    NoCredentials,
    /// It claims to be signed and cannot be read, or lacks a parameter.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A parameter has no place in this request.
    #[error("{0} has no place in this request")]
    Unexpected(&'static str),
    /// The trusted hop in front of this server has not said under which of its origins it was reached.
    #[error(transparent)]
    Hop(#[from] HopError),
    /// A signature method that is not on offer (RFC 5849 section 3.2).
    #[error("the signature method is not supported")]
    UnsupportedMethod,
    /// The method gives the secrets away, and there is no TLS (RFC 5849 section 3.4.4).
    #[error("the signature method is not accepted without TLS")]
    PlaintextWithoutTls,
    /// The callback is neither an absolute URI nor `oob`, or is not registered for the client.
    #[error("oauth_callback is not acceptable")]
    Callback,
    /// None of the realms that are asked for is on offer.
    #[error("the realm is not on offer")]
    Realm,
    /// The endpoint takes these HTTP methods only (405).
    #[error("the HTTP method is not one of {0}")]
    HttpMethod(&'static str),
    /// The body is over its limit (413).
    #[error("the body is too large")]
    TooLarge,

    // --- 401: it is one, and it is refused -------------------------------------------------------------------
    /// No client has this identifier.
    #[error("the client is unknown")]
    UnknownClient,
    /// The client may not use this signature method.
    #[error("the client may not use this signature method")]
    MethodNotAllowed,
    /// The client or the token has no secret, so nothing can be signed with it.
    #[error("a secret is empty")]
    EmptySecret,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The client signs with a key pair, and its public key is missing or of no use.
    #[error("the signature cannot be checked: {0}")]
    Key(KeyError),
    /// The body is not the one whose hash was signed.
    #[error("the body is not the one that oauth_body_hash tells of")]
    BodyHash,
    /// The timestamp is outside the window, on either side.
    #[error("the timestamp is not between {} and {}", from.as_unix(), until.as_unix())]
    Timestamp {
        /// The earliest that was acceptable.
        from: Timestamp,
        /// The latest.
        until: Timestamp,
    },
    /// The nonce has been used with this timestamp, client and token.
    #[error("the nonce has been used")]
    NonceUsed,
    /// No temporary or token credentials have this identifier.
    #[error("the token is unknown")]
    UnknownToken,
    /// They belong to another client.
    #[error("the token belongs to another client")]
    OtherClient,
    /// Their time is over.
    #[error("the token has expired")]
    Expired,
    /// They were revoked.
    #[error("the token is revoked")]
    Revoked,
    /// Newer ones have taken their place, or tokens of OAuth 2.
    #[error("the token has been renewed or traded")]
    Replaced,
    /// They were renewed a second time: somebody keeps a copy, so the whole authorization is revoked.
    #[error("the token has been renewed before; all that came from its authorization is revoked")]
    RenewedTwice,
    /// They were given out without a session handle.
    #[error("the token cannot be renewed")]
    NotRenewable,
    /// The session handle is another one.
    #[error("the session handle is wrong")]
    SessionHandle,
    /// The temporary credentials have been exchanged.
    #[error("the temporary credentials have been used")]
    TemporaryUsed,
    /// The nonce or the temporary credentials were used before, or by a request that ran at the same time.
    #[error("the nonce or the temporary credentials have been used")]
    NonceOrTemporaryUsed,
    /// Nobody has approved the temporary credentials.
    #[error("the temporary credentials are not approved")]
    NotApproved,
    /// The verifier is another one.
    #[error("the verifier is wrong")]
    Verifier,
    /// The verifier is another one, and it was the last try: the temporary credentials are used up.
    #[error("the verifier is wrong, and all tries are used up")]
    LastTry,

    // --- told to the person's browser ------------------------------------------------------------------------
    /// The query does not parse (400).
    #[error("this link cannot be read")]
    Query,
    /// The link names temporary credentials that are unknown, used or expired (400).
    #[error("this authorization link is not valid any more")]
    Link,
    /// The consent page's handle is unknown or expired (400).
    #[error("this authorization has expired")]
    Handle,
    /// Another browser began this authorization (403).
    #[error("this authorization was begun in another browser")]
    Browser,
    /// Somebody has decided already (400).
    #[error("this authorization has been answered")]
    Answered,
    /// The person refused; the client is told so.
    #[error("access was denied")]
    Denied,
    /// The client was removed, or lost its callback, while the person was deciding (400).
    #[error("the registration of the application has changed")]
    ClientChanged,

    // --- nobody's fault outside ------------------------------------------------------------------------------
    /// The store lost a batch that spends nothing (500).
    #[error("the store contradicts itself")]
    Store,
}

impl Reason {
    /// Whether somebody may be trying things out: a secret, a token or a verifier was wrong. For whoever counts failures
    /// (RFC 5849 section 4.9). A link that is over is none: people come back to old ones.
    pub const fn is_guess(self) -> bool {
        matches!(
            self,
            Self::UnknownClient
                | Self::Signature
                | Self::UnknownToken
                | Self::SessionHandle
                | Self::Verifier
                | Self::LastTry
        )
    }

    pub(crate) const fn missing(parameter: Protocol) -> Self {
        Self::Read(ReadError::Missing(parameter.name()))
    }
}
