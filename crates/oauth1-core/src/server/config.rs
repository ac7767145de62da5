//! What a provider is configured with, checked once.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{Extras, Pin, TrustedHop};
use crate::signature::{Limits, Methods};

/// The configuration of a [`Provider`](super::Provider).
#[derive(Clone, Debug)]
pub struct Config {
    /// Scheme, host and port under which clients reach the provider, as in `https://photos.example.net`.
    ///
    /// Signatures are checked against it, and never against a `Host` or `X-Forwarded-*` header, which anyone on
    /// the way can write.
    pub origin: Url,
    /// Takes the origin of a request from what a reverse proxy says, out of a list, in the place of
    /// [`origin`](Self::origin).
    pub trusted_hop: Option<TrustedHop>,
    /// The protection space named in challenges.
    pub realm: String,
    /// The realms a client may ask for, in the `realm` of its `Authorization` header, separated by spaces. What
    /// is not listed here is not granted; a client that asks for none asks for all, and one that asks only for what is not
    /// listed is refused.
    pub realms: Vec<String>,
    /// Where the endpoints are.
    pub paths: Paths,
    /// How far a timestamp may be from the provider's clock, to either side (RFC 5849 section 3.3).
    pub window: Duration,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// Shows people a short code to type where a client cannot be called back (`oob`). `None`: 22 characters, out of
    /// reach of guessing.
    pub pin: Option<Pin>,
    /// Adds parameters of one's own to answers with credentials.
    pub extras: Option<Arc<dyn Extras>>,
    /// The signature methods on offer; a client's own list narrows them.
    pub methods: Methods,
    /// How large the parameters of a request may be. A body may be as large as a form.
    pub limits: Limits,
    /// Whether a client that has no token yet may say so with `oauth_token=""`, as before RFC 5849.
    pub empty_token_is_absent: bool,
    /// Tells clients exactly why they are refused (`oauth_problem` of the extension "Problem Reporting", in the challenge
    /// and in the body). Off, because it tells those who guess as well.
    pub problems: bool,
    /// Lets `origin` be plain `http` on a loopback host. For demonstrations and tests: everything goes over the
    /// wire readable.
    pub insecure_loopback: bool,
}

impl Config {
    /// The defaults for a provider at `origin`.
    pub fn new(origin: Url) -> Self {
        Self {
            realm: origin.as_str().trim_end_matches('/').to_owned(),
            origin,
            trusted_hop: None,
            realms: Vec::new(),
            paths: Paths::default(),
            window: DEFAULT_WINDOW,
            lifetimes: Lifetimes::default(),
            pin: None,
            extras: None,
            methods: Methods::recommended(),
            limits: Limits::default(),
            empty_token_is_absent: false,
            problems: false,
            insecure_loopback: false,
        }
    }
}

/// Five minutes: what clocks that are set by network time never reach.
pub(crate) const DEFAULT_WINDOW: Duration = Duration::from_secs(300);

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
    /// Where a client gives its token credentials back; no part of RFC 5849. `None`: it cannot.
    pub revoke: Option<String>,
}

impl Paths {
    fn check(&self) -> Result<(), ConfigError> {
        let Self { temporary, authorize, consent, token, revoke } = self;
        let mut paths: Vec<_> = [temporary, authorize, consent, token].into_iter().chain(revoke).collect();
        paths.sort_unstable();
        let repeated = paths.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        if repeated || !paths.iter().all(|path| is_path(path)) { Err(ConfigError::Path) } else { Ok(()) }
    }
}

impl Default for Paths {
    /// `/oauth1/initiate`, `/oauth1/authorize`, `/oauth1/consent`, `/oauth1/token`; no revocation.
    fn default() -> Self {
        Self {
            temporary: "/oauth1/initiate".into(),
            authorize: "/oauth1/authorize".into(),
            consent: "/oauth1/consent".into(),
            token: "/oauth1/token".into(),
            revoke: None,
        }
    }
}

/// How long things live. Whole seconds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifetimes {
    /// Temporary credentials: from the first request to the last, consent included.
    pub temporary: Duration,
    /// Token credentials; `None` for until revoked. Where there is one, clients are told in `oauth_expires_in`.
    pub token: Option<Duration>,
    /// An authorization, from the exchange to the end of the last token credentials that it was renewed into; `None` for
    /// no renewal. Clients get an `oauth_session_handle` with their token credentials.
    pub authorization: Option<Duration>,
}

impl Lifetimes {
    fn check(&self) -> Result<(), ConfigError> {
        match (self.token, self.authorization) {
            (None, Some(_)) => Err(ConfigError::Renewal),
            _ => Ok(()),
        }
    }
}

impl Default for Lifetimes {
    /// Ten minutes; until revoked; no renewal.
    fn default() -> Self {
        Self { temporary: Duration::from_secs(600), token: None, authorization: None }
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
    /// Token credentials that never expire need no renewal.
    #[error("an authorization has a lifetime, and token credentials have none")]
    Renewal,
    /// A hop that may name no origin lets nothing through.
    #[error("the list of origins that the trusted hop may name is empty")]
    Hop,
    /// Shorter is guessed, longer is not typed.
    #[error("a PIN has 6 to 12 digits and 1 to 10 tries")]
    Pin,
}

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.paths.check()?;
        self.lifetimes.check()?;
        self.pin.map_or(Ok(()), Pin::check)
    }
}

pub(super) fn check_origin(origin: &Url, insecure_loopback: bool) -> Result<(), ConfigError> {
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

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str, insecure_loopback: bool) -> Result<(), ConfigError> {
        check_origin(&Url::parse(text).unwrap(), insecure_loopback)
    }

    #[test]
    fn o22_credentials_are_given_out_over_tls_only() {
        assert_eq!(origin("https://photos.example.net", false), Ok(()));
        for insecure in ["http://photos.example.net", "http://127.0.0.1:8080", "ftp://photos.example.net"] {
            assert_eq!(origin(insecure, false), Err(ConfigError::InsecureOrigin), "{insecure}");
        }
        assert_eq!(origin("http://photos.example.net", true), Err(ConfigError::InsecureOrigin));
        for loopback in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost"] {
            assert_eq!(origin(loopback, true), Ok(()), "{loopback}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        for more in
            ["https://a.example/x", "https://a.example/?q", "https://a.example/#f", "https://u:p@a.example"]
        {
            assert_eq!(origin(more, false), Err(ConfigError::NotAnOrigin), "{more}");
        }
    }

    #[test]
    fn only_what_expires_is_renewed() {
        let hour = Some(Duration::from_secs(3600));
        let check = |token, authorization| Lifetimes { token, authorization, ..Lifetimes::default() }.check();
        assert_eq!(check(None, hour), Err(ConfigError::Renewal));
        assert_eq!([check(hour, hour), check(hour, None), check(None, None)], [Ok(()); 3]);
    }

    #[test]
    fn paths_are_plain_and_different() {
        assert_eq!(Paths::default().check(), Ok(()));
        for token in ["/oauth1/consent", "oauth1/token", "/oauth1/token?x", "/oauth1/to ken", ""] {
            let paths = Paths { token: token.into(), ..Paths::default() };
            assert_eq!(paths.check(), Err(ConfigError::Path), "{token}");
        }
        for revoke in ["/oauth1/token", "revoke"] {
            let paths = Paths { revoke: Some(revoke.into()), ..Paths::default() };
            assert_eq!(paths.check(), Err(ConfigError::Path), "{revoke}");
        }
    }
}
