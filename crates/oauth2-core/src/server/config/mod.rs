//! What an operator decides about an authorization server.

mod check;
mod migration;
mod paths;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use oauth_sansio::form;
use serde_json::{Map, Value};
use url::Url;

pub use check::ConfigError;
pub use migration::Migration;
pub use paths::Paths;

use super::{
    AuthenticationMethod, DetailsType, GrantType, KeyRing, Policy, Profile, RegistrationPolicy, ResponseMode,
    ServerKeys, TrustedIssuer,
};
use crate::Scopes;

/// The settings of an authorization server. [`Config::new`] has the defaults that OAuth 2.1 recommends.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer identifier (RFC 8414 section 2): `https`, without query and fragment. It is also the external
    /// origin of every endpoint; a `Host` header never is.
    pub issuer: Url,
    /// Where the endpoints are.
    pub paths: Paths,
    /// Every scope there is.
    pub scopes: Scopes,
    /// The APIs that tokens are for (RFC 8707). A token for none of them has no audience.
    pub resources: Vec<Resource>,
    /// What may be asked for in detail (RFC 9396), type by type; no two have one name.
    pub details_types: Vec<Arc<dyn DetailsType>>,
    /// Those of the types that are open to clients which nobody has looked at: none.
    pub open_details_types: BTreeSet<String>,
    /// The rules where standards leave a choice; a [`Profile`] sets them all.
    pub policy: Policy,
    /// Who may register, and what such clients may have (RFC 7591); `None` where nobody may.
    pub registration: Option<RegistrationPolicy>,
    /// The authentication context classes that the pages can reach and tell of (RFC 9470 section 4). A request for
    /// others only is refused.
    pub acr_values: Vec<String>,
    /// Clients that may introspect tokens for no resource in particular: APIs, by their own credentials.
    pub resource_servers: Vec<String>,
    /// What clients get that nobody registered, whose identifier is the address of their description.
    pub document_clients: DocumentClients,
    /// Whoever serves the connections tells which certificates clients show ([`ClientCertificate`](super::ClientCertificate)).
    /// Without it no client is known by one.
    pub mutual_tls: Option<MutualTls>,
    /// The keys that JWTs are signed with. Without one there are none.
    pub signing: KeyRing,
    /// How many parties may act one for another in a token (RFC 8693 section 4.1): 4.
    pub longest_chain: usize,
    /// The operator looks at each token before it is issued: there is a pause for it ([`Review`](super::Review)).
    pub reviews: bool,
    /// Grants of one's own (RFC 6749 section 4.5), by their absolute URIs; each has a pause ([`Extend`](super::Extend)).
    pub extension_grants: Vec<String>,
    /// What token credentials of OAuth 1 are worth, where clients may trade them; `None` where they may not. What the request
    /// proves is asked for in a pause ([`Migrate`](super::Migrate)).
    pub migration: Option<Migration>,
    /// Whose assertions are traded for tokens (RFC 7523 section 2.1).
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// What keyed values are derived with. Without one there is no grace period and no DPoP nonce.
    pub keys: ServerKeys,
    /// What tokens look like.
    pub prefixes: Prefixes,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// How large things may be.
    pub limits: Limits,
    /// Members of the metadata that this server does not know, as they are to be told: of OpenID Connect, say, or
    /// `signed_metadata` (RFC 8414 section 2.1).
    pub more_metadata: Map<String, Value>,
    /// Lets the issuer be `http` on a loopback host. For trying things out on one machine: nothing is encrypted.
    pub insecure_loopback: bool,
}

impl Config {
    /// The defaults, for an issuer. It supports no scope yet.
    pub fn new(issuer: Url) -> Self {
        Self {
            issuer,
            paths: Paths::default(),
            scopes: Scopes::none(),
            resources: Vec::new(),
            details_types: Vec::new(),
            open_details_types: BTreeSet::new(),
            policy: Profile::default().policy(),
            registration: None,
            acr_values: Vec::new(),
            resource_servers: Vec::new(),
            document_clients: DocumentClients::default(),
            mutual_tls: None,
            longest_chain: 4,
            reviews: false,
            extension_grants: Vec::new(),
            migration: None,
            trusted_issuers: Vec::new(),
            signing: KeyRing::default(),
            keys: ServerKeys::default(),
            prefixes: Prefixes::default(),
            lifetimes: Lifetimes::default(),
            limits: Limits::default(),
            more_metadata: Map::new(),
            insecure_loopback: false,
        }
    }

    /// The grants that are served: those of the policy that there is something for, and the operator's own.
    pub(super) fn grants(&self) -> impl Iterator<Item = &str> {
        let is_served = |grant: &&GrantType| match grant {
            GrantType::JwtBearer => !self.trusted_issuers.is_empty(),
            GrantType::OAuth1Migration => self.migration.is_some(),
            // It has no business at the token endpoint.
            GrantType::Extension(_) | GrantType::InsecureImplicit => false,
            _ => true,
        };
        let own = self.extension_grants.iter().map(String::as_str);
        self.policy.grants.iter().filter(is_served).map(GrantType::as_str).chain(own)
    }

    /// The methods of client authentication that are served: those of the policy that something can come of.
    pub(super) fn authentication_methods(&self) -> impl Iterator<Item = AuthenticationMethod> {
        let is_served =
            |method: &AuthenticationMethod| !method.is_by_certificate() || self.mutual_tls.is_some();
        self.policy.authentication_methods.iter().copied().filter(is_served)
    }

