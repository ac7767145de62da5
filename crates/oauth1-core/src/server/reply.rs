//! Answers: the one place where a [`Reason`] becomes bytes on the wire.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{self, ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE},
};
use oauth_sansio::{Reply, Secret, auth::Challenge, form, percent};

use super::{Reason, problem::Problem};

/// The verifier of an out-of-band authorization, in the extensions of the response that shows it, for adapters
/// that make a page of it. The body is the verifier as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfBandVerifier(pub Secret);

impl Reason {
    /// RFC 5849 section 3.2: 400 for what is no OAuth request, 401 for one that is refused.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::NoCredentials
            | Self::Read(_)
            | Self::Unexpected(_)
            | Self::Hop(_)
            | Self::UnsupportedMethod
            | Self::PlaintextWithoutTls
            | Self::Callback
            | Self::Realm
            | Self::Query
            | Self::Link
            | Self::Handle
            | Self::Answered
            | Self::ClientChanged => StatusCode::BAD_REQUEST,
            Self::HttpMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Browser | Self::Denied => StatusCode::FORBIDDEN,
            Self::Store => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UnknownClient
            | Self::MethodNotAllowed
            | Self::EmptySecret
            | Self::Signature
            | Self::Key(_)
            | Self::BodyHash
            | Self::Timestamp { .. }
            | Self::NonceUsed
            | Self::UnknownToken
            | Self::OtherClient
            | Self::Expired
            | Self::Revoked
            | Self::Replaced
            | Self::RenewedTwice
            | Self::NotRenewable
            | Self::SessionHandle
            | Self::TemporaryUsed
            | Self::NonceOrTemporaryUsed
            | Self::NotApproved
            | Self::Verifier
            | Self::LastTry => StatusCode::UNAUTHORIZED,
        }
    }
}

/// Tells a client why not. All 401 look the same: which of client, token, nonce and verifier was wrong helps only
/// those who guess.
pub(super) fn refused(challenge: &HeaderValue, reason: Reason) -> Box<Reply<Reason>> {
    let status = reason.status();
    let body = match status {
        StatusCode::UNAUTHORIZED => Bytes::from_static(b"The request is not authorized.\n"),
        _ => sentence(reason),
    };
    let mut response = text(status, body);
    // RFC 5849 section 3.5.1; who sent no credentials is told as well how to.
    if status == StatusCode::UNAUTHORIZED || reason == Reason::NoCredentials {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge.clone());
    }
    allow(&mut response, reason);
    Reply::refused(response, reason)
}

/// The same with the exact problem, in the challenge and, as a form, in the body.
pub(super) fn reported(
    challenge: &HeaderValue,
    realm: &str,
    reason: Reason,
    problem: &Problem,
) -> Box<Reply<Reason>> {
    let mut reply = refused(challenge, reason);
    let header = Challenge::build("OAuth").parameter("realm", realm);
    let header = problem
        .parameters()
        .fold(header, |header, (name, value)| header.parameter(name, &percent::encode(value)));
    // Nothing in a report is beyond a header; if it were, the plain challenge would do.
    let header = header.finish().unwrap_or_else(|_| challenge.clone());
    let headers = reply.response.headers_mut();
    headers.insert(WWW_AUTHENTICATE, header);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
    *reply.response.body_mut() = form::encode(problem.parameters()).into();
    reply
}

/// Tells a person why not, without sending the browser anywhere.
pub(super) fn page(reason: Reason) -> Box<Reply<Reason>> {
    let mut response = text(reason.status(), sentence(reason));
    protect_page(response.headers_mut());
    allow(&mut response, reason);
    Reply::refused(response, reason)
}

/// Credentials (RFC 5849 sections 2.1 and 2.3).
pub(super) fn credentials<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Box<Reply<Reason>> {
    let mut response = text(StatusCode::OK, form::encode(pairs).into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
    Reply::granted(response)
}

/// What was asked for is done.
pub(super) fn done() -> Box<Reply<Reason>> {
    Reply::granted(text(StatusCode::OK, Bytes::new()))
}

/// Shows the verifier to a person who has to carry it to the client.
pub(super) fn verifier(verifier: Secret) -> Box<Reply<Reason>> {
    let mut response = text(StatusCode::OK, verifier.expose().to_owned().into());
    protect_page(response.headers_mut());
    response.extensions_mut().insert(OutOfBandVerifier(verifier));
    Reply::granted(response)
}

/// Sends the browser on. 303, so that a form that was posted here is not posted there (RFC 9700 section 4.12).
pub(super) fn redirect(to: &str) -> Option<Response<Bytes>> {
    let mut response = text(StatusCode::SEE_OTHER, Bytes::new());
    protect_page(response.headers_mut());
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(to).ok()?);
    Some(response)
}

fn sentence(reason: Reason) -> Bytes {
    format!("{reason}.\n").into()
}

fn text(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// RFC 9110 section 15.5.6.
fn allow(response: &mut Response<Bytes>, reason: Reason) {
    if let Reason::HttpMethod(allowed) = reason {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    }
}

/// No frame may hold a page of an authorization (RFC 5849 section 4.13), and nobody learns its address.
fn protect_page(headers: &mut HeaderMap) {
    const POLICIES: [(HeaderName, &str); 3] = [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in POLICIES {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
