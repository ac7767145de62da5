//! The pause in which a person decides: what is asked, what is answered, and which browser it belongs to.

use http::{HeaderMap, HeaderValue, header::COOKIE};
use serde::{Deserialize, Serialize};

use crate::{Digest, Secret};

/// What a login and consent page must show (RFC 6749 section 10.11, RFC 5849 section 4.11).
///
/// All of it came from outside or from a registration: a page escapes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prompt {
    /// The identifier of the client that asks.
    pub client_id: String,
    /// The name the client was registered with.
    pub client_name: String,
    /// The host that the person is sent back to; `None` when a code is shown on the page instead.
    pub return_host: Option<String>,
    /// The origin that the person is sent back to (`https://app.example.com:8443`), or only a scheme and its colon
    /// (`com.example.app:`) where a URI has no host: what the page's `form-action` must allow, since browsers hold
    /// the redirect behind a form to it. `None` as above.
    pub return_origin: Option<String>,
    /// A device asks, which the person goes back to; nothing is sent anywhere (RFC 8628 section 3.3).
    #[serde(default)]
    pub device: bool,
    /// What the client asks for, one scope or realm each.
    pub scopes: Vec<String>,
    /// What the person should know before deciding.
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

/// Something about a client that a consent page says in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Nobody has looked at the client: its name and all else is what it says of itself.
    NobodyKnows,
    /// It answers nowhere but on this device, where any program can pretend to be it.
    OnlyOnDevice,
}

/// What the person decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Granted, by the resource owner with this identifier, who has proven to be it.
    Allowed {
        /// The resource owner.
        subject: String,
    },
    /// Refused.
    Denied,
}

/// Binds an authorization to the browser that began it, so that nobody can have another person finish it.
///
/// The cookie holds 256 random bits; a pending authorization stores their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Browser {
    secret: Secret,
    secure: bool,
}

impl Browser {
    /// The browser that sent `headers`, if it brought the cookie. `secure` tells whether the provider is reached
    /// over TLS, which decides the cookie's name.
    pub fn of(headers: &HeaderMap, secure: bool) -> Option<Self> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut values = pairs
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim_matches(' ').split_once('='))
            .filter(|(name, _)| *name == Self::cookie_name(secure))
            .map(|(_, value)| value);
        // A second cookie of this name was planted by someone; trust neither.
        match (values.next(), values.next()) {
            (Some(value), None) if is_well_formed(value) => Some(Self { secret: value.into(), secure }),
            _ => None,
        }
    }

    /// A browser seen for the first time.
    pub fn new(secret: Secret, secure: bool) -> Self {
        Self { secret, secure }
    }

    /// What the pending authorization stores.
    pub fn digest(&self) -> Digest {
        Digest::of(self.secret.expose())
    }

    /// The `Set-Cookie` value: for this host only, for HTTP only, sent on the top-level navigation that brings a
    /// person here and on no other cross-site request.
    pub fn cookie(&self) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let name = Self::cookie_name(self.secure);
        let text = format!("{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}", self.secret.expose());
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// `__Host-` makes browsers refuse the cookie from any other host or path (RFC 6265bis section 4.1.3.2); it
    /// needs TLS.
    const fn cookie_name(secure: bool) -> &'static str {
        if secure { "__Host-oauth-browser" } else { "oauth-browser" }
    }
}

fn is_well_formed(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Moment, Timestamp};

    fn browser(secure: bool) -> Browser {
        Browser::new(Moment::new(Timestamp::from_unix(0), [3; 32]).entropy().text(), secure)
    }

    fn sent_back(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|c| (COOKIE, HeaderValue::from_str(c).unwrap())).collect()
    }

    #[test]
    fn a_browser_is_recognised_by_its_cookie() {
        for secure in [true, false] {
            let set = browser(secure).cookie().unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let headers = sent_back(&["theme=dark", &format!("a=b; {pair}; c=d")]);
            assert_eq!(Browser::of(&headers, secure), Some(browser(secure)));
            assert_eq!(Browser::of(&headers, !secure), None);
        }
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_hosts() {
        let set = browser(true).cookie().unwrap();
        let text = set.to_str().unwrap();
        for part in ["__Host-", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("Domain"));
        assert!(set.is_sensitive());
    }

    #[test]
    fn planted_or_malformed_cookies_are_no_browser() {
        let set = browser(false).cookie().unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap();
        let twice = format!("{pair}; {pair}");
        for cookies in
            [&[] as &[&str], &[&twice], &[pair, pair], &["oauth-browser=short"], &["oauth-browser"]]
        {
            assert_eq!(Browser::of(&sent_back(cookies), false), None, "{cookies:?}");
        }
    }
}
