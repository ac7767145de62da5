//! The pause in which a person decides: what is asked, what is answered, and which browser it belongs to.

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::{Digest, Secret, Timestamp, cookies};

/// What a login and consent page must show (RFC 6749 section 10.11, RFC 5849 section 4.11).
///
/// All of it came from outside or from a registration: a page escapes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The code that the device shows, for the person to compare (RFC 8628 section 3.3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_code: Option<String>,
    /// What the client asks for, one scope or realm each.
    pub scopes: Vec<String>,
    /// What the person should know before deciding.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// Where it shall be used (RFC 8707 section 2).
    #[serde(default)]
    pub resources: Vec<String>,
    /// What the client asks for in detail (RFC 9396 section 2).
    #[serde(default)]
    pub details: Vec<Detail>,
    /// How the person must have logged in.
    #[serde(default)]
    pub login: LoginWish,
    /// The person may have the answer remembered: the page offers it ([`Allowed::remember`]).
    #[serde(default)]
    pub may_be_remembered: bool,
}

/// Something that a client asks for in detail (RFC 9396 section 2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Detail {
    /// Its `type`.
    pub kind: String,
    /// All of it, as JSON.
    pub json: String,
}

/// How a person must have logged in before a decision counts. A login that falls short leads to another one; one that
/// still does is refused where the client can hear of it (RFC 9470 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginWish {
    /// The first second in which the login may have been. It never lies ahead: whoever logs in now satisfies it.
    pub since: Option<Timestamp>,
    /// The authentication context classes that do, the best first; empty when any does.
    pub acr_values: Vec<String>,
    /// Who the person probably is: what a page may write into the field for the name.
    pub hint: Option<String>,
    /// The person shall choose who to be: an account is used on their word only.
    pub choose: bool,
}

impl LoginWish {
    /// Whether a login does. One that nothing is known of does only where nothing is asked.
    pub fn is_met_by(&self, login: Option<&Login>) -> bool {
        self.is_fresh(login) && self.is_strong(login)
    }

    /// Whether a login is new enough.
    pub fn is_fresh(&self, login: Option<&Login>) -> bool {
        self.since.is_none_or(|since| login.is_some_and(|login| login.auth_time >= since))
    }

    fn is_strong(&self, login: Option<&Login>) -> bool {
        let reached = login.and_then(|login| login.acr.as_ref());
        self.acr_values.is_empty() || reached.is_some_and(|acr| self.acr_values.contains(acr))
    }
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

/// How a resource owner logged in: what `acr`, `amr` and `auth_time` tell (RFC 9470 section 6, RFC 9068 section 2.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Login {
    /// When.
    pub auth_time: Timestamp,
    /// The authentication context class that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The methods that were used (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
}

/// A resource owner who has proven to be it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The identifier that grants are made in the name of.
    pub subject: String,
    /// How that was proven, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

impl Person {
    /// Somebody of whom it is not told how they logged in.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), login: None }
    }
}

/// What the person decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Granted.
    Allowed(Allowed),
    /// Refused.
    Denied,
}

/// A grant, as the person gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Allowed {
    /// The resource owner.
    pub person: Person,
    /// The scopes that the person left in; `None` for all. It never adds one to what was asked for. OAuth 1 knows no
    /// part of an authorization: there, leaving out one refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Not to be asked again for the same. It counts only where the [`Prompt`] offered it.
    #[serde(default)]
    pub remember: bool,
}

impl Answer {
    /// All that was asked for, granted this once by the resource owner with this identifier.
    pub fn allowed(subject: impl Into<String>) -> Self {
        Person::new(subject).into()
    }
}

impl From<Person> for Answer {
    /// All that was asked for, granted this once.
    fn from(person: Person) -> Self {
        Self::Allowed(Allowed { person, scopes: None, remember: false })
    }
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
        let value = cookies::one(headers, Self::cookie_name(secure)).filter(|value| is_well_formed(value))?;
        Some(Self { secret: value.into(), secure })
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
    use http::header::COOKIE;

    use super::*;
    use crate::{Moment, Timestamp};

    fn browser(secure: bool) -> Browser {
        Browser::new(Moment::new(Timestamp::from_unix(0), [3; 32]).entropy().text(), secure)
    }

    fn sent_back(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|c| (COOKIE, HeaderValue::from_str(c).unwrap())).collect()
    }

    #[test]
    fn a_login_does_where_it_is_as_new_and_as_strong_as_asked() {
        let since = Some(Timestamp::from_unix(100));
        let acr_values = vec!["gold".to_owned(), "silver".to_owned()];
        let login = |at, acr: Option<&str>| Login {
            auth_time: Timestamp::from_unix(at),
            acr: acr.map(str::to_owned),
            amr: Vec::new(),
        };
        let any = LoginWish::default();
        let fresh = LoginWish { since, ..any.clone() };
        let strong = LoginWish { acr_values, ..any.clone() };
        let both = LoginWish { since, ..strong.clone() };
        for (known, done) in [
            (None, [true, false, false, false]),
            (Some(login(99, None)), [true, false, false, false]),
            (Some(login(100, None)), [true, true, false, false]),
            (Some(login(99, Some("silver"))), [true, false, true, false]),
            (Some(login(100, Some("gold"))), [true; 4]),
            (Some(login(101, Some("bronze"))), [true, true, false, false]),
        ] {
            let met = [&any, &fresh, &strong, &both].map(|wish| wish.is_met_by(known.as_ref()));
            assert_eq!(met, done, "{known:?}");
        }
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
