//! Client authentication at the token endpoint (RFC 6749 section 2.3).

use std::{borrow::Cow, sync::Arc};

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use oauth_sansio::{
    Digest, Secret, Spend, Timestamp,
    auth::{MAX_HEADER_BYTES, scheme_of},
    base64,
    form::{self, Form},
};
use url::Url;
use zeroize::Zeroizing;

use super::{
    AssertionAudience, Authentication, AuthenticationMethod, AuthorizationServer, BasicEncoding,
    CertificateError, Client, ClientCertificate, ClientKeys, MIGRATION, Once, Reason, SecretMethods,
    StoredSecret, backchannel::Caller, parameters::optional, records::kept_until,
};
use crate::{
    jose::{Algorithm, JwkSet, VerifyingKey},
    jwt::{Assertion, AssertionPolicy, claimed_client},
};

/// The only kind of assertion that is known here (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How a request shows which client sent it. Of a secret only the digest is kept.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Proof {
    /// It only names itself.
    None,
    /// `client_secret_basic`: the secret form-decoded, and as it stands where the policy takes that too.
    Basic { encoded: Digest, raw: Option<Digest> },
    /// `client_secret_post`.
    Post(Digest),
    /// `client_secret_jwt` or `private_key_jwt`.
    Assertion(Secret),
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
    let kind = optional(form, "client_assertion_type")?;
    let mut values = headers.get_all(AUTHORIZATION).iter();
    // What OAuth 1 signed may say so in the header (RFC 5849 section 3.5.1): that is what is traded, and authenticates nobody.
    let is_signed = |value: &HeaderValue| {
        value.to_str().is_ok_and(|value| scheme_of(value).eq_ignore_ascii_case("OAuth"))
    };
    let is_handover = optional(form, "grant_type")? == Some(MIGRATION);
    let first = values.next().filter(|value| !(is_handover && is_signed(value)));
    match (first, values.next(), secret, assertion) {
        // RFC 6749 section 2.3: one method per request
        (_, Some(_), ..) | (Some(_), _, Some(_), _) | (Some(_), _, _, Some(_)) | (_, _, Some(_), Some(_)) => {
            Err(Reason::SeveralAuthentications)
        }
        (None, None, None, Some(text)) => {
            if kind != Some(ASSERTION_TYPE) {
                return Err(Reason::AssertionType);
            }
            // The client is who the assertion speaks of; whether it does so rightly is judged with its keys
            // (RFC 7521 section 4.2).
            let client_id = claimed_client(text)?;
            if named.is_some_and(|named| named != client_id) {
                return Err(Reason::ClientIdMismatch);
            }
            Ok((client_id, Proof::Assertion(Secret::new(text))))
        }
        (Some(value), ..) => {
            let value = value.to_str().map_err(|_| Reason::BasicMalformed)?;
            let Basic { client_id, has_secret, encoded, raw } = basic(value, encoding)?;
            if named.is_some_and(|named| named != client_id) {
                return Err(Reason::ClientIdMismatch);
            }
            // A client without a secret must not be taken for one whose secret is empty.
            if !has_secret {
                return Err(Reason::Unauthenticated);
            }
            Ok((client_id, Proof::Basic { encoded, raw }))
        }
        (None, None, secret, None) => {
            let client_id = named.ok_or(Reason::Unauthenticated)?.to_owned();
            Ok((client_id, secret.map_or(Proof::None, |secret| Proof::Post(Digest::of(secret)))))
        }
    }
}

