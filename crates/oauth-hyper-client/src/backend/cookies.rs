//! The cookies of a backend: one for the session, and one for each login that is under way.

use http::{HeaderMap, HeaderValue};
use oauth_sansio::{Secret, cookies};

/// How the cookies are called and guarded.
///
/// That of the session is `SameSite=Strict`: no request that another site causes brings it, not even a link. A browser that
/// comes back from the provider was sent by another site; so that of a login is `Lax`, which lets such a link through and
/// nothing else. It proves that the browser began this login, and is worth nothing for anything else.
///
/// The names begin with `__Host-`: no other host, not even one below, can set them (RFC 10017 section 6.1.3.2). That takes
/// TLS; over plain `http`, which is for one's own machine, they have other names and no `Secure`.
#[derive(Clone, Debug)]
pub(super) struct Cookies {
    session: String,
    login: String,
    guards: &'static str,
}

/// Logins that one browser may have under way: what began before is forgotten, lest the cookies outgrow a request.
pub(super) const LOGINS: usize = 8;

impl Cookies {
    /// The cookies of a backend by the path that its places are below.
    pub(super) fn new(is_https: bool, base: &str) -> Self {
        let prefix = if is_https { "__Host-" } else { "" };
        let base = base.replace('/', "-");
        Self {
            session: format!("{prefix}backend-session{base}"),
            login: format!("{prefix}backend-login{base}."),
            guards: if is_https { "; Path=/; HttpOnly; Secure" } else { "; Path=/; HttpOnly" },
        }
    }

    /// The handle of the session.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Secret> {
        cookies::one(headers, &self.session).map(Secret::from)
    }

    /// `Set-Cookie` for a session. It ends with the browser, or at the backend if that is sooner.
    pub(super) fn set_session(&self, handle: &Secret) -> Option<HeaderValue> {
        self.line(&self.session, handle.expose(), "; SameSite=Strict")
    }

    /// `Set-Cookie` that takes the session's cookie away.
    pub(super) fn clear_session(&self) -> Option<HeaderValue> {
        self.line(&self.session, "", "; SameSite=Strict; Max-Age=0")
    }

    /// The handle of a login, by its `state`.
    pub(super) fn login(&self, headers: &HeaderMap, state: &str) -> Option<Secret> {
        cookies::one(headers, &self.login_of(state)?).map(Secret::from)
    }

    /// `Set-Cookie` for a login.
    pub(super) fn set_login(&self, state: &str, handle: &Secret, seconds: u64) -> Option<HeaderValue> {
        self.line(&self.login_of(state)?, handle.expose(), &format!("; SameSite=Lax; Max-Age={seconds}"))
    }

    /// `Set-Cookie` that takes a login's cookie away.
    pub(super) fn clear_login(&self, state: &str) -> Option<HeaderValue> {
        self.clear(&self.login_of(state)?)
    }

    /// `Set-Cookie` that takes those away that are too many when one more comes: browsers send the oldest first (RFC 6265
    /// section 5.4).
    pub(super) fn clear_excess(&self, headers: &HeaderMap) -> Vec<HeaderValue> {
        let logins: Vec<_> =
            cookies::pairs(headers).filter(|(name, _)| name.starts_with(&self.login)).collect();
        let excess = (logins.len() + 1).saturating_sub(LOGINS);
        logins.into_iter().take(excess).filter_map(|(name, _)| self.clear(name)).collect()
    }

    /// The beginning of `state`, which tells the logins of one browser apart.
    fn login_of(&self, state: &str) -> Option<String> {
        Some(format!("{}{}", self.login, state.get(..8)?))
    }

    fn clear(&self, login: &str) -> Option<HeaderValue> {
        self.line(login, "", "; SameSite=Lax; Max-Age=0")
    }

    fn line(&self, name: &str, value: &str, more: &str) -> Option<HeaderValue> {
        let mut line = HeaderValue::try_from(format!("{name}={value}{}{more}", self.guards)).ok()?;
        line.set_sensitive(true);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    const STATE: &str = "af0ifjsldkj-af0ifjsldkj";

    #[test]
    fn l28_cookies_are_out_of_reach_of_scripts_and_of_other_hosts_and_sites() {
        let (cookies, handle) = (Cookies::new(true, ""), "value".into());
        let session = cookies.set_session(&handle).unwrap();
        assert_eq!(session, "__Host-backend-session=value; Path=/; HttpOnly; Secure; SameSite=Strict");
        let login = cookies.set_login(STATE, &handle, 600).unwrap();
        assert_eq!(
            login,
            "__Host-backend-login.af0ifjsl=value; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600"
        );
        assert!(session.is_sensitive() && login.is_sensitive());
        let here = Cookies::new(false, "/photos").set_session(&handle).unwrap();
        assert_eq!(here, "backend-session-photos=value; Path=/; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn l28_a_cookie_that_comes_twice_or_under_another_name_is_none() {
        let read = |lines: &[&'static str], is_https| {
            let headers = lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect();
            Cookies::new(is_https, "").session(&headers)
        };
        assert_eq!(read(&["a=b; backend-session=x", "c=d"], false), Some("x".into()));
        assert_eq!(read(&["__Host-backend-session=x"], true), Some("x".into()));
        for lines in [
            &["backend-session=x; backend-session=x"] as &[_],
            &["backend-session=x", "backend-session=y"],
            &["backend-session="],
            &["backend-session"],
            &["__Host-backend-session=x"],
            &["backend-session-photos=x"],
            &[],
        ] {
            assert_eq!(read(lines, false), None, "{lines:?}");
        }
        assert_eq!(read(&["backend-session=x"], true), None);
    }

    #[test]
    fn a_browser_that_begins_again_and_again_keeps_a_few_cookies() {
        let cookies = Cookies::new(true, "");
        let begun: Vec<_> = (0..LOGINS + 3).map(|i| format!("__Host-backend-login.{i:08}=x")).collect();
        let headers = HeaderMap::from_iter([(COOKIE, begun.join("; ").parse().unwrap())]);
        let cleared = cookies.clear_excess(&headers);
        assert_eq!(cleared.len(), 4);
        assert!(cleared[0].to_str().unwrap().starts_with("__Host-backend-login.00000000=; "));
        assert!(cookies.clear_excess(&HeaderMap::new()).is_empty());
    }
}
