//! What is known of real providers: where they are, and how they deviate from the standard.
//!
//! The core is strict. A profile applies at its mouth: requests leave as the provider wants them, and its answers are
//! put into the words of the standard before the strict reader sees them. Every deviation is a value of [`Dialect`],
//! and a profile is plain serde data, so that one of your own may come out of a file.
//!
//! Providers change, and nobody tells. What could be looked up names its source; the rest is marked as from memory.
//! `docs/provider-profiles.md` shows all of it in one table.
//!
//! ```
//! use oauth2_core::client::{Client, profile::{self, Site}};
//!
//! let mut config = profile::GITHUB.config("client id", "client secret")?;
//! config.redirect_uri = Some("https://printer.example/callback".into());
//! let client = Client::new(config)?;
//!
//! // Some providers are at many addresses.
//! let config = profile::ENTRA.config_at(Site::Tenant("contoso.onmicrosoft.com"), "client id", "client secret")?;
//! assert_eq!(config.server.issuer(), "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod api;
mod callback;
mod dialect;
mod fact;
mod mouth;
mod providers;
mod redirect;
mod request;
mod signed_secret;
mod site;

use oauth_sansio::Secret;
use serde::{Deserialize, Serialize};

use super::{ClientAuthentication, Config, Server};
use crate::metadata::{AuthorizationServerMetadata, MetadataError, Transport, parse_endpoint};

pub use dialect::{
    Answers, Api, Authorization, Basic, Body, Dialect, ExpiryUnit, Offline, Pkce, RedirectUris, Requests,
};
pub use fact::{Fact, Source};
pub use providers::*;
pub use signed_secret::SignedSecret;
pub use site::{Site, SiteKind};

pub(super) use answer::Kind;
pub(super) use mouth::Mouth;

/// What is known of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is called.
    pub name: String,
    /// The name of its server, unlike that of any other (RFC 9700 section 4.4). `{site}` stands for the site here and in
    /// every address.
    pub issuer: String,
    /// Where people decide.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are asked for.
    pub token_endpoint: String,
    /// Where devices ask for codes (RFC 8628).
    #[serde(default)]
    pub device_authorization_endpoint: Option<String>,
    /// Where tokens are given back, when the provider does that as RFC 7009 says.
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    /// Where tokens are asked about, when the provider does that as RFC 7662 says.
    #[serde(default)]
    pub introspection_endpoint: Option<String>,
    /// The kind of site that it wants, when it is at many addresses.
    #[serde(default)]
    pub site: Option<SiteKind>,
    /// The site of most.
    #[serde(default)]
    pub usual_site: Option<String>,
    /// How clients may authenticate, the usual way first: names of the registry (RFC 7591 section 2).
    pub authentication: Vec<String>,
    /// What becomes of a refresh token that is used; it is told for whoever keeps tokens.
    #[serde(default)]
    pub refresh: Refresh,
    /// How it deviates from the standard.
    #[serde(default)]
    pub dialect: Dialect,
    /// What this was taken from, and what else is worth knowing.
    #[serde(default)]
    pub facts: Vec<Fact>,
}

/// What becomes of a refresh token that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// Another one comes, or none: be ready for both (RFC 6749 section 6).
    #[default]
    Either,
    /// Another one comes, and the old one is dead.
    Rotated,
    /// It stays.
    Kept,
    /// There are no refresh tokens.
    None,
}

/// Why a profile makes no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The provider is at many addresses, and none was given, or one of another kind, or one that is no name.
    #[error("the profile needs the name of a site")]
    Site,
    /// A header is none, or one that the application must choose is missing, see [`Profile::with_header`].
    #[error("a header is missing or malformed")]
    Header,
    /// A parameter has no name, or that of one that the protocol sets.
    #[error("a parameter has a name that is not allowed")]
    Parameter,
    /// The provider takes no shared secret; set [`Config::authentication`].
    #[error("the provider takes no shared secret")]
    Secret,
    /// An address cannot be used.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}

impl Profile {
    /// The server of a provider that is at one address, or at its usual one.
    ///
    /// # Errors
    /// When the profile needs a site, or contradicts itself.
    pub fn server(&self) -> Result<Server, ProfileError> {
        match (self.site, &self.usual_site) {
            (None, _) => self.server_with(None),
            (Some(kind), Some(usual)) => self.server_with(Some(Site::of(kind, usual))),
            (Some(_), None) => Err(ProfileError::Site),
        }
    }