/// Judges the proof. An unknown client costs as much as a known one.
pub(super) fn check(
    server: &AuthorizationServer,
    client: Option<&Arc<Client>>,
    keys: Option<&JwkSet>,
    proof: &Proof,
    certificate: Option<&ClientCertificate>,
    asked: &str,
    now: Timestamp,
) -> Result<Caller, Reason> {
    const NOBODY: StoredSecret = StoredSecret { digest: Digest::from_bytes([0; 32]), until: None };
    let stored = match client.map(|client| &client.authentication) {
        Some(Authentication::Secret { secrets, .. }) => secrets.as_slice(),
        _ => &[NOBODY],
    };
    let is_good = |secret: &StoredSecret| secret.until.is_none_or(|until| now < until);
    // Compared in constant time, and before anything is known about the client.
    let is_right = |sent: &Digest| stored.iter().any(|secret| is_good(secret) && secret.digest == *sent);
    let right = match proof {
        Proof::Basic { encoded, raw } => is_right(encoded) || raw.as_ref().is_some_and(is_right),
        Proof::Post(digest) => is_right(digest),
        Proof::None | Proof::Assertion(_) => false,
    };
    let client = client.ok_or(Reason::UnknownClient)?;
    let method = method(&client.authentication, proof)?;
    if !server.config().authentication_methods().any(|served| served == method) {
        return Err(Reason::AuthenticationMethod);
    }
    let spent = match (proof, &client.authentication) {
        (Proof::None, authentication) => {
            by_certificate(authentication, client, keys, certificate)?;
            None
        }
        (Proof::Assertion(text), _) => Some(by_assertion(server, client, keys, text, asked, now)?),
        (Proof::Basic { .. } | Proof::Post(_), _) if right => None,
        (Proof::Basic { .. } | Proof::Post(_), _) => return Err(Reason::WrongSecret),
    };
    Ok(Caller { client: client.clone(), proofs: spent.into_iter().collect() })
}

/// The method that was used, if it is the one that the client is registered for (RFC 7591 section 2).
fn method(registered: &Authentication, proof: &Proof) -> Result<AuthenticationMethod, Reason> {
    use AuthenticationMethod as M;
    Ok(match (registered, proof) {
        (Authentication::None, Proof::None) => M::None,
        (Authentication::TlsClientAuth { .. }, Proof::None) => M::TlsClientAuth,
        (Authentication::SelfSignedTlsClientAuth, Proof::None) => M::SelfSignedTlsClientAuth,
        (_, Proof::None) => return Err(Reason::Unauthenticated),
        (Authentication::Secret { methods, .. }, Proof::Basic { .. }) if *methods != SecretMethods::Post => {
            M::ClientSecretBasic
        }
        (Authentication::Secret { methods, .. }, Proof::Post(_)) if *methods != SecretMethods::Basic => {
            M::ClientSecretPost
        }
        (Authentication::SecretJwt { .. }, Proof::Assertion(_)) => M::ClientSecretJwt,
        (Authentication::PrivateKeyJwt, Proof::Assertion(_)) => M::PrivateKeyJwt,
        _ => return Err(Reason::AuthenticationMethod),
    })
}

/// RFC 8705 section 2: the connection has proven who the client is, where it is registered for that.
fn by_certificate(
    authentication: &Authentication,
    client: &Client,
    fetched: Option<&JwkSet>,
    certificate: Option<&ClientCertificate>,
) -> Result<(), Reason> {
    let shown = || certificate.ok_or(CertificateError::Missing);
    match authentication {
        Authentication::TlsClientAuth { subject } => Ok(shown()?.check_subject(subject)?),
        Authentication::SelfSignedTlsClientAuth => match (&client.keys, fetched) {
            (Some(ClientKeys::Jwks(keys)), _) => {
                let keys = JwkSet::parse(keys.as_str().as_bytes()).map_err(|_| Reason::ClientKeys)?;
                Ok(shown()?.check_key(&keys)?)
            }
            (Some(ClientKeys::Uri(_)), Some(keys)) => Ok(shown()?.check_key(keys)?),
            _ => Err(Reason::ClientKeys),
        },
        _ => Ok(()),
    }
}

/// RFC 7523 section 3. What comes back is spent: an assertion works once.
fn by_assertion(
    server: &AuthorizationServer,
    client: &Client,
    fetched: Option<&JwkSet>,
    text: &Secret,
    asked: &str,
    now: Timestamp,
) -> Result<Spend<Once>, Reason> {
    let config = server.config();
    let endpoints = server.assertion_endpoints(asked);
    let endpoints: Vec<_> = endpoints.iter().map(Url::as_str).collect();
    let registered = client.demands.token_endpoint_auth_signing_alg;
    let is_open = |algorithm: &Algorithm| registered.is_none_or(|only| only == *algorithm);
    let open: Vec<_> = server.signing_algorithms().filter(is_open).collect();
    let policy = AssertionPolicy {
        other_audiences: &endpoints,
        algorithms: &open,
        skew: config.policy.clock_skew,
        ..AssertionPolicy::new(server.issuer())
    };
    let (text, client_id) = (text.expose(), &client.client_id);
    let assertion = match &client.authentication {
        Authentication::SecretJwt { secret } => {
            let key = VerifyingKey::of_secret(secret).map_err(|_| Reason::ClientKeys)?;
            let policy = AssertionPolicy { algorithms: &[Algorithm::Hs256], ..policy };
            Assertion::by_secret(text, client_id, &key, &policy, now)?
        }
        _ => Assertion::by_keys(text, client_id, &*keys(client, fetched)?, &policy, now)?,
    };
    Ok(Spend {
        once: Once::Assertion(assertion.once),
        at: now.into(),
        keep_until: kept_until(assertion.expires),
    })
}

