//! Client authentication at the token endpoint (RFC 6749 section 2.3).

use std::{borrow::Cow, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use oauth_sansio::{
    Digest, Secret, Timestamp,
    auth::{Credentials, Parameters, scheme_of},
    form::{self, Form},
};
use zeroize::Zeroizing;

use super::{
    Authentication, BasicEncoding, Client, Reason, SecretMethods, StoredSecret, backchannel::Caller,
    parameters::optional,
};

/// How a request shows which client sent it. Of a secret only the digest is kept.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Proof {
    /// It only names itself.
    None,
    /// `client_secret_basic`: the secret form-decoded, and as it stands where the policy takes that too.
    Basic { encoded: Digest, raw: Option<Digest> },
    /// `client_secret_post`.
    Post(Digest),
}

/// Reads who says to have sent a token request.
pub(super) fn read(
    headers: &HeaderMap,
    form: &Form<'_>,
    encoding: BasicEncoding,
) -> Result<(String, Proof), Reason> {
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
            let Basic { client_id, secret, raw } = basic(value, encoding)?;
            if named.is_some_and(|named| named != client_id) {
                return Err(Reason::ClientIdMismatch);
            }
            // A client without a secret must not be taken for one whose secret is empty.
            if secret.is_empty() {
                return Err(Reason::Unauthenticated);
            }
            let raw = raw.map(|raw| Digest::of(raw.expose()));
            Ok((client_id, Proof::Basic { encoded: Digest::of(secret.expose()), raw }))
        }
        (None, None, secret, None) => {
            let client_id = named.ok_or(Reason::Unauthenticated)?.to_owned();
            Ok((client_id, secret.map_or(Proof::None, |secret| Proof::Post(Digest::of(secret)))))
        }
    }
}

/// Judges the proof. An unknown client costs as much as a known one.
pub(super) fn check(client: Option<&Arc<Client>>, proof: &Proof, now: Timestamp) -> Result<Caller, Reason> {
    const NOBODY: StoredSecret = StoredSecret { digest: Digest::from_bytes([0; 32]), until: None };
    let registered = client.map(|client| &client.authentication);
    let stored = match registered {
        Some(Authentication::Secret { secrets, .. }) => secrets.as_slice(),
        _ => &[NOBODY],
    };
    let is_good = |secret: &StoredSecret| secret.until.is_none_or(|until| now < until);
    // Compared in constant time, and before anything is known about the client.
    let is_right = |sent: &Digest| stored.iter().any(|secret| is_good(secret) && secret.digest == *sent);
    let right = match proof {
        Proof::Basic { encoded, raw } => is_right(encoded) || raw.as_ref().is_some_and(is_right),
        Proof::Post(digest) => is_right(digest),
        Proof::None => false,
    };
    let client = client.ok_or(Reason::UnknownClient)?;
    let caller = || Caller { client: client.clone(), proofs: Vec::new() };
    match (&client.authentication, proof) {
        (Authentication::None, Proof::None) => Ok(caller()),
        (_, Proof::None) => Err(Reason::Unauthenticated),
        (Authentication::Secret { methods: SecretMethods::Post, .. }, Proof::Basic { .. })
        | (Authentication::Secret { methods: SecretMethods::Basic, .. }, Proof::Post(_)) => {
            Err(Reason::AuthenticationMethod)
        }
        (Authentication::Secret { .. }, _) if right => Ok(caller()),
        (Authentication::Secret { .. }, _) => Err(Reason::WrongSecret),
        _ => Err(Reason::AuthenticationMethod),
    }
}

/// What a Basic header holds.
struct Basic {
    client_id: String,
    secret: Secret,
    raw: Option<Secret>,
}

/// Identifier and secret, each form-encoded, joined by a colon, in base64 (RFC 6749 section 2.3.1). All of it is
/// read strictly: a client that leaves the encoding out would break at the first `%` in a secret anyway.
fn basic(value: &str, encoding: BasicEncoding) -> Result<Basic, Reason> {
    if !scheme_of(value).eq_ignore_ascii_case("Basic") {
        return Err(Reason::Unauthenticated);
    }
    let malformed = |_| Reason::BasicMalformed;
    let credentials = Credentials::parse(value).map_err(malformed)?;
    let Parameters::Token68(token) = credentials.parameters else { return Err(Reason::BasicMalformed) };
    let bytes = Zeroizing::new(STANDARD.decode(token).map_err(|_| Reason::BasicMalformed)?);
    let text = str::from_utf8(&bytes).map_err(|_| Reason::BasicMalformed)?;
    let (client_id, secret) = text.split_once(':').ok_or(Reason::BasicMalformed)?;
    let decode = |text| match (form::decode(text), encoding) {
        (Ok(decoded), _) => Ok(decoded),
        (Err(_), BasicEncoding::FormEncodedOrRaw) => Ok(Cow::Borrowed(text)),
        (Err(_), BasicEncoding::FormEncoded) => Err(Reason::BasicMalformed),
    };
    let (client_id, decoded) = (decode(client_id)?, decode(secret)?);
    // RFC 7617 section 2: no control characters
    if client_id.is_empty() || client_id.chars().chain(decoded.chars()).any(char::is_control) {
        return Err(Reason::BasicMalformed);
    }
    let raw = match encoding {
        BasicEncoding::FormEncodedOrRaw if *secret != *decoded => Some(Secret::new(secret)),
        _ => None,
    };
    Ok(Basic { client_id: client_id.into_owned(), secret: Secret::new(decoded), raw })
}

#[cfg(test)]
mod tests;
