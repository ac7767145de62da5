//! What a provider is configured with, checked once.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The configuration of a [`Provider`](super::Provider).
#[derive(Clone, Debug)]
pub struct Config {
    /// Scheme, host and port under which clients reach the provider, as in `https://photos.example.net`.
    ///
    /// Signatures are checked against it, and never against a `Host` or `X-Forwarded-*` header, which anyone on
    /// the way can write.
    pub origin: Url,
    /// The protection space named in challenges.
    pub realm: String,
    /// The realms a client may ask for, in the `realm` of its `Authorization` header, separated by spaces. What
    /// is not listed here is not granted; a client that asks for none of them asks for all.
    pub realms: Vec<String>,
    /// Where the endpoints are.
    pub paths: Paths,
    /// How far a timestamp may be from the provider's clock, to either side (RFC 5849 section 3.3).
    pub window: Duration,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// The signature methods on offer; a client's own list narrows them.
    pub methods: Methods,
    /// How large a request may be.
    pub limits: Limits,
    /// Whether `oauth_token=""` means the same as no token at all, as it did before RFC 5849.
    pub empty_token_is_absent: bool,
    /// Lets `origin` be plain `http` on a loopback address. For demonstrations and tests: everything goes over the
    /// wire readable.
    pub insecure_loopback: bool,
}

impl Config {
    /// The defaults for a provider at `origin`.
    pub fn new(origin: Url) -> Self {
        Self {
            realm: origin.as_str().trim_end_matches('/').to_owned(),
            origin,
            realms: Vec::new(),
            paths: Paths::default(),
            window: Duration::from_secs(300),
            lifetimes: Lifetimes::default(),
            methods: Methods::default(),
            limits: Limits::default(),
            empty_token_is_absent: false,
            insecure_loopback: false,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_origin(&self.origin, self.insecure_loopback)?;
        check_window(self.window)?;
        check_realm(&self.realm)?;
        let Paths { temporary, authorize, consent, token } = &self.paths;
        let mut paths = [temporary, authorize, consent, token];
        if !paths.iter().all(|path| is_path(path)) {
            return Err(ConfigError::Path);
        }
        paths.sort_unstable();
        if paths.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(ConfigError::Path);
        }
        Ok(())
    }
}

/// The paths of the endpoints (RFC 5849 section 2), as they stand in a request line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Paths {
    /// Temporary credential request (section 2.1).
    pub temporary: String,
    /// Resource owner authorization (section 2.2).
    pub authorize: String,
    /// Where the person decides; the provider's own, and no part of the protocol.
    pub consent: String,
    /// Token request (section 2.3).
    pub token: String,
}

impl Default for Paths {
    /// `/oauth1/initiate`, `/oauth1/authorize`, `/oauth1/consent`, `/oauth1/token`.
    fn default() -> Self {
        Self {
            temporary: "/oauth1/initiate".into(),
            authorize: "/oauth1/authorize".into(),
            consent: "/oauth1/consent".into(),
            token: "/oauth1/token".into(),
        }
    }
}

/// How long things live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifetimes {
    /// Temporary credentials: from the first request to the last, consent included.
    pub temporary: Duration,
    /// Token credentials; `None` for until revoked.
    pub token: Option<Duration>,
}

impl Default for Lifetimes {
    /// Ten minutes; until revoked.
    fn default() -> Self {
        Self { temporary: Duration::from_secs(600), token: None }
    }
}

/// How large a request may be. Checked before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The query, and the body of a signed form.
    pub form: oauth_sansio::form::Limits,
    /// Bytes of a nonce, an identifier or a verifier, decoded.
    pub parameter: usize,
}

impl Default for Limits {
    /// Those of a form; 256 bytes.
    fn default() -> Self {
        Self { form: oauth_sansio::form::Limits::default(), parameter: 256 }
    }
}

/// Names of signature methods, as `oauth_signature_method` writes them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Methods(Vec<Cow<'static, str>>);

impl Methods {
    /// These and no others.
    pub fn only(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(names.into_iter().map(Cow::Borrowed).collect())
    }

    /// One more. `PLAINTEXT` sends the secrets themselves and has to be allowed in this way, for the provider and
    /// for the client.
    #[must_use]
    pub fn and(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(name.into());
        self
    }

    /// Whether `name` is among them. Names are case-sensitive.
    pub fn allow(&self, name: &str) -> bool {
        self.0.iter().any(|one| one == name)
    }
}

impl Default for Methods {
    /// `HMAC-SHA1` (RFC 5849 section 3.4.2), and `HMAC-SHA256` and `HMAC-SHA512`, which are built alike.
    fn default() -> Self {
        Self::only(["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"])
    }
}

/// Why a configuration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// RFC 5849 sections 2.1 and 2.3 require TLS for requests that are answered with secrets.
    #[error("the origin is not https, and not http on loopback with `insecure_loopback` set")]
    InsecureOrigin,
    /// An origin is a scheme, a host and a port.
    #[error("the origin has a path, query, fragment or user information")]
    NotAnOrigin,
    /// Zero, or so long that nonces would have to be kept for more than a day.
    #[error("the timestamp window is zero or longer than a day")]
    Window,
    /// The realm must be writable in a header.
    #[error("the realm cannot be written in a header")]
    Realm,
    /// Paths begin with a slash, hold no query, and are different from each other.
    #[error("a path does not begin with a slash, holds what a path cannot, or comes twice")]
    Path,
}

pub(crate) fn check_origin(origin: &Url, insecure_loopback: bool) -> Result<(), ConfigError> {
    let bare = origin.path() == "/" && origin.query().is_none() && origin.fragment().is_none();
    if !bare || !origin.username().is_empty() || origin.password().is_some() {
        return Err(ConfigError::NotAnOrigin);
    }
    let loopback = match origin.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err(ConfigError::NotAnOrigin),
    };
    match origin.scheme() {
        "https" => Ok(()),
        "http" if insecure_loopback && loopback => Ok(()),
        _ => Err(ConfigError::InsecureOrigin),
    }
}

pub(crate) fn check_window(window: Duration) -> Result<(), ConfigError> {
    let sane = Duration::from_secs(1)..=Duration::from_secs(86_400);
    if sane.contains(&window) { Ok(()) } else { Err(ConfigError::Window) }
}

pub(crate) fn check_realm(realm: &str) -> Result<(), ConfigError> {
    if realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) { Ok(()) } else { Err(ConfigError::Realm) }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#'))
}