    /// The response modes that are served: those of the policy, the signed ones where there is a key to sign with.
    pub(super) fn response_modes(&self) -> impl Iterator<Item = ResponseMode> {
        let modes = self.policy.response_modes.iter().copied();
        modes.filter(|mode| !mode.is_signed() || !self.signing.is_empty())
    }

    /// The issuer identifier. A bare host has no path: the slash that a URL parser adds to it is not part of the
    /// identifier, which clients compare as a string (RFC 8414 section 3.3).
    pub(super) fn issuer_identifier(&self) -> &str {
        match self.issuer.path() {
            "/" => self.issuer.as_str().trim_end_matches('/'),
            _ => self.issuer.as_str(),
        }
    }

    /// A path on the issuer's origin as a URL.
    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.issuer.clone();
        url.set_path(path);
        url
    }

    /// The same for clients with certificates, where they have an origin of their own.
    pub(super) fn alias(&self, path: &str) -> Option<Url> {
        let mut url = self.mutual_tls.as_ref()?.aliases.clone()?;
        url.set_path(path);
        Some(url)
    }

    /// Where the metadata is. The well-known part goes in front of the issuer's path (RFC 8414 section 3.1); clients of
    /// OpenID Connect look for theirs there too, or behind it (RFC 8414 section 5).
    pub(super) fn well_known(&self) -> Vec<String> {
        let path = self.issuer.path().trim_end_matches('/');
        vec![
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("/.well-known/openid-configuration{path}"),
            format!("{path}/.well-known/openid-configuration"),
        ]
    }
}

/// What clients get at most that are known by a Client ID Metadata Document, where the [`Policy`] takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentClients {
    /// The scopes that are open to them: none, unless said otherwise.
    pub scopes: Scopes,
    /// The grants that are open to them, of those that the policy has: codes and refresh tokens.
    pub grants: BTreeSet<GrantType>,
}

impl Default for DocumentClients {
    fn default() -> Self {
        Self {
            scopes: Scopes::none(),
            grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        }
    }
}

/// Mutual TLS (RFC 8705).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MutualTls {
    /// The origin where clients with certificates find the endpoints, where it is another one: browsers ask people for a
    /// certificate wherever a server asks for one (RFC 8705 section 5). The paths are the same.
    pub aliases: Option<Url>,
}

/// An API that tokens are for: a protected resource (RFC 8707 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its identifier: an absolute URI without a fragment. It is compared as text.
    pub identifier: String,
    /// The scopes that mean something to it; `None` for all.
    pub scopes: Option<Scopes>,
    /// What its access tokens are.
    pub token: TokenFormat,
    /// How long its access tokens live, where not as long as everybody's.
    pub access: Option<Duration>,
    /// The clients that may introspect its tokens: the API itself, by its own credentials.
    pub introspected_by: Vec<String>,
}

impl Resource {
    /// An API with opaque tokens.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self {
            identifier: identifier.into(),
            scopes: None,
            token: TokenFormat::Opaque,
            access: None,
            introspected_by: Vec::new(),
        }
    }
}

/// What an access token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenFormat {
    /// A random text that only the server can tell something about.
    Opaque,
    /// A signed JWT that the API checks itself (RFC 9068).
    Jwt,
}

/// What opaque tokens begin with, so that a scanner finds one that leaked, and a checksum tells it from look-alikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// Access tokens: `oat_`. Letters, digits, `-`, `_` and `~`.
    pub access: String,
    /// Refresh tokens: `ort_`.
    pub refresh: String,
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { access: "oat_".to_owned(), refresh: "ort_".to_owned() }
    }
}

/// How long things live. Whole seconds count; zero means that a thing is dead when it is born.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A pushed request: 60 seconds (RFC 9126 section 2.2 wants a short one).
    pub pushed: Duration,
    /// A device and its codes: 10 minutes.
    pub device: Duration,
    /// A remembered consent: 180 days.
    pub consent: Duration,
    /// A request that waits for the person: 10 minutes.
    pub pending: Duration,
    /// An authorization code: 60 seconds.
    pub code: Duration,
    /// An access token: 10 minutes.
    pub access: Duration,
    /// A refresh token that is not used: 30 days.
    pub refresh_idle: Duration,
    /// All refresh tokens that grow from one authorization: 90 days.
    pub refresh_absolute: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Self {
            pushed: Duration::from_secs(60),
            device: Duration::from_secs(600),
            consent: days(180),
            pending: Duration::from_secs(600),
            code: Duration::from_secs(60),
            access: Duration::from_secs(600),
            refresh_idle: days(30),
            refresh_absolute: days(90),
        }
    }
}

/// How large things may be, checked before they are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A query or a form.
    pub form: form::Limits,
    /// Bytes of a decoded `state`. It comes back in a header, twice on its way through a URL.
    pub state: usize,
}

impl Default for Limits {
    /// Forms of 16 KiB with 50 parameters, names of 64 bytes and values of 8 KiB; a `state` of 1 KiB.
    fn default() -> Self {
        let form = form::Limits { bytes: 16 * 1024, parameters: 50, name: 64, value: 8 * 1024 };
        Self { form, state: 1024 }
    }
}
