//! Who asks: a registered client (RFC 6749 section 2).

use oauth_sansio::{Digest, Secret};
use serde::{Deserialize, Serialize};

use super::{RedirectUriError, check_redirect_uri};
use crate::Scopes;

/// A client as it was registered. [`check`](Self::check) it before it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Client {
    /// The client identifier (RFC 6749 section 2.2).
    pub client_id: String,
    /// The name that a consent page shows.
    pub name: String,
    /// How the client proves who it is at the token endpoint.
    pub authentication: Authentication,
    /// Where answers may be sent, compared byte for byte (RFC 9700 section 2.1).
    pub redirect_uris: Vec<String>,
    /// Where the client runs.
    pub application: Application,
    /// What the client may do.
    pub grants: Vec<GrantType>,
    /// What the client may ask for; what it gets when it asks for nothing in particular.
    pub scopes: Scopes,
}

impl Client {
    /// Whether the client may be registered.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Result<(), ClientError> {
        // `*VSCHAR` (RFC 6749 appendix A.1)
        let is_name =
            |id: &str| !id.is_empty() && id.len() <= Self::MAX_ID_BYTES && id.bytes().all(is_vschar);
        if !is_name(&self.client_id) {
            return Err(ClientError::ClientId);
        }
        if self.redirect_uris.is_empty() && self.grants.contains(&GrantType::AuthorizationCode) {
            return Err(ClientError::NoRedirectUri);
        }
        for uri in &self.redirect_uris {
            check_redirect_uri(uri, self.application)?;
        }
        match &self.authentication {
            // RFC 6749 section 4.4
            Authentication::None if self.grants.contains(&GrantType::ClientCredentials) => {
                Err(ClientError::PublicClientCredentials)
            }
            Authentication::Secret { digest, .. } if *digest == Digest::of("") => {
                Err(ClientError::EmptySecret)
            }
            Authentication::None | Authentication::Secret { .. } => Ok(()),
        }
    }

    /// Bytes of a client identifier.
    pub const MAX_ID_BYTES: usize = 512;
}

const fn is_vschar(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// Why a client must not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ClientError {
    /// The identifier is empty, over [`Client::MAX_ID_BYTES`], or has a character outside VSCHAR
    /// (RFC 6749 appendix A.1).
    #[error("the client identifier is malformed")]
    ClientId,
    /// A redirect URI is not fit for the client.
    #[error("a redirect URI is refused: {0}")]
    RedirectUri(#[from] RedirectUriError),
    /// The authorization code grant has nowhere to answer.
    #[error("the authorization code grant needs a redirect URI")]
    NoRedirectUri,
    /// The secret is the empty text.
    #[error("the client secret is empty")]
    EmptySecret,
    /// A client without a secret cannot act on its own behalf (RFC 6749 section 4.4).
    #[error("a public client cannot have the client credentials grant")]
    PublicClientCredentials,
}

/// How a client authenticates (RFC 6749 section 2.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// A public client: it holds no secret and only names itself.
    None,
    /// A client secret. It must be one with at least 128 random bits, which is why a plain digest keeps it.
    Secret {
        /// [`Digest::of`] the secret.
        digest: Digest,
        /// Where the client may put it.
        methods: SecretMethods,
    },
}

impl Authentication {
    /// A client secret and where the client may put it.
    pub fn secret(secret: &Secret, methods: SecretMethods) -> Self {
        Self::Secret { digest: Digest::of(secret.expose()), methods }
    }
}

/// Where a client puts its secret (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretMethods {
    /// `client_secret_basic`: the `Authorization` header.
    Basic,
    /// `client_secret_post`: the body.
    Post,
    /// Either, one per request.
    Both,
}

/// Where a client runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Application {
    /// On a web server or in a browser page.
    Web,
    /// On the user's device: loopback ports and private-use schemes are open to it (RFC 8252 section 7).
    Native,
}

/// What a client may use the token endpoint for (RFC 7591 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// The authorization code grant (RFC 6749 section 4.1).
    AuthorizationCode,
    /// Refresh tokens (RFC 6749 section 6).
    RefreshToken,
    /// Access on the client's own behalf (RFC 6749 section 4.4).
    ClientCredentials,
}
