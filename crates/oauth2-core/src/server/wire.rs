//! What goes on the wire: the one mapping from a [`Reason`] to an error code and a status, and the headers that
//! every answer carries.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, PRAGMA, REFERRER_POLICY,
        SET_COOKIE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use oauth_sansio::{Browser, Reply};
use serde::Serialize;

use super::Reason;
use crate::dpop::DpopError;

/// The error codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 7591 section 3.2.2, RFC 9101 section 7, RFC 9396
/// section 5, RFC 9449 section 5, RFC 9470 section 5, and OpenID Connect Core section 3.1.2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    AccessDenied,
    InvalidTarget,
    InvalidAuthorizationDetails,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    InvalidRequestUri,
    InvalidRequestObject,
    LoginRequired,
    ConsentRequired,
    UnmetAuthenticationRequirements,
    InvalidToken,
    InvalidRedirectUri,
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
    InvalidDpopProof,
    UseDpopNonce,
    ServerError,
}

impl ErrorCode {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidToken => "invalid_token",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::ServerError => "server_error",
        }
    }
}

/// The code for a reason.
pub(super) const fn code(reason: Reason) -> ErrorCode {
    use Reason as R;
    match reason {
        R::Method
        | R::TooLarge
        | R::NotAForm
        | R::Encoding
        | R::Missing(_)
        | R::Repeated(_)
        | R::Malformed(_)
        | R::InUrl(_)
        | R::SeveralAuthentications
        | R::ClientIdMismatch
        | R::NestedReference
        | R::PushRequired
        | R::RedirectUriMissing
        | R::RedirectUriUnregistered
        | R::RedirectUriUnfit
        | R::ResponseMode
        | R::ChallengeMethod
        | R::UnknownHandle
        | R::PendingExpired
        | R::OtherBrowser
        | R::AlreadyDecided
        | R::ClientChanged => ErrorCode::InvalidRequest,
        R::UnknownClient
        | R::Assertion(_)
        | R::AssertionType
        | R::Certificate(_)
        | R::ClientKeys
        | R::ClientKeySet(_)
        | R::ClientDocument(_)
        | R::AssertionReplayed
        | R::Unauthenticated
        | R::BasicMalformed
        | R::AuthenticationMethod
        | R::WrongSecret => ErrorCode::InvalidClient,
        R::TargetMalformed | R::TargetMissing | R::TargetUnknown | R::TargetWider => ErrorCode::InvalidTarget,
        R::Details(_) => ErrorCode::InvalidAuthorizationDetails,
        R::ForeignReference
        | R::ReferenceUnknown
        | R::ReferenceOfOtherClient
        | R::ReferenceUsed
        | R::ReferenceExpired => ErrorCode::InvalidRequestUri,
        R::RequestObject(_) | R::RequestObjectKeys => ErrorCode::InvalidRequestObject,
        R::TwoRequests | R::SignatureRequired => ErrorCode::InvalidRequest,
        R::LoginRequired => ErrorCode::LoginRequired,
        R::ConsentRequired => ErrorCode::ConsentRequired,
        R::AcrUnsupported | R::LoginUnmet => ErrorCode::UnmetAuthenticationRequirements,
        R::NotJson | R::PromptUnknown | R::RegistrationClosed => ErrorCode::InvalidRequest,
        R::RegistrationToken | R::RegistrationTokenMissing => ErrorCode::InvalidToken,
        R::MetadataRedirectUri(_) => ErrorCode::InvalidRedirectUri,
        R::Metadata(_) | R::MetadataUnfit(_) => ErrorCode::InvalidClientMetadata,
        R::StatementInvalid => ErrorCode::InvalidSoftwareStatement,
        R::StatementUnapproved => ErrorCode::UnapprovedSoftwareStatement,
        R::GrantNotAllowed | R::NoIntrospection => ErrorCode::UnauthorizedClient,
        R::ResponseType => ErrorCode::UnsupportedResponseType,
        R::ScopeMalformed | R::ScopeNotAllowed | R::ScopeWider => ErrorCode::InvalidScope,
        R::UserCodeUnknown | R::TokenType(_) | R::SubjectToken | R::ChainTooLong => ErrorCode::InvalidRequest,
        R::ActorToken | R::MayNotAct => ErrorCode::InvalidRequest,
        R::DeviceUnknown | R::DeviceOfOtherClient | R::DeviceUsed => ErrorCode::InvalidGrant,
        R::DeviceExpired => ErrorCode::ExpiredToken,
        R::DevicePending => ErrorCode::AuthorizationPending,
        R::DeviceTooFast => ErrorCode::SlowDown,
        R::Denied | R::DeviceDenied => ErrorCode::AccessDenied,
        R::GrantType => ErrorCode::UnsupportedGrantType,
        R::CodeUnknown
        | R::CodeOfOtherClient
        | R::RedirectUriMismatch
        | R::PkceMismatch
        | R::CodeReplayed
        | R::CodeRevoked
        | R::CodeExpired
        | R::RefreshUnknown
        | R::RefreshOfOtherClient
        | R::RefreshReplayed
        | R::RefreshRevoked
        | R::RefreshExpired
        | R::NotApproved
        | R::WrongPassword
        | R::NotExtended
        | R::IssuerUnknown
        | R::Grant(_)
        | R::IssuerKeys
        | R::IssuerKeySet(_)
        | R::GrantOfOtherClient
        | R::GrantTarget
        | R::GrantReplayed
        | R::Handover
        | R::HandoverOfOtherClient
        | R::HandoverOpensNothing
        | R::HandoverReplayed
        | R::HandoverSpent
        | R::OtherKey => ErrorCode::InvalidGrant,
        R::Dpop(DpopError::NoNonce | DpopError::StaleNonce) => ErrorCode::UseDpopNonce,
        R::Dpop(_) | R::NotBound | R::ProofReplayed => ErrorCode::InvalidDpopProof,
        R::NoSubject | R::NoServerKey | R::NoSigningKey | R::LostInStore | R::Unwritable => {
            ErrorCode::ServerError
        }
    }
}

