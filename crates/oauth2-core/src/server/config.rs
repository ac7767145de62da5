//! What an operator decides about an authorization server.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use oauth_sansio::form;
use url::{Host, Url};

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
            trusted_issuers: Vec::new(),
            signing: KeyRing::default(),
            keys: ServerKeys::default(),
            prefixes: Prefixes::default(),
            lifetimes: Lifetimes::default(),
            limits: Limits::default(),
            insecure_loopback: false,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let loopback = match self.issuer.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match self.issuer.scheme() {
            "https" => {}
            "http" if self.insecure_loopback && loopback => {}
            _ => return Err(ConfigError::InsecureIssuer),
        }
        // RFC 8414 section 2
        let has_extras = self.issuer.query().is_some() || self.issuer.fragment().is_some();
        if has_extras || !self.issuer.username().is_empty() || self.issuer.password().is_some() {
            return Err(ConfigError::Issuer);
        }
        let unsigned = self.resources.iter().any(|resource| resource.token == TokenFormat::Jwt);
        if unsigned && self.signing.is_empty() {
            return Err(ConfigError::NoSigningKey);
        }
        let mut types: Vec<_> = self.details_types.iter().map(|kind| kind.name()).collect();
        types.sort_unstable();
        if types.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(ConfigError::SameDetailsType);
        }
        // RFC 6749 section 4.5: an absolute URI, so that no name of a standard means two things.
        let is_own = |uri: &String| Url::parse(uri).is_ok() && !uri.starts_with("urn:ietf:params:oauth:");
        if !self.extension_grants.iter().all(is_own) {
            return Err(ConfigError::ExtensionGrant);
        }
        let aliases = self.mutual_tls.as_ref().and_then(|mutual| mutual.aliases.as_ref());
        let is_origin = |url: &Url| {
            url.scheme() == "https" && url.as_str() == format!("{}/", url.origin().ascii_serialization())
        };
        if aliases.is_some_and(|url| !is_origin(url)) {
            return Err(ConfigError::Aliases);
        }
        // What the server says itself, it does not need to be told.
        if self.trusted_issuers.iter().any(|trusted| trusted.issuer == self.issuer_identifier()) {
            return Err(ConfigError::OwnIssuer);
        }
        // What a URL parser would change is no path that requests come with.
        let mut paths: Vec<&str> = self.paths.all().into_iter().map(String::as_str).collect();
        if paths.iter().any(|path| self.url(path).path() != *path) {
            return Err(ConfigError::Path);
        }
        let mut well_known = self.well_known();
        well_known.dedup();
        paths.extend(well_known.iter().map(String::as_str));
        paths.sort_unstable();
        if paths.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(ConfigError::SamePath);
        }
        Ok(())
    }

    /// The grants that are served: those of the policy that there is something for, and the operator's own.
    pub(super) fn grants(&self) -> impl Iterator<Item = &str> {
        let is_served = |grant: &&GrantType| match grant {
            GrantType::JwtBearer => !self.trusted_issuers.is_empty(),
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

/// The paths of the endpoints on the issuer's origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The authorization endpoint (RFC 6749 section 3.1).
    pub authorize: String,
    /// Where the person logs in and decides.
    pub consent: String,
    /// The token endpoint (RFC 6749 section 3.2).
    pub token: String,
    /// Where authorization requests are pushed to (RFC 9126 section 2).
    pub pushed: String,
    /// The introspection endpoint (RFC 7662 section 2).
    pub introspection: String,
    /// The revocation endpoint (RFC 7009 section 2).
    pub revocation: String,
    /// Where devices begin (RFC 8628 section 3.1).
    pub device_authorization: String,
    /// Where a person types the code of a device (RFC 8628 section 3.3). Short, as it is typed, too.
    pub device: String,
    /// Where clients register; behind it, one path for each client (RFC 7591 section 3, RFC 7592 section 2).
    pub registration: String,
    /// The public keys (RFC 8414 section 2, `jwks_uri`).
    pub jwks: String,
}

impl Paths {
    fn all(&self) -> [&String; 10] {
        [
            &self.authorize,
            &self.consent,
            &self.token,
            &self.pushed,
            &self.introspection,
            &self.revocation,
            &self.device_authorization,
            &self.device,
            &self.registration,
            &self.jwks,
        ]
    }
}

impl Paths {
    /// The usual paths below another one (`/one`): for several issuers on one origin, each with a path of its own.
    pub fn below(prefix: &str) -> Self {
        let path = |name| format!("{prefix}/oauth2/{name}");
        Self {
            authorize: path("authorize"),
            consent: path("consent"),
            token: path("token"),
            pushed: path("par"),
            introspection: path("introspect"),
            revocation: path("revoke"),
            device_authorization: path("device_authorization"),
            device: format!("{prefix}/device"),
            registration: path("register"),
            jwks: path("jwks"),
        }
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self::below("")
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
    /// Access tokens: `oat_`.
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

/// Why a [`Config`] cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The issuer is neither `https` nor, with `insecure_loopback`, `http` on a loopback host.
    #[error("the issuer must use https")]
    InsecureIssuer,
    /// The issuer has a query, a fragment, a user name or a password (RFC 8414 section 2).
    #[error("the issuer must have no query, fragment, user name or password")]
    Issuer,
    /// A path does not start with `/`, has a dot segment or a character that a path does not have.
    #[error("a path must start with / and be one as it stands")]
    Path,
    /// A resource wants JWTs, and there is no key to sign them with.
    #[error("a resource wants signed tokens and there is no signing key")]
    NoSigningKey,
    /// Two types of authorization details have one name.
    #[error("two types of authorization details have the same name")]
    SameDetailsType,
    /// An extension grant is no absolute URI, or one of the standards'.
    #[error("an extension grant must be an absolute URI of its own")]
    ExtensionGrant,
    /// The server is among the issuers that it trusts.
    #[error("the server must not trust assertions of its own")]
    OwnIssuer,
    /// The origin for clients with certificates is not one of `https`.
    #[error("the aliases for mutual TLS must be an origin of https")]
    Aliases,
    /// Two endpoints have one path.
    #[error("two endpoints have the same path")]
    SamePath,
}
