//! Where a person may be sent after the decision (RFC 5849 section 2.1).

use serde::{Deserialize, Serialize};
use url::Url;

/// The callbacks a client may name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Callbacks {
    /// One of these, character by character. `oob` in the list stands for a client that cannot be called back.
    Registered(Vec<String>),
    /// Any absolute `http` or `https` URI, or `oob`. For clients whose secret is really theirs alone: whoever knows
    /// it can have the verifier sent anywhere.
    Any,
    /// This one, established before any request. The client says `oob` (RFC 5849 section 2.1), and people are sent here
    /// all the same.
    Established(String),
}

impl Callbacks {
    /// Where people are sent for a client that asks for this; `None` when it may not.
    pub(super) fn choose(&self, asked: Callback) -> Option<Callback> {
        match (self, asked) {
            (Self::Established(uri), Callback::OutOfBand) => Callback::parse(uri),
            (_, asked) => self.allow(&asked).then_some(asked),
        }
    }

    /// Whether people may still be sent there.
    pub(super) fn allow(&self, callback: &Callback) -> bool {
        match (self, callback) {
            (Self::Registered(list), callback) => list.iter().any(|one| one == callback.as_str()),
            (Self::Established(uri), callback) => uri == callback.as_str(),
            (Self::Any, Callback::OutOfBand) => true,
            (Self::Any, Callback::Uri(uri)) => {
                Url::parse(uri).is_ok_and(|uri| matches!(uri.scheme(), "http" | "https") && uri.has_host())
            }
        }
    }
}

impl Default for Callbacks {
    /// None at all.
    fn default() -> Self {
        Self::Registered(Vec::new())
    }
}

/// Where the person goes after the decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Callback {
    /// Nowhere: the verifier is shown, and the person carries it to the client (`oob`).
    OutOfBand,
    /// To this URI, kept as the client wrote it.
    Uri(String),
}

impl Callback {
    const OUT_OF_BAND: &str = "oob";

    /// Whether a client may name this: an absolute URI (RFC 3986 section 4.3) or `oob`.
    pub fn is_well_formed(text: &str) -> bool {
        Self::parse(text).is_some()
    }

    /// An absolute URI (RFC 3986 section 4.3, so without a fragment) or `oob`, with regard to case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == Self::OUT_OF_BAND {
            return Some(Self::OutOfBand);
        }
        // The URL parser skips tabs and line breaks; here they must not be.
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        let absolute = Url::parse(text).is_ok_and(|uri| uri.fragment().is_none());
        (plain && absolute).then(|| Self::Uri(text.to_owned()))
    }

    /// What a person can recognise of it, and what a page's `form-action` must allow: host and origin; or the scheme
    /// for both, where an application has one of its own. `None` out of band.
    pub(super) fn place(&self) -> Option<(String, String)> {
        let Self::Uri(uri) = self else { return None };
        let uri = Url::parse(uri).ok()?;
        let scheme = format!("{}:", uri.scheme());
        let host = uri.host_str().map_or_else(|| scheme.clone(), str::to_owned);
        let origin = uri.origin();
        Some((host, if origin.is_tuple() { origin.ascii_serialization() } else { scheme }))
    }

    fn as_str(&self) -> &str {
        match self {
            Self::OutOfBand => Self::OUT_OF_BAND,
            Self::Uri(uri) => uri,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Callback {
        Callback::parse(text).unwrap()
    }

    #[test]
    fn a_callback_is_absolute_and_plain() {
        assert_eq!(uri("oob"), Callback::OutOfBand);
        for good in ["https://a.example/cb", "http://a.example/?q=1&r=%20", "photoapp:/done"] {
            assert_eq!(uri(good), Callback::Uri(good.into()));
        }
        let bad =
            ["", "OOB", "/cb", "//a.example/cb", "not a uri", "https://a.example/#f", "https://a.exämple/"];
        for bad in
            bad.into_iter().chain(["https://a.example/\r\nSet-Cookie: a=b", "https://a.example/\t", "https:"])
        {
            assert_eq!(Callback::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn o09_registered_callbacks_are_compared_character_by_character() {
        let callbacks = Callbacks::Registered(vec!["https://a.example/cb".into()]);
        assert!(callbacks.allow(&uri("https://a.example/cb")));
        for other in [
            "https://a.example/cb/",
            "https://a.example/cb?x",
            "https://A.example/cb",
            "https://a.example:443/cb",
            "https://a.example/cb/../cb",
            "https://a.example@evil.example/cb",
            "oob",
        ] {
            assert!(!callbacks.allow(&uri(other)), "{other}");
        }
        assert!(!Callbacks::default().allow(&Callback::OutOfBand));
        assert!(Callbacks::Registered(vec!["oob".into()]).allow(&Callback::OutOfBand));
    }

    #[test]
    fn an_established_callback_is_used_for_oob() {
        let established = Callbacks::Established("https://a.example/cb".into());
        let callback = uri("https://a.example/cb");
        assert_eq!(established.choose(uri("oob")), Some(callback.clone()));
        // To name it changes nothing; to name another is refused.
        assert_eq!(established.choose(callback.clone()), Some(callback.clone()));
        assert_eq!(established.choose(uri("https://a.example/cb?x")), None);
        assert!(established.allow(&callback) && !established.allow(&uri("oob")));
        assert_eq!(Callbacks::Established("not a uri".into()).choose(uri("oob")), None);
        let registered = Callbacks::Registered(vec!["https://a.example/cb".into()]);
        assert_eq!(registered.choose(uri("oob")), None);
        assert_eq!(registered.choose(callback.clone()), Some(callback));
    }

    #[test]
    fn a_page_can_show_where_the_person_goes() {
        let place = |text| uri(text).place().map(|(host, origin)| format!("{host} {origin}"));
        assert_eq!(place("https://a.example:8443/cb?x").unwrap(), "a.example https://a.example:8443");
        assert_eq!(place("photoapp://done/x").unwrap(), "done photoapp:");
        assert_eq!(place("photoapp:/done").unwrap(), "photoapp: photoapp:");
        assert_eq!(place("oob"), None);
    }

    #[test]
    fn any_callback_means_any_web_address() {
        assert!(Callbacks::Any.allow(&uri("https://evil.example/")) && Callbacks::Any.allow(&uri("oob")));
        for scheme in ["javascript:alert(1)", "data:text/html,x", "photoapp:/done", "file:///etc/passwd"] {
            assert!(!Callbacks::Any.allow(&uri(scheme)), "{scheme}");
        }
    }
}
