//! The cookies that a login, an operator's session, and a play are known by.

use http::{HeaderMap, HeaderValue};
use oauth_sansio::{Secret, cookies};

/// How a cookie is called and guarded, by the origin that people reach the provider at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionCookie {
    pub(crate) whose: Whose,
    pub(crate) https: bool,
}

/// Who is known by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A person, whom applications of other sites send here.
    Person,
    /// The operator, whom nobody sends.
    Operator,
    /// Whoever plays the dances, and comes back from the provider's page.
    Player,
}

impl SessionCookie {
    /// The value that the browser brought.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<Secret> {
        cookies::one(headers, self.name()).map(Secret::from)
    }

    /// `Set-Cookie` for a new login. It ends with the browser, or on the server if that is sooner.
    pub(crate) fn set(self, secret: &Secret) -> Option<HeaderValue> {
        self.line(secret.expose(), "")
    }

    /// `Set-Cookie` that takes the cookie away.
    pub(crate) fn clear(self) -> Option<HeaderValue> {
        self.line("", "; Max-Age=0")
    }

    /// `__Host-` makes browsers refuse the cookie from any other host or path (RFC 6265bis section 4.1.3.2); it
    /// needs TLS.
    fn name(self) -> &'static str {
        match (self.whose, self.https) {
            (Whose::Person, true) => "__Host-oauth-session",
            (Whose::Person, false) => "oauth-session",
            (Whose::Operator, true) => "__Host-oauth-operator",
            (Whose::Operator, false) => "oauth-operator",
            (Whose::Player, true) => "__Host-oauth-playground",
            (Whose::Player, false) => "oauth-playground",
        }
    }

    fn line(self, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if self.https { "; Secure" } else { "" };
        let same_site = match self.whose {
            Whose::Person | Whose::Player => "Lax",
            Whose::Operator => "Strict",
        };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}{more}", self.name());
        let mut line = HeaderValue::try_from(line).ok()?;
        line.set_sensitive(true);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_hosts() {
        let person = |https| SessionCookie { whose: Whose::Person, https };
        let set = |https| person(https).set(&"value".into()).unwrap();
        assert_eq!(set(true), "__Host-oauth-session=value; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set(false), "oauth-session=value; Path=/; HttpOnly; SameSite=Lax");
        assert!(set(true).is_sensitive());
        let clear = person(true).clear().unwrap();
        assert_eq!(clear, "__Host-oauth-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
        let operator = SessionCookie { whose: Whose::Operator, https: true }.set(&"value".into()).unwrap();
        assert_eq!(operator, "__Host-oauth-operator=value; Path=/; HttpOnly; SameSite=Strict; Secure");
    }

    #[test]
    fn a_cookie_that_comes_twice_or_under_the_other_name_is_none() {
        let read = |lines: &[&'static str], https| {
            let headers = lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect();
            SessionCookie { whose: Whose::Person, https }.read(&headers)
        };
        assert_eq!(read(&["a=b; oauth-session=x", "c=d"], false), Some("x".into()));
        assert_eq!(read(&["__Host-oauth-session=x"], true), Some("x".into()));
        for lines in [
            &["oauth-session=x; oauth-session=x"] as &[_],
            &["oauth-session=x", "oauth-session=y"],
            &["oauth-session="],
            &["oauth-session"],
            &["__Host-oauth-session=x"],
            &[],
        ] {
            assert_eq!(read(lines, false), None, "{lines:?}");
        }
    }
}