/// A harmless sentence in the characters that RFC 6749 section 5.2 allows. Where the exact reason would tell an
/// attacker which of his guesses was right, all reasons of one code share it.
pub(super) fn description(reason: Reason) -> String {
    match code(reason) {
        ErrorCode::InvalidClient => "client authentication failed".to_owned(),
        ErrorCode::InvalidGrant => {
            "the code or token is invalid, expired, revoked or was issued to another client".to_owned()
        }
        ErrorCode::InvalidRequestUri => "the pushed request is unknown, used or expired".to_owned(),
        ErrorCode::InvalidRequestObject => "the request object cannot be accepted".to_owned(),
        ErrorCode::InvalidToken => "the token is invalid".to_owned(),
        ErrorCode::ServerError => "the request could not be answered".to_owned(),
        _ => reason.to_string(),
    }
}

const fn status(reason: Reason) -> StatusCode {
    match (reason, code(reason)) {
        (Reason::Method, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Reason::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Reason::OtherBrowser, _) => StatusCode::FORBIDDEN,
        (_, ErrorCode::InvalidClient | ErrorCode::InvalidToken) => StatusCode::UNAUTHORIZED,
        (_, ErrorCode::ServerError) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer of the token endpoint (RFC 6749 section 5.1).
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let mut bytes = Vec::with_capacity(256);
    // A struct of strings and numbers always serialises.
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => json_text(status, bytes),
        Err(_) => json_text(StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    }
}

/// The same with a document that is written already.
pub(super) fn json_text(status: StatusCode, document: impl Into<Bytes>) -> Response<Bytes> {
    // A copy costs less than to put each header into its place.
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
        let json = HeaderValue::from_static("application/json");
        let headers =
            [(CONTENT_TYPE, json), (CACHE_CONTROL, NO_STORE), (PRAGMA, HeaderValue::from_static("no-cache"))];
        HeaderMap::from_iter(headers)
    });
    let mut response = Response::new(document.into());
    *response.status_mut() = status;
    *response.headers_mut() = HEADERS.clone();
    response
}

