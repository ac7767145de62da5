//! Why a request was refused: exactly, for the operator. The wire says less.

/// Why a provider or a protected resource refused.
///
/// The text of the reasons that RFC 5849 section 3.2 answers with 400 goes on the wire; of the others nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    // --- 400: the request is not one that OAuth knows -------------------------------------------------------
    /// The `Authorization` header, the query or the body does not parse.
    #[error("the request does not follow the grammar of OAuth parameters")]
    Malformed,
    /// Over one of the [`Limits`](super::Limits).
    #[error("a parameter or the request is too long")]
    TooLarge,
    /// OAuth parameters came by more than one of the three ways (RFC 5849 section 3.5).
    #[error("OAuth parameters came in more than one place")]
    SeveralPlaces,
    /// An OAuth parameter came more than once (RFC 5849 section 3.1).
    #[error("an OAuth parameter is repeated")]
    Repeated,
    /// A parameter is not there, or is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter has no place in this request.
    #[error("{0} has no place in this request")]
    Unexpected(&'static str),
    /// `oauth_version` is there and is not `1.0` (RFC 5849 section 3.1).
    #[error("oauth_version is not 1.0")]
    Version,
    /// A signature method that is not on offer (RFC 5849 section 3.2).
    #[error("the signature method is not supported")]
    UnsupportedMethod,
    /// `PLAINTEXT` needs TLS (RFC 5849 section 3.4.4).
    #[error("PLAINTEXT is not accepted without TLS")]
    PlaintextWithoutTls,
    /// Not a positive number (RFC 5849 section 3.3).
    #[error("oauth_timestamp is not a positive number")]
    MalformedTimestamp,
    /// The callback is neither an absolute URI nor `oob`, or is not registered for the client.
    #[error("oauth_callback is not acceptable")]
    Callback,
    /// The endpoint does not take this HTTP method (405).
    #[error("the endpoint does not take this HTTP method")]
    HttpMethod,

    // --- 401: it is one, and it is refused --------------------------------------------------------------------
    /// No client has this identifier.
    #[error("the client is unknown")]
    UnknownClient,
    /// The client may not use this signature method.
    #[error("the client may not use this signature method")]
    MethodNotAllowed,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The timestamp is outside the window, on either side.
    #[error("the timestamp is outside the window")]
    Timestamp,
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
    /// The temporary credentials have been exchanged.
    #[error("the temporary credentials have been used")]
    TemporaryUsed,
    /// The nonce or the temporary credentials were used by a request that ran at the same time.
    #[error("the nonce or the temporary credentials were used at the same time")]
    LostRace,
    /// Nobody has approved the temporary credentials.
    #[error("the temporary credentials are not approved")]
    NotApproved,
    /// The verifier is another one.
    #[error("the verifier is wrong")]
    Verifier,

    // --- told to the person's browser -------------------------------------------------------------------------
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
    /// The client was removed while the person was deciding (400).
    #[error("the application is not registered any more")]
    ClientGone,

    // --- not the peer's fault ------------------------------------------------------------------------------------
    /// The store lost a batch that spends nothing (500).
    #[error("the store contradicts itself")]
    Store,
}
