//! Cookies: the one that a login is known by, and others like it.

use http::{HeaderMap, HeaderValue};
use oauth_sansio::{Secret, cookies};

/// How a cookie is called and guarded, by the origin that people reach the provider at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionCookie {
    pub(crate) name: &'static str,
    pub(crate) https: bool,
}

impl SessionCookie {
    /// That of a login.
    pub(crate) const fn of_login(https: bool) -> Self {
        Self { name: "oauth-session", https }
    }

    /// The value that the browser brought.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<Secret> {
        cookies::one(headers, &self.full_name()).map(Secret::from)
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
    fn full_name(self) -> String {
        format!("{}{}", if self.https { "__Host-" } else { "" }, self.name)
    }

    fn line(self, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if self.https { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.full_name());
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
        let set = |https| SessionCookie::of_login(https).set(&"value".into()).unwrap();
        assert_eq!(set(true), "__Host-oauth-session=value; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set(false), "oauth-session=value; Path=/; HttpOnly; SameSite=Lax");
        assert!(set(true).is_sensitive());
        let clear = SessionCookie::of_login(true).clear().unwrap();
        assert_eq!(clear, "__Host-oauth-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    }

    #[test]
    fn a_cookie_that_comes_twice_or_under_the_other_name_is_none() {
        let read = |lines: &[&'static str], https| {
            let headers = lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect();
            SessionCookie::of_login(https).read(&headers)
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