/// A refusal of the token endpoint (RFC 6749 section 5.2).
pub(super) fn token_error(reason: Reason) -> Box<Reply<Reason>> {
    #[derive(Serialize)]
    struct Body<'a> {
        error: &'a str,
        error_description: &'a str,
    }
    let body = Body { error: code(reason).as_str(), error_description: &description(reason) };
    let mut response = json(status(reason), &body);
    let headers = response.headers_mut();
    match (reason, code(reason)) {
        (Reason::Method, _) => headers.insert(ALLOW, HeaderValue::from_static("POST")),
        // RFC 9110 section 15.5.2 wants a challenge with every 401; RFC 6749 section 5.2 one that fits.
        (_, ErrorCode::InvalidClient) => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"oauth2\""))
        }
        // Without a token there is no error to tell of (RFC 6750 section 3.1).
        (Reason::RegistrationTokenMissing, _) => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        }
        (_, ErrorCode::InvalidToken) => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))
        }
        _ => None,
    };
    Reply::refused(response, reason)
}

/// A refusal that is shown to the person: it never redirects.
pub(super) fn direct_error(reason: Reason, allow: &'static str) -> Box<Reply<Reason>> {
    // An unknown client is no failed authentication here, where no client authenticates.
    let (code, status, text) = match reason {
        Reason::UnknownClient => (ErrorCode::InvalidRequest, StatusCode::BAD_REQUEST, reason.to_string()),
        // Nor does a client authenticate by a request that it has signed.
        Reason::ClientKeySet(_) => {
            let code = ErrorCode::InvalidRequestObject;
            (code, StatusCode::BAD_REQUEST, description(Reason::RequestObjectKeys))
        }
        // Which it was would tell what is behind an address that somebody made up.
        Reason::ClientDocument(_) => {
            let text = "the client has no description that can be used";
            (ErrorCode::InvalidRequest, StatusCode::BAD_REQUEST, text.to_owned())
        }
        _ => (code(reason), status(reason), description(reason)),
    };
    let mut response = for_people(Response::new(Bytes::from(format!("{}: {text}\n", code.as_str()))));
    *response.status_mut() = status;
    if reason == Reason::Method {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    }
    Reply::refused(response, reason)
}

/// An answer that a person reads.
pub(super) fn for_people(mut response: Response<Bytes>) -> Response<Bytes> {
    let headers = response.headers_mut();
    guard(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Sends the browser somewhere. Always with 303, so that a form that a person has filled in is never sent on
/// (RFC 9700 section 4.12).
pub(super) fn see_other(location: String, reason: Option<Reason>) -> Box<Reply<Reason>> {
    let Ok(mut location) = HeaderValue::try_from(location) else {
        return direct_error(Reason::Unwritable, "");
    };
    // It carries a code or a handle.
    location.set_sensitive(true);
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    guard(headers);
    headers.insert(LOCATION, location);
    Box::new(Reply { response, reason })
}

/// Binds the answer to a browser.
pub(super) fn with_cookie(mut reply: Box<Reply<Reason>>, browser: &Browser) -> Box<Reply<Reason>> {
    match browser.cookie() {
        Some(cookie) => {
            reply.response.headers_mut().insert(SET_COOKIE, cookie);
            reply
        }
        None => direct_error(Reason::Unwritable, ""),
    }
}

/// What every answer to a browser says: do not keep it, do not tell others where you were, do not show it inside
/// another page (RFC 9700 sections 4.2.4 and 4.16). No answer to a browser allows another origin to read it.
fn guard(headers: &mut HeaderMap) {
    const HEADERS: [(HeaderName, &str); 4] = [
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    headers.insert(CACHE_CONTROL, NO_STORE);
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests;
