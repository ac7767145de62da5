//! Who asks: a registered client (RFC 6749 section 2).

mod authentication;
pub(super) mod document;
mod id;
mod metadata;

use std::time::Duration;

use oauth_sansio::{Digest, Family, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

pub use authentication::{Authentication, AuthenticationMethod, SecretMethods, StoredSecret};
pub use document::ClientDocumentError;
pub use id::ClientId;
pub use metadata::{ClientMetadata, MetadataError};

use super::{JsonText, RedirectUriError, check_redirect_uri};
use crate::{Scopes, jose::Algorithm};

/// A client as it was registered. [`check`](Self::check) it before it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
pub struct Client {
    /// The client identifier (RFC 6749 section 2.2).
    pub client_id: ClientId,
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
    /// The public keys of the client: they verify its assertions, its request objects, its certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<ClientKeys>,
    /// Where its tokens may be used (RFC 8707); `None` for every resource that the server has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// The clients of OAuth 1 whose token credentials it may trade, by their `oauth_consumer_key`: none, unless the operator
    /// says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migrates_from: Vec<String>,
    /// What the server holds it to, besides its own rules.
    #[serde(default)]
    pub demands: Demands,
    /// How long its tokens live, where not as long as everybody's.
    #[serde(default)]
    pub lifetimes: ClientLifetimes,
    /// How the server came to know it.
    #[serde(default)]
    pub origin: Origin,
    /// What it says of itself to people.
    #[serde(default)]
    pub about: About,
    /// From this second on it is no client any more; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What its registration is managed with (RFC 7592).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
}

/// Where the public keys of a client are (RFC 7591 section 2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    /// `jwks`: a JWK Set, as text.
    Jwks(JsonText),
    /// `jwks_uri`: where the set is.
    Uri(Url),
}

/// What the server holds a client to, besides its own rules. Each is a metadata member of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Demands {
    /// `require_pushed_authorization_requests` (RFC 9126 section 6).
    pub require_pushed_authorization_requests: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 section 5.2).
    pub dpop_bound_access_tokens: bool,
    /// `tls_client_certificate_bound_access_tokens` (RFC 8705 section 3.4).
    pub tls_client_certificate_bound_access_tokens: bool,
    /// `token_endpoint_auth_signing_alg` (RFC 7591 section 2, OpenID Connect Registration section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// `introspection_signed_response_alg` (RFC 9701 section 6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<Algorithm>,
    /// `require_signed_request_object` (RFC 9101 section 10.5).
    pub require_signed_request_object: bool,
    /// `request_object_signing_alg` (RFC 9101 section 10.5, OpenID Connect Registration section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<Algorithm>,
    /// `authorization_details_types` (RFC 9396 section 10); `None` for every type that is open to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details_types: Option<Vec<String>>,
    /// `authorization_signed_response_alg` (JARM section 3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<Algorithm>,
}

/// Lifetimes of one client's tokens; `None` for the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientLifetimes {
    /// An access token.
    pub access: Option<Duration>,
    /// A refresh token that is not used.
    pub refresh_idle: Option<Duration>,
    /// All refresh tokens of one authorization.
    pub refresh_absolute: Option<Duration>,
}

/// How the server came to know a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The operator's own application: people are not asked whether it may act for them.
    FirstParty,
    /// The operator knows it.
    #[default]
    Operator,
    /// It registered itself (RFC 7591): nobody has looked at it.
    Registered,
    /// Its identifier is the address of its description (Client ID Metadata Document): nobody has looked at it.
    Document,
}

/// What a client says of itself to people (RFC 7591 section 2). Nothing of it is ever fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// `client_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// `logo_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// `tos_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// `policy_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// `contacts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// `software_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// `software_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

/// What a registration is managed with (RFC 7592 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Registration {
    /// The digest of the registration access token; `None` where nobody looks after it.
    pub token: Option<Digest>,
    /// When the client was registered.
    pub issued: Timestamp,
}

impl Client {
    /// A public client that may do nothing yet: what every other one is described by its difference to.
    pub fn new(client_id: impl Into<ClientId>) -> Self {
        Self {
            client_id: client_id.into(),
            name: String::new(),
            authentication: Authentication::None,
            redirect_uris: Vec::new(),
            application: Application::Web,
            grants: Vec::new(),
            scopes: Scopes::none(),
            keys: None,
            resources: None,
            migrates_from: Vec::new(),
            demands: Demands::default(),
            lifetimes: ClientLifetimes::default(),
            origin: Origin::default(),
            about: About::default(),
            expires: None,
            registration: None,
        }
    }