impl AuthorizationServer {
    /// What an assertion may be for beside the issuer: the endpoint that is asked, and the token endpoint, which stands for the
    /// server (RFC 7523 section 3, RFC 9126 section 2).
    pub(super) fn assertion_endpoints(&self, asked: &str) -> Vec<Url> {
        let config = self.config();
        if config.policy.assertion_audience == AssertionAudience::Issuer {
            return Vec::new();
        }
        let paths = [asked, &config.paths.token].into_iter();
        paths.flat_map(|path| [Some(config.url(path)), config.alias(path)]).flatten().collect()
    }
}

/// The keys of a client, by value or as they were fetched.
pub(super) fn keys<'k>(client: &Client, fetched: Option<&'k JwkSet>) -> Result<Cow<'k, JwkSet>, Reason> {
    match &client.keys {
        Some(ClientKeys::Jwks(keys)) => {
            JwkSet::parse(keys.as_str().as_bytes()).map(Cow::Owned).map_err(|_| Reason::ClientKeys)
        }
        Some(ClientKeys::Uri(_)) => fetched.map(Cow::Borrowed).ok_or(Reason::ClientKeys),
        None => Err(Reason::ClientKeys),
    }
}

/// What a Basic header holds.
struct Basic {
    client_id: String,
    has_secret: bool,
    encoded: Digest,
    raw: Option<Digest>,
}

/// Identifier and secret, each form-encoded, joined by a colon, in base64 (RFC 6749 section 2.3.1). All of it is
/// read strictly: a client that leaves the encoding out would break at the first `%` in a secret anyway.
fn basic(value: &str, encoding: BasicEncoding) -> Result<Basic, Reason> {
    let scheme = scheme_of(value);
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(Reason::Unauthenticated);
    }
    let token = value.strip_prefix(scheme).and_then(|rest| rest.strip_prefix(' '));
    let token = token.filter(|_| value.len() <= MAX_HEADER_BYTES).ok_or(Reason::BasicMalformed)?;
    // Every `token68` that is base64 (RFC 9110 section 11.4), and nothing else, is decoded.
    let token = token.trim_start_matches(' ').trim_end_matches([' ', '\t']);
    let bytes = base64::decode(token.as_bytes()).map(Zeroizing::new).ok_or(Reason::BasicMalformed)?;
    let text = str::from_utf8(&bytes).map_err(|_| Reason::BasicMalformed)?;
    let (client_id, secret) = text.split_once(':').ok_or(Reason::BasicMalformed)?;
    let decode = |text| match (form::decode(text), encoding) {
        (Ok(decoded), _) => Ok(decoded),
        (Err(_), BasicEncoding::FormEncodedOrRaw) => Ok(Cow::Borrowed(text)),
        (Err(_), BasicEncoding::FormEncoded) => Err(Reason::BasicMalformed),
    };
    let (client_id, decoded) = (decode(client_id)?, decode(secret)?);
    // RFC 7617 section 2: no CTL
    // All bytes are looked at, many at once.
    let is_clean = |text: &str| !text.bytes().fold(false, |found, byte| found | byte.is_ascii_control());
    if client_id.is_empty() || !is_clean(&client_id) || !is_clean(&decoded) {
        return Err(Reason::BasicMalformed);
    }
    let raw = match encoding {
        BasicEncoding::FormEncodedOrRaw if *secret != *decoded => Some(Digest::of(secret)),
        _ => None,
    };
    let (has_secret, encoded) = (!decoded.is_empty(), Digest::of(&*decoded));
    Ok(Basic { client_id: client_id.into_owned(), has_secret, encoded, raw })
}

#[cfg(test)]
mod tests;
