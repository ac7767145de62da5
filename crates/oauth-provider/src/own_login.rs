//! A login of one's own: elsewhere, or in more steps than a password.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Response};
use oauth_hyper_server::Visit;
use oauth_sansio::{Login, LoginWish};

use crate::entrance::{Entrance, redirect};
use crate::{Unavailable, User};

/// Logs people in in the place of the login page: at a company's own sign-on, with a second factor, by a card.
///
/// It begins when somebody must log in, and ends at an address of one's own, with [`Logins::enter`]. What lies between is
/// the operator's business: that the answer is for the browser that began, above all, or a stranger's login could be put into
/// it. A client of this workspace sees to that with its `state`.
///
/// ```
/// use bytes::Bytes;
/// use http::{HeaderMap, Response, StatusCode, header};
/// use oauth_hyper_server::Visit;
/// use oauth_provider::{Logins, OwnLogin, Unavailable, User};
/// use oauth_sansio::{Login, LoginWish, Timestamp, form};
///
/// /// The sign-on of the company, at another host.
/// struct SignOn;
///
/// #[async_trait::async_trait]
/// impl OwnLogin for SignOn {
///     async fn begin(
///         &self,
///         wish: &LoginWish,
///         return_to: &str,
///         _: &Visit<'_>,
///     ) -> Result<Response<Bytes>, Unavailable> {
///         // It says where it was asked to come back to, so `return_to` travels along.
///         let asked = [("continue", return_to), ("again", if wish.since.is_some() { "yes" } else { "no" })];
///         let answer = Response::builder()
///             .status(StatusCode::SEE_OTHER)
///             .header(header::LOCATION, format!("https://sso.example.com/?{}", form::encode(asked)));
///         answer.body(Bytes::new()).map_err(Unavailable::new)
///     }
/// }
///
/// /// Behind an address of one's own, such as `/signed-on`, once the answer of the sign-on has been checked.
/// async fn signed_on(
///     logins: &Logins,
///     headers: &HeaderMap,
///     employee: &str,
///     at: Timestamp,
///     return_to: &str,
/// ) -> Result<Response<Bytes>, Unavailable> {
///     let login = Login { auth_time: at, acr: None, amr: vec!["mfa".into()] };
///     logins.enter(headers, User::new(employee, employee), login, return_to).await
/// }
///
/// # fn pages(pages: oauth_provider::LoginConsent) {
/// let pages = pages.own_login(std::sync::Arc::new(SignOn));
/// let logins: Logins = pages.logins();
/// # }
/// ```
#[async_trait]
pub trait OwnLogin: Send + Sync + 'static {
    /// Sends the browser to where the person logs in, or shows a page. `return_to` is where on this provider the person wanted
    /// to go: [`Logins::enter`] leads there.
    ///
    /// # Errors
    /// When nobody can log in now; the person is asked to try again.
    async fn begin(
        &self,
        wish: &LoginWish,
        return_to: &str,
        visit: &Visit<'_>,
    ) -> Result<Response<Bytes>, Unavailable>;
}

/// Where logins of one's own end: what sets the cookie.
#[derive(Clone)]
pub struct Logins {
    entrance: Entrance,
    account: Arc<str>,
}

impl Logins {
    pub(crate) fn new(entrance: Entrance) -> Self {
        Self { entrance, account: crate::account::PATH.into() }
    }

    /// With the account at another path than `/account`, as [`Account::at`](crate::Account::at) puts it.
    #[must_use]
    pub fn account_at(self, path: &str) -> Self {
        Self { account: path.into(), ..self }
    }

    /// Logs a person in, in the browser that sent `headers`, and sends it on to `return_to`, which must be on this provider:
    /// from anywhere else it leads to the account. Whoever was logged in there before is no more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn enter(
        &self,
        headers: &HeaderMap,
        user: User,
        login: Login,
        return_to: &str,
    ) -> Result<Response<Bytes>, Unavailable> {
        let now = self.entrance.clock.moment()?.now();
        // A sign-on whose clock is ahead must not make a login that stays new.
        let login = Login { auth_time: login.auth_time.min(now), ..login };
        let cookie = self.entrance.enter(headers, &user, login).await?;
        let place = Some(return_to).filter(|place| is_local(place)).unwrap_or(&self.account);
        Ok(redirect(place, cookie))
    }
}

/// Whether an address is on this provider, for every browser: it begins with one slash, and has nothing that a browser would
/// drop or turn round before it looks.
fn is_local(place: &str) -> bool {
    let plain = place.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && place.starts_with('/') && !place.starts_with("//")
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a07_the_way_back_never_leads_off_the_provider() {
        for place in ["/account", "/oauth2/consent?handle=a", "/", "/a//b", "/?https://x"] {
            assert!(is_local(place), "{place}");
        }
        for place in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example/",
            "evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
        ] {
            assert!(!is_local(place), "{place}");
        }
    }
}
