//! Client authentication at the token endpoint (RFC 6749 section 2.3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use oauth_sansio::{
    Digest, Secret,
    auth::{Credentials, Parameters, scheme_of},
    form::{self, Form},
};
use zeroize::Zeroizing;

use super::{Authentication, Client, Reason, SecretMethods, parameters::optional};

/// How a request shows which client sent it. Of a secret only the digest is kept.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Proof {
    /// It only names itself.
    None,
    /// `client_secret_basic`.
    Basic(Digest),
    /// `client_secret_post`.
    Post(Digest),
}

/// Reads who says to have sent a token request.
pub(super) fn read(headers: &HeaderMap, form: &Form<'_>) -> Result<(String, Proof), Reason> {
    let named = optional(form, "client_id")?;
    let secret = optional(form, "client_secret")?;
    let assertion = optional(form, "client_assertion")?;
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next(), secret, assertion) {
        // RFC 6749 section 2.3: one method per request
        (_, Some(_), ..) | (Some(_), _, Some(_), _) | (Some(_), _, _, Some(_)) | (_, _, Some(_), Some(_)) => {
            Err(Reason::SeveralAuthentications)
        }
        (None, None, None, Some(_)) => Err(Reason::AuthenticationMethod),
        (Some(value), ..) => {
            let value = value.to_str().map_err(|_| Reason::BasicMalformed)?;
            let (client_id, secret) = basic(value)?;
            if named.is_some_and(|named| named != client_id) {
                return Err(Reason::ClientIdMismatch);
            }
            // A client without a secret must not be taken for one whose secret is empty.
            if secret.is_empty() {
                return Err(Reason::Unauthenticated);
            }
            Ok((client_id, Proof::Basic(Digest::of(secret.expose()))))
        }
        (None, None, secret, None) => {
            let client_id = named.ok_or(Reason::Unauthenticated)?.to_owned();
            Ok((client_id, secret.map_or(Proof::None, |secret| Proof::Post(Digest::of(secret)))))
        }
    }
}

/// Judges the proof. An unknown client costs as much as a known one.
pub(super) fn check<'c>(client: Option<&'c Client>, proof: &Proof) -> Result<&'c Client, Reason> {
    let registered = client.map(|client| &client.authentication);
    let stored = match registered {
        Some(Authentication::Secret { digest, .. }) => *digest,
        Some(Authentication::None) | None => Digest::from_bytes([0; 32]),
    };
    // Compared in constant time, and before anything is known about the client.
    let right = match proof {
        Proof::Basic(digest) | Proof::Post(digest) => *digest == stored,
        Proof::None => false,
    };
    let client = client.ok_or(Reason::UnknownClient)?;
    match (&client.authentication, proof) {
        (Authentication::None, Proof::None) => Ok(client),
        (Authentication::Secret { .. }, Proof::None) => Err(Reason::Unauthenticated),
        (Authentication::None, _)
        | (Authentication::Secret { methods: SecretMethods::Post, .. }, Proof::Basic(_))
        | (Authentication::Secret { methods: SecretMethods::Basic, .. }, Proof::Post(_)) => {
            Err(Reason::AuthenticationMethod)
        }
        (Authentication::Secret { .. }, _) if right => Ok(client),
        (Authentication::Secret { .. }, _) => Err(Reason::WrongSecret),
    }
}

/// Identifier and secret, each form-encoded, joined by a colon, in base64 (RFC 6749 section 2.3.1). All of it is
/// read strictly: a client that leaves the encoding out would break at the first `%` in a secret anyway.
fn basic(value: &str) -> Result<(String, Secret), Reason> {
    if !scheme_of(value).eq_ignore_ascii_case("Basic") {
        return Err(Reason::Unauthenticated);
    }
    let malformed = |_| Reason::BasicMalformed;
    let credentials = Credentials::parse(value).map_err(malformed)?;
    let Parameters::Token68(token) = credentials.parameters else { return Err(Reason::BasicMalformed) };
    let bytes = Zeroizing::new(STANDARD.decode(token).map_err(|_| Reason::BasicMalformed)?);
    let text = str::from_utf8(&bytes).map_err(|_| Reason::BasicMalformed)?;
    let (client_id, secret) = text.split_once(':').ok_or(Reason::BasicMalformed)?;
    let client_id = form::decode(client_id).map_err(|_| Reason::BasicMalformed)?;
    let secret = form::decode(secret).map_err(|_| Reason::BasicMalformed)?;
    // RFC 7617 section 2: no control characters
    if client_id.is_empty() || client_id.chars().chain(secret.chars()).any(char::is_control) {
        return Err(Reason::BasicMalformed);
    }
    Ok((client_id.into_owned(), Secret::new(secret)))
}

#[cfg(test)]
mod tests;
