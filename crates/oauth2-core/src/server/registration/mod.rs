//! Dynamic registration (RFC 7591) and its management (RFC 7592): a client registers itself, and looks after its
//! registration with a token that is for nothing else.
//!
//! What a client asks for is clamped to what the settings open to such clients; the answer says what it got. Nobody has
//! looked at it: the consent page says so, and its errors are held ([`Policy::hold_errors_of_unknown_clients`]).
//! Nothing that it names is fetched here.
//!
//! [`Policy::hold_errors_of_unknown_clients`]: super::Policy::hold_errors_of_unknown_clients

mod answer;
mod enrolment;
mod management;
mod policy;
mod register;
mod requested;
mod statement;

pub use enrolment::Enrolled;
pub(super) use management::{Managing, decide, receive as manage};
pub use policy::{Registrants, RegistrationPolicy};
pub(super) use register::receive as register;

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use oauth_sansio::{
    Digest, Secret,
    auth::{Credentials, Parameters, scheme_of},
};

use super::{AuthorizationServer, Reason};
use crate::document::check_json;

/// The bearer token of a request: to register with (RFC 7591 section 3), or to look after a registration with (RFC 7592
/// section 2).
fn bearer(headers: &HeaderMap) -> Result<Option<Secret>, Reason> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.to_str().map_err(|_| Reason::RegistrationToken)?,
        (Some(_), Some(_)) => return Err(Reason::SeveralAuthentications),
    };
    let is_bearer = scheme_of(value).eq_ignore_ascii_case("Bearer");
    match Credentials::parse(value).map(|credentials| credentials.parameters) {
        Ok(Parameters::Token68(token)) if is_bearer => Ok(Some(Secret::new(token))),
        _ => Err(Reason::RegistrationToken),
    }
}

/// The body of a request, which must be JSON.
fn body<'r>(server: &AuthorizationServer, request: &'r Request<Bytes>) -> Result<&'r Bytes, Reason> {
    if request.body().len() > server.config().limits.form.bytes {
        return Err(Reason::TooLarge);
    }
    check_json(request.headers()).map_err(|_| Reason::NotJson)?;
    Ok(request.body())
}

/// What a token of a registration is kept as: nothing that a token of another kind could ever be.
fn kept(token: &Secret) -> Digest {
    Digest::of_parts(&[b"registration", token.expose().as_bytes()])
}
