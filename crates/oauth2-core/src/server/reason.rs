//! Why a request was refused: exact, for the operator. What the wire says is in `wire`.

use super::{
    CertificateError, ClientDocumentError, ClientError, DetailsError, FetchError, MetadataError,
    RedirectUriError,
};
use crate::{
    dpop::DpopError,
    jwt::{AssertionError, RequestObjectError},
};

/// The exact reason of a refusal. It stays inside: several of these look the same from outside on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    // ---- the shape of the request
    /// The endpoint does not take this HTTP method.
    #[error("the HTTP method is not allowed here")]
    Method,
    /// The query or the body is over a limit.
    #[error("the request is too large")]
    TooLarge,
    /// The body is not `application/x-www-form-urlencoded` (RFC 6749 section 4.1.3).
    #[error("the body is not a form")]
    NotAForm,
    /// The query or the body does not decode.
    #[error("the form does not decode")]
    Encoding,
    /// A parameter that has to be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter came more than once (RFC 6749 section 3.1).
    #[error("{0} is repeated")]
    Repeated(&'static str),
    /// A parameter does not follow its grammar.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// A parameter that belongs into the body stood in the URL (RFC 6749 section 2.3.1).
    #[error("{0} is in the URL")]
    InUrl(&'static str),

    // ---- the client
    /// There is no client with this identifier.
    #[error("the client is unknown")]
    UnknownClient,
    /// The client did not say who it is, or is confidential and sent no secret.
    #[error("the client did not authenticate")]
    Unauthenticated,
    /// The client authenticated in two ways at once (RFC 6749 section 2.3).
    #[error("the client authenticated in more than one way")]
    SeveralAuthentications,
    /// The `Authorization` header is not what RFC 6749 section 2.3.1 makes of RFC 7617.
    #[error("the Basic credentials are malformed")]
    BasicMalformed,
    /// The `client_id` of the body is not the one that authenticated.
    #[error("client_id is not the client that authenticated")]
    ClientIdMismatch,
    /// The client is registered for another method of authentication.
    #[error("the client is not registered for this authentication method")]
    AuthenticationMethod,
    /// The secret is wrong.
    #[error("the client secret is wrong")]
    WrongSecret,
    /// The assertion by which the client authenticates is refused (RFC 7523 section 3).
    #[error("{0}")]
    Assertion(#[from] AssertionError),
    /// `client_assertion_type` is missing, or names a kind that is not known here (RFC 7521 section 4.2).
    #[error("client_assertion_type is not that of a JWT")]
    AssertionType,
    /// The keys of the client are not there or cannot be read.
    #[error("the keys of the client cannot be used")]
    ClientKeys,
    /// The keys of the client were not fetched.
    #[error("the keys of the client: {0}")]
    ClientKeySet(FetchError),
    /// There is no client behind an identifier that is the address of its description.
    #[error("{0}")]
    ClientDocument(#[from] ClientDocumentError),
    /// The certificate by which the client authenticates is refused (RFC 8705 section 2).
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// The assertion has been used before (RFC 7523 section 3).
    #[error("the client assertion was replayed")]
    AssertionReplayed,
    /// The client is not registered for this grant.
    #[error("the client is not registered for this grant")]
    GrantNotAllowed,

    // ---- the authorization request
    /// No `redirect_uri` was sent and the client has not exactly one.
    #[error("redirect_uri is missing and cannot be implied")]
    RedirectUriMissing,
    /// The `redirect_uri` is not registered for the client.
    #[error("redirect_uri is not registered")]
    RedirectUriUnregistered,
    /// The `redirect_uri` is registered but must not be answered at: its scheme is dangerous, or it is no URI.
    #[error("redirect_uri is not fit to be answered at")]
    RedirectUriUnfit,
    /// The `response_type` is not `code`, or a token that is not sent through the browser here.
    #[error("response_type is not supported")]
    ResponseType,
    /// The `response_mode` is none that is served here, or none that leads to the redirect URI.
    #[error("response_mode is not supported")]
    ResponseMode,
    /// The `code_challenge_method` is not `S256` (RFC 9700 section 2.1.1).
    #[error("code_challenge_method is not S256")]
    ChallengeMethod,
    /// The scope does not follow its grammar (RFC 6749 section 3.3).
    #[error("scope is malformed")]
    ScopeMalformed,
    /// The scope is not one that the server has and the client is registered for.
    #[error("the scope is not allowed to this client")]
    ScopeNotAllowed,

    // ---- how the person shall be asked
    /// `prompt` has a value that is not supported.
    #[error("prompt has a value that is not supported")]
    PromptUnknown,
    /// No login here reaches any of the `acr_values` (RFC 9470 section 5).
    #[error("none of the acr_values is supported")]
    AcrUnsupported,
    /// The person had to log in, and no page may be shown.
    #[error("the person has to log in")]
    LoginRequired,
    /// The person had to be asked, and no page may be shown.
    #[error("the person has to be asked")]
    ConsentRequired,
    /// The login is older than `max_age` allows, or reaches none of the `acr_values` (RFC 9470 section 5).
    #[error("the login is too old or too weak")]
    LoginUnmet,

    // ---- where tokens may be used
    /// `resource` is no absolute URI without a fragment, or there are too many of them (RFC 8707 section 2).
    #[error("resource is malformed")]
    TargetMalformed,
    /// Every token is for a resource, and the request names none.
    #[error("resource is missing")]
    TargetMissing,
    /// The resource is none that the server has and the client may use.
    #[error("the resource is not allowed to this client")]
    TargetUnknown,
    /// The resource is none that was granted (RFC 8707 section 2.2).
    #[error("the resource is not one that was granted")]
    TargetWider,

    // ---- what is asked for in detail
    /// `authorization_details` is refused (RFC 9396 section 5).
    #[error("{0}")]
    Details(#[from] DetailsError),

    // ---- pushed requests
    /// A pushed request refers to another one (RFC 9126 section 2.1).
    #[error("request_uri must not be pushed")]
    NestedReference,
    /// `request_uri` was not given out here. Nothing is fetched.
    #[error("request_uri is not one of this server")]
    ForeignReference,
    /// There is no pushed request of this reference.
    #[error("the pushed request is unknown")]
    ReferenceUnknown,
    /// The request was pushed by another client.
    #[error("the pushed request belongs to another client")]
    ReferenceOfOtherClient,
    /// The pushed request has been decided on.
    #[error("the pushed request has been used")]
    ReferenceUsed,
    /// The pushed request has expired.
    #[error("the pushed request has expired")]
    ReferenceExpired,
    /// The request must be pushed (RFC 9126 section 5).
    #[error("the request must be pushed")]
    PushRequired,

    // ---- signed requests
    /// The request object is refused (RFC 9101 section 6).
    #[error("{0}")]
    RequestObject(#[from] RequestObjectError),
    /// The client has no keys that its request object could be verified with, or they cannot be read.
    #[error("the keys of the client cannot be used for its request object")]
    RequestObjectKeys,
    /// `request` and `request_uri` are there together (RFC 9101 section 5).
    #[error("request and request_uri are both there")]
    TwoRequests,
    /// The request must be signed (RFC 9101 section 10.5).
    #[error("the request must be signed")]
    SignatureRequired,

    // ---- registration
    /// Nobody registers here, or looks after a registration.
    #[error("registration is closed")]
    RegistrationClosed,
    /// A token that the operator gave out, or the one of the registration, is missing.
    #[error("a token is missing")]
    RegistrationTokenMissing,
    /// The token is not one that may do this (RFC 7591 section 3, RFC 7592 section 2).
    #[error("the token is not one for this registration")]
    RegistrationToken,
    /// The body is not `application/json` (RFC 7591 section 3.1).
    #[error("the body is not JSON")]
    NotJson,
    /// The metadata of the client is refused (RFC 7591 section 2).
    #[error("{0}")]
    Metadata(MetadataError),
    /// A redirect URI is refused (RFC 7591 section 5).
    #[error("a redirect URI is refused: {0}")]
    MetadataRedirectUri(RedirectUriError),
    /// The client that the metadata describes must not be registered.
    #[error("{0}")]
    MetadataUnfit(ClientError),
    /// The software statement is malformed, not signed as it should be, or over (RFC 7591 section 2.3).
    #[error("the software statement is invalid")]
    StatementInvalid,
    /// The software statement is missing, or by nobody who is believed here.
    #[error("the software statement is not approved")]
    StatementUnapproved,

    // ---- what the operator says
    /// The operator did not let the token through.
    #[error("the operator refused the token")]
    NotApproved,
    /// Name and password belong to nobody (RFC 6749 section 4.3).
    #[error("the resource owner's credentials are wrong")]
    WrongPassword,
    /// The operator gives nothing for what was presented (RFC 6749 section 4.5).
    #[error("what was presented is worth nothing")]
    NotExtended,

    // ---- assertions that are traded for tokens
    /// Nobody whose assertions are taken here issued this one (RFC 7521 section 5.2).
    #[error("the issuer of the assertion is not trusted")]
    IssuerUnknown,
    /// The assertion is refused (RFC 7523 section 3).
    #[error("{0}")]
    Grant(AssertionError),
    /// The keys of the issuer are not there or cannot be read.
    #[error("the keys of the issuer cannot be used")]
    IssuerKeys,
    /// The keys of the issuer cannot be fetched.
    #[error("the keys of the issuer: {0}")]
    IssuerKeySet(FetchError),
    /// The assertion was issued to another client.
    #[error("the assertion is for another client")]
    GrantOfOtherClient,
    /// The assertion speaks of a resource that this server has not.
    #[error("the assertion is for a foreign resource")]
    GrantTarget,
    /// What was presented has been traded before (RFC 7523 section 3).
    #[error("what was presented was replayed")]
    GrantReplayed,

    // ---- token exchange
    /// A token of this type is not taken or not given (RFC 8693 section 3).
    #[error("{0} is not supported")]
    TokenType(&'static str),
    /// The subject token is unknown, over, or not one that this client may exchange (RFC 8693 section 2.2.2).
    #[error("the subject token cannot be exchanged")]
    SubjectToken,
    /// The actor token is unknown, over, bound to another key, of another client, or one that somebody acts with
    /// already (RFC 8693 section 2.2.2).
    #[error("the actor token cannot be used")]
    ActorToken,
    /// The subject token does not name the actor as one that may act (RFC 8693 section 4.4).
    #[error("the subject token does not let this actor act")]
    MayNotAct,
    /// Too many parties act one for another.
    #[error("the chain of actors is too long")]
    ChainTooLong,

    // ---- token credentials of OAuth 1 that are traded for tokens
    /// The request is not signed as RFC 5849 wants it, or the credentials are unknown, revoked or over. Which of these, the
    /// other core says.
    #[error("the token credentials of OAuth 1 are not accepted")]
    Handover,
    /// The credentials belong to a client of OAuth 1 that this one does not migrate from.
    #[error("the client does not migrate from the one that the credentials belong to")]
    HandoverOfOtherClient,
    /// What the credentials open is nothing that this client may have.
    #[error("the token credentials open nothing that the client may have")]
    HandoverOpensNothing,
    /// The nonce of the signed request has been used: somebody sent it a second time. Nothing is revoked for that.
    #[error("the signed request was replayed")]
    HandoverReplayed,
    /// The credentials have been traded or renewed before.
    #[error("the token credentials have been traded or renewed before")]
    HandoverSpent,

    // ---- devices
    /// The code that a person typed is none that waits (RFC 8628 section 3.3).
    #[error("the user code is unknown or has expired")]
    UserCodeUnknown,
    /// There is no such device code.
    #[error("the device code is unknown")]
    DeviceUnknown,
    /// The device code was given to another client.
    #[error("the device code belongs to another client")]
    DeviceOfOtherClient,
    /// The device code has been used, or what was granted is revoked.
    #[error("the device code has been used")]
    DeviceUsed,
    /// Nobody decided in time (RFC 8628 section 3.5).
    #[error("the device code has expired")]
    DeviceExpired,
    /// Nobody has decided yet (RFC 8628 section 3.5).
    #[error("the person has not decided yet")]
    DevicePending,
    /// The device asks too often (RFC 8628 section 3.5).
    #[error("the device asks too often")]
    DeviceTooFast,
    /// The person refused (RFC 8628 section 3.5).
    #[error("the person refused the device")]
    DeviceDenied,

    // ---- introspection
    /// The client may not ask about tokens (RFC 7662 section 2.1).
    #[error("the client may not introspect")]
    NoIntrospection,

    // ---- the person's decision
    /// There is no pending request with this handle.
    #[error("the handle is unknown")]
    UnknownHandle,
    /// It is too late to decide.
    #[error("the pending request has expired")]
    PendingExpired,
    /// The browser is not the one that began.
    #[error("the pending request belongs to another browser")]
    OtherBrowser,
    /// The request has been decided before.
    #[error("the pending request has been decided before")]
    AlreadyDecided,
    /// The client has gone or changed since the request was made.
    #[error("the client has changed since the request was made")]
    ClientChanged,
    /// The resource owner has no identifier.
    #[error("the answer names no resource owner")]
    NoSubject,
    /// The person refused.
    #[error("the resource owner denied the request")]
    Denied,

    // ---- the token request
    /// The `grant_type` is not supported.
    #[error("grant_type is not supported")]
    GrantType,
    /// There is no such authorization code.
    #[error("the authorization code is unknown")]
    CodeUnknown,
    /// The authorization code was issued to another client.
    #[error("the authorization code belongs to another client")]
    CodeOfOtherClient,
    /// The `redirect_uri` is not the one that the code was sent to (RFC 6749 section 4.1.3).
    #[error("redirect_uri is not the one of the authorization request")]
    RedirectUriMismatch,
    /// The `code_verifier` does not match (RFC 7636 section 4.6).
    #[error("code_verifier does not match the challenge")]
    PkceMismatch,
    /// The authorization code has been used; its family is revoked now.
    #[error("the authorization code was replayed")]
    CodeReplayed,
    /// What the authorization code stands for has been revoked.
    #[error("the authorization code is revoked")]
    CodeRevoked,
    /// The authorization code has expired.
    #[error("the authorization code has expired")]
    CodeExpired,
    /// There is no such refresh token.
    #[error("the refresh token is unknown")]
    RefreshUnknown,
    /// The refresh token was issued to another client.
    #[error("the refresh token belongs to another client")]
    RefreshOfOtherClient,
    /// The refresh token has been used; its family is revoked now.
    #[error("the refresh token was replayed")]
    RefreshReplayed,
    /// What the refresh token stands for has been revoked.
    #[error("the refresh token is revoked")]
    RefreshRevoked,
    /// The refresh token has expired.
    #[error("the refresh token has expired")]
    RefreshExpired,
    /// More was asked for than was granted (RFC 6749 section 6).
    #[error("the scope is wider than what was granted")]
    ScopeWider,

    // ---- proof of possession
    /// The DPoP proof is refused (RFC 9449 section 4.3).
    #[error("{0}")]
    Dpop(#[from] DpopError),
    /// The client, or the server of every client, wants bound tokens, and nothing was shown to bind them to.
    #[error("a proof of possession is missing")]
    NotBound,
    /// The code or the refresh token is bound to another key or certificate (RFC 9449 sections 5 and 10).
    #[error("the ticket is bound to another key")]
    OtherKey,
    /// The DPoP proof has been used before (RFC 9449 section 11.1).
    #[error("the DPoP proof was replayed")]
    ProofReplayed,

    // ---- the driver
    /// Something had to be signed and the server has no key for it. A defect of the configuration.
    #[error("the server has no key to sign with")]
    NoSigningKey,
    /// A value had to be derived and the server has no key for that time. A defect of the configuration.
    #[error("the server has no key to derive with")]
    NoServerKey,
    /// The store lost a spend that nothing else can spend. A defect of the store.
    #[error("the store lost a batch that cannot be lost")]
    LostInStore,
    /// An answer could not be written. A defect of the configuration.
    #[error("the answer could not be written")]
    Unwritable,
}

impl Reason {
    /// Whether somebody may be trying things out: a secret, a code or a token was wrong. For whoever counts failures
    /// (RFC 6819 section 5.1.4.2.3).
    pub const fn is_guess(self) -> bool {
        matches!(
            self,
            Self::UnknownClient
                | Self::WrongSecret
                | Self::Assertion(_)
                | Self::WrongPassword
                | Self::CodeUnknown
                | Self::PkceMismatch
                | Self::RefreshUnknown
                | Self::DeviceUnknown
                | Self::UserCodeUnknown
                | Self::ReferenceUnknown
                | Self::UnknownHandle
                | Self::SubjectToken
                | Self::ActorToken
                | Self::Handover
        )
    }
}