    /// The server of a provider that is at many addresses.
    ///
    /// # Errors
    /// When the site is of another kind or no name, or the profile contradicts itself.
    pub fn server_at(&self, site: Site<'_>) -> Result<Server, ProfileError> {
        if self.site != Some(site.kind()) {
            return Err(ProfileError::Site);
        }
        self.server_with(Some(site))
    }

    /// The configuration of a client with a secret, which goes where the provider wants it.
    ///
    /// # Errors
    /// As [`server`](Self::server), and [`ProfileError::Secret`] when the provider takes no secret.
    pub fn config(
        &self,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Config, ProfileError> {
        self.config_of(self.server()?, client_id, secret)
    }

    /// The same at a site.
    ///
    /// # Errors
    /// As [`server_at`](Self::server_at), and [`ProfileError::Secret`] when the provider takes no secret.
    pub fn config_at(
        &self,
        site: Site<'_>,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Config, ProfileError> {
        self.config_of(self.server_at(site)?, client_id, secret)
    }

    /// The same provider with a header in every request, such as a `User-Agent` of the application's own. It is no place
    /// for a secret: headers print.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut profile = self.clone();
        for headers in [&mut profile.dialect.requests.headers, &mut profile.dialect.api.headers] {
            headers.retain(|(one, _)| !one.eq_ignore_ascii_case(name));
            headers.push((name.to_owned(), value.to_owned()));
        }
        profile
    }

    fn config_of(
        &self,
        server: Server,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Config, ProfileError> {
        let secret = secret.into();
        let way = |method: &String| match method.as_str() {
            "client_secret_basic" => Some(ClientAuthentication::SecretBasic(secret.clone())),
            "client_secret_post" => Some(ClientAuthentication::SecretPost(secret.clone())),
            _ => None,
        };
        let authentication = self.authentication.iter().find_map(way).ok_or(ProfileError::Secret)?;
        Ok(Config { authentication, ..Config::new(server, client_id) })
    }

    fn server_with(&self, site: Option<Site<'_>>) -> Result<Server, ProfileError> {
        let site = site.map(|site| site.name()).transpose()?;
        let at_site = |text: &String| match site {
            Some(site) => Ok(text.replace("{site}", site)),
            None if text.contains("{site}") => Err(ProfileError::Site),
            None => Ok(text.clone()),
        };
        let url = |member, text: &String| {
            let problem = |problem| MetadataError::Url { member, problem };
            Ok::<_, ProfileError>(parse_endpoint(&at_site(text)?).map_err(problem)?)
        };
        let maybe = |member, text: &Option<String>| text.as_ref().map(|text| url(member, text)).transpose();
        let mut metadata = AuthorizationServerMetadata {
            issuer: at_site(&self.issuer)?,
            authorization_endpoint: maybe("authorization_endpoint", &self.authorization_endpoint)?,
            token_endpoint: Some(url("token_endpoint", &self.token_endpoint)?),
            revocation_endpoint: maybe("revocation_endpoint", &self.revocation_endpoint)?,
            introspection_endpoint: maybe("introspection_endpoint", &self.introspection_endpoint)?,
            token_endpoint_auth_methods_supported: self.authentication.clone(),
            authorization_response_iss_parameter_supported: Some(self.dialect.authorization.iss),
            ..AuthorizationServerMetadata::default()
        };
        if let Some(device) = &self.device_authorization_endpoint {
            metadata.extra.insert("device_authorization_endpoint".into(), at_site(device)?.into());
        }
        let mut dialect = self.dialect.clone();
        for (_, value) in &mut dialect.authorization.equal {
            *value = at_site(value)?;
        }
        // Written down, as with `Server::new`.
        let server = Server { client_documents: None, ..Server::from_metadata(&metadata, Transport::Https)? };
        server.with_dialect(dialect)
    }

    /// A provider that does as the standard says.
    fn new(name: &str, issuer: &str, authorization_endpoint: &str, token_endpoint: &str) -> Self {
        Self {
            name: name.into(),
            issuer: issuer.into(),
            authorization_endpoint: Some(authorization_endpoint.into()),
            token_endpoint: token_endpoint.into(),
            device_authorization_endpoint: None,
            revocation_endpoint: None,
            introspection_endpoint: None,
            site: None,
            usual_site: None,
            authentication: Vec::new(),
            refresh: Refresh::default(),
            dialect: Dialect::default(),
            facts: Vec::new(),
        }
    }
}