    /// The digest that the client is kept under.
    pub fn key(client_id: &str) -> Digest {
        Digest::of(client_id)
    }

    /// What the client and all its tokens are revoked with when it is deleted. An identifier is never given out again.
    pub fn family(&self) -> Family {
        self.client_id.family()
    }

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
        let answers = [GrantType::AuthorizationCode, GrantType::InsecureImplicit];
        if self.redirect_uris.is_empty() && answers.iter().any(|grant| self.grants.contains(grant)) {
            return Err(ClientError::NoRedirectUri);
        }
        for uri in &self.redirect_uris {
            check_redirect_uri(uri, self.application)?;
        }
        if matches!(&self.keys, Some(ClientKeys::Uri(url)) if !metadata::is_address_of_keys(url)) {
            return Err(ClientError::KeysUri);
        }
        match &self.authentication {
            // RFC 6749 section 4.4
            Authentication::None if self.grants.contains(&GrantType::ClientCredentials) => {
                Err(ClientError::PublicClientCredentials)
            }
            Authentication::Secret { secrets, .. }
                if secrets.is_empty() || secrets.iter().any(|secret| secret.digest == Digest::of("")) =>
            {
                Err(ClientError::EmptySecret)
            }
            // The key of an HMAC is at least as long as its hash (RFC 7518 section 3.2).
            Authentication::SecretJwt { secret } if secret.expose().len() < 32 => {
                Err(ClientError::EmptySecret)
            }
            Authentication::PrivateKeyJwt | Authentication::SelfSignedTlsClientAuth
                if self.keys.is_none() =>
            {
                Err(ClientError::NoKeys)
            }
            _ => Ok(()),
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
    /// The authorization code grant, or the implicit one, has nowhere to answer.
    #[error("a grant that answers through the browser needs a redirect URI")]
    NoRedirectUri,
    /// There is no secret, it is the empty text, or it is too short for what it signs.
    #[error("the client secret is empty or too short")]
    EmptySecret,
    /// The client has no keys that its authentication could be verified with.
    #[error("the client has no keys to authenticate with")]
    NoKeys,
    /// The address of the keys is not `https`, or has a user name or a fragment.
    #[error("the address of the keys is not fit to be fetched from")]
    KeysUri,
    /// A client without a secret cannot act on its own behalf (RFC 6749 section 4.4).
    #[error("a public client cannot have the client credentials grant")]
    PublicClientCredentials,
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

impl Application {
    /// What an application is that does not say so: one that answers on the device tells it by where it answers, whether or not
    /// it has the member that OpenID Connect made for it.
    pub(crate) fn called_back_at(redirect_uris: &[String]) -> Self {
        match redirect_uris.iter().all(|uri| uri.starts_with("https:")) {
            true => Self::Web,
            false => Self::Native,
        }
    }
}

/// What a client may use the token endpoint for (RFC 7591 section 2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// The authorization code grant (RFC 6749 section 4.1).
    AuthorizationCode,
    /// Refresh tokens (RFC 6749 section 6).
    RefreshToken,
    /// Access on the client's own behalf (RFC 6749 section 4.4).
    ClientCredentials,
    /// The device authorization grant (RFC 8628).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// Token exchange (RFC 8693).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// Assertions of trusted issuers (RFC 7523 section 2.1).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
    /// A person's own password, typed into the client (RFC 6749 section 4.3). OAuth 2.1 has dropped it: the client sees
    /// what opens everything, and no second factor ever comes into play.
    #[serde(rename = "password")]
    InsecurePassword,
    /// A token through the browser (RFC 6749 section 4.2). OAuth 2.1 has dropped it: whatever reads the address has the
    /// token, and nothing binds it to anybody.
    #[serde(rename = "implicit")]
    InsecureImplicit,
    /// Token credentials of OAuth 1, traded for tokens by a request that is signed with them. It is standardized nowhere; the
    /// name is the one that it was deployed under.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:migration:oauth1")]
    OAuth1Migration,
    /// A grant of the operator's own, by its absolute URI (RFC 6749 section 4.5).
    #[serde(untagged)]
    Extension(String),
}

/// The name of [`GrantType::OAuth1Migration`].
pub(crate) const MIGRATION: &str = "urn:ietf:params:oauth:grant-type:migration:oauth1";

impl GrantType {
    /// As it stands in `grant_type`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::OAuth1Migration => MIGRATION,
            Self::InsecurePassword => "password",
            Self::InsecureImplicit => "implicit",
            Self::Extension(uri) => uri,
        }
    }
}
