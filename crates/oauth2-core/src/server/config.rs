//! What an operator decides about an authorization server.

use std::time::Duration;

use oauth_sansio::form;
use url::{Host, Url};

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
        let Paths { authorize, consent, token } = &self.paths;
        // What a URL parser would change is no path that requests come with.
        if [authorize, consent, token].iter().any(|path| self.url(path).path() != path.as_str()) {
            return Err(ConfigError::Path);
        }
        let well_known = self.well_known();
        let mut paths = [authorize, consent, token, &well_known];
        paths.sort_unstable();
        if paths.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(ConfigError::SamePath);
        }
        Ok(())
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

    /// Where the metadata is: the well-known part goes in front of the issuer's path (RFC 8414 section 3.1).
    pub(super) fn well_known(&self) -> String {
        format!("/.well-known/oauth-authorization-server{}", self.issuer.path().trim_end_matches('/'))
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
}

impl Default for Paths {
    fn default() -> Self {
        let path = |name| format!("/oauth2/{name}");
        Self { authorize: path("authorize"), consent: path("consent"), token: path("token") }
    }
}

/// How long things live. Whole seconds count; zero means that a thing is dead when it is born.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
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
    /// Two endpoints have one path.
    #[error("two endpoints have the same path")]
    SamePath,
}
