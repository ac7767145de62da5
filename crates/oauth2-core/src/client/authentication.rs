//! How the client proves who it is at the token endpoint (RFC 6749 section 2.3).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use oauth_sansio::{Secret, form};

use super::{AssertionKey, Misuse, profile::SignedSecret};
use crate::jose::LocalSigner;

/// Client authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `none`: a public client only names itself; PKCE protects its codes.
    #[default]
    None,
    /// `client_secret_basic`: the secret in the `Authorization` header.
    SecretBasic(Secret),
    /// `client_secret_post`: the secret in the body.
    SecretPost(Secret),
    /// `private_key_jwt`, or `client_secret_jwt` with a shared secret: an assertion for each request (RFC 7523 section 2.2).
    /// Nothing that proves anything later goes over the wire.
    Assertion(AssertionKey),
    /// `client_secret_post` with a secret that is signed for each request, as Apple wants it.
    SignedSecret(SignedSecret),
    /// `tls_client_auth`: the certificate of the connection, in the client's name (RFC 8705 section 2.1). What sends the
    /// requests shows it.
    TlsClientAuth,
    /// `self_signed_tls_client_auth`: the certificate of the connection, by its registered key (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
}

impl ClientAuthentication {
    /// By the name of a method, with what the client has.
    pub(super) fn of(
        method: &str,
        secret: Option<Secret>,
        key: Option<AssertionKey>,
    ) -> Result<Self, Misuse> {
        let secret = secret.ok_or(Misuse::NoSecret);
        Ok(match method {
            "none" => Self::None,
            "client_secret_basic" => Self::SecretBasic(secret?),
            "client_secret_post" => Self::SecretPost(secret?),
            "client_secret_jwt" => {
                let signer = LocalSigner::from_secret(&secret?).map_err(|_| Misuse::NoSecret)?;
                Self::Assertion(AssertionKey::new(Arc::new(signer)))
            }
            "private_key_jwt" => Self::Assertion(key.ok_or(Misuse::NoKey)?),
            "tls_client_auth" => Self::TlsClientAuth,
            "self_signed_tls_client_auth" => Self::SelfSignedTlsClientAuth,
            _ => return Err(Misuse::AuthenticationNotSupported),
        })
    }

    /// The name in the registry of token endpoint authentication methods (RFC 7591 section 2).
    pub fn method(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) | Self::SignedSecret(_) => "client_secret_post",
            Self::Assertion(key) => key.method(),
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether the connection must show a certificate.
    pub(super) const fn is_by_certificate(&self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }

    /// The `Authorization` header, made once per client.
    pub(super) fn header(&self, client_id: &str) -> Option<HeaderValue> {
        match self {
            Self::SecretBasic(secret) => basic(client_id, secret.expose()),
            _ => None,
        }
    }

    /// What goes into the body, made once per client.
    pub(super) fn parameters(&self, client_id: &str) -> Secret {
        let mut parameters = String::new();
        match self {
            Self::SecretBasic(_) => {}
            // RFC 6749 section 4.1.3: a client that does not authenticate names itself; so does one that the rest of the
            // request or the connection speaks for (RFC 7521 section 4.2, RFC 8705 section 2).
            _ => form::append(&mut parameters, "client_id", client_id),
        }
        self.append_secret(&mut parameters);
        parameters.into()
    }

    /// The same for a body that names the client already.
    pub(super) fn append_secret(&self, body: &mut String) {
        if let Self::SecretPost(secret) = self {
            form::append(body, "client_secret", secret.expose());
        }
    }
}

/// Both parts are form-encoded before base64 (RFC 6749 section 2.3.1), so a colon in either is no separator.
fn basic(client_id: &str, secret: &str) -> Option<HeaderValue> {
    let mut pair = String::new();
    form::encode_into(&mut pair, client_id);
    pair.push(':');
    form::encode_into(&mut pair, secret);
    let mut value = String::from("Basic ");
    STANDARD.encode_string(pair, &mut value);
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
