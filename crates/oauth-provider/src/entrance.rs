//! What every page needs to know: who is here, and how people come in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use oauth_clock::Clock;
use oauth_hyper_server::Visit;
use oauth_sansio::{Digest, Login, LoginWish, Prompt, Secret, base64url};

use crate::cookie::SessionCookie;
use crate::guesses::Guesses;
use crate::own_login::OwnLogin;
use crate::page::{Forms, Policy};
use crate::sessions::{Session, Sessions};
use crate::strings::Strings;
use crate::{MAX_PASSWORD, MAX_USERNAME, Unavailable, User, Users, views};

/// The method of authentication (RFC 8176 section 2).
const PASSWORD: &str = "pwd";

/// Shared by all pages of a provider.
#[derive(Clone)]
pub(crate) struct Entrance {
    pub(crate) users: Arc<dyn Users>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sessions: Sessions,
    pub(crate) cookie: SessionCookie,
    pub(crate) policy: Policy,
    pub(crate) strings: &'static Strings,
    pub(crate) acr: Option<String>,
    pub(crate) guesses: Arc<Guesses>,
    pub(crate) own_login: Option<Arc<dyn OwnLogin>>,
    pub(crate) scope_words: Arc<BTreeMap<String, String>>,
}

/// Why somebody who gave a name and a password is not in.
#[derive(Clone, Debug)]
pub(crate) enum NotIn {
    /// They do not match.
    Wrong,
    /// There were too many tries.
    Wait(Duration),
}

/// A login page, for whom and after what.
#[derive(Default)]
pub(crate) struct LoginPage<'a> {
    /// Who asks; `None` for the provider's own pages.
    pub(crate) prompt: Option<&'a Prompt>,
    /// The name of a try that failed, and why.
    pub(crate) failed: Option<(&'a str, NotIn)>,
    /// For a person whose login does not do this time.
    pub(crate) again: bool,
    /// Shows that the form was filled in on a page that this browser was shown, where no handle does.
    pub(crate) form_token: Option<Secret>,
}

impl Entrance {
    /// The login that a visit came with.
    pub(crate) async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, Unavailable> {
        match self.cookie.read(headers) {
            Some(secret) => Ok(self.sessions.find(secret, self.clock.moment()?.now()).await?),
            None => Ok(None),
        }
    }

    /// Looks at a name and a password. Where that took too many tries already, they are not looked at.
    pub(crate) async fn verify(
        &self,
        visit: &Visit<'_>,
        username: &str,
        password: &Secret,
    ) -> Result<Result<User, NotIn>, Unavailable> {
        let fits = |text: &str, longest| (1..=longest).contains(&text.len());
        if !fits(username, MAX_USERNAME) || !fits(password.expose(), MAX_PASSWORD) {
            return Ok(Err(NotIn::Wrong));
        }
        if let Err(wait) = self.guesses.begin(username, visit.peer, self.clock.moment()?.now()) {
            tracing::info!(seconds = wait.as_secs(), "too many tries of a password");
            return Ok(Err(NotIn::Wait(wait)));
        }
        let user = self.users.verify(username, password).await?;
        match &user {
            Some(_) => self.guesses.right(username, visit.peer),
            None => tracing::info!("wrong user name or password"),
        }
        Ok(user.ok_or(NotIn::Wrong))
    }

    /// How somebody logged in who gave name and password just now.
    pub(crate) fn by_password(&self) -> Result<Login, Unavailable> {
        let now = self.clock.moment()?.now();
        Ok(Login { auth_time: now, acr: self.acr.clone(), amr: vec![PASSWORD.to_owned()] })
    }

    /// Begins a login; gives its cookie. A new secret for every login: whoever planted or knew the one before has nothing of
    /// this one.
    pub(crate) async fn enter(
        &self,
        headers: &HeaderMap,
        user: &User,
        login: Login,
    ) -> Result<Option<HeaderValue>, Unavailable> {
        if let Some(before) = self.cookie.read(headers) {
            self.sessions.end(&before).await?;
        }
        let secret = self.sessions.begin(user, login, &*self.clock).await?;
        Ok(self.cookie.set(&secret))
    }

    /// Where a person logs in: the login page, or one's own.
    pub(crate) async fn login_page(
        &self,
        visit: &Visit<'_>,
        page: LoginPage<'_>,
    ) -> Result<Response<Bytes>, Unavailable> {
        if let Some(own_login) = &self.own_login {
            let any = LoginWish::default();
            let wish = page.prompt.map_or(&any, |prompt| &prompt.login);
            return own_login.begin(wish, address(visit), visit).await;
        }
        let wait = match page.failed {
            Some((_, NotIn::Wait(wait))) => Some(wait),
            _ => None,
        };
        let view = views::login(self.strings, address(visit), &page);
        let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
        let mut answer = self.policy.page(status, Forms::Stay, view);
        // RFC 6585 section 4
        let seconds = wait.map(|wait| HeaderValue::from(wait.as_secs().max(1)));
        answer.headers_mut().extend(seconds.map(|seconds| (header::RETRY_AFTER, seconds)));
        Ok(answer)
    }

    /// The page for a request that was refused.
    pub(crate) fn refusal(&self, status: StatusCode) -> Response<Bytes> {
        self.policy.page(status, Forms::None, views::refused(self.strings, status))
    }

    /// The page for a failure of ours, which goes to the operator.
    pub(crate) fn failure(&self, error: &Unavailable) -> Response<Bytes> {
        tracing::error!(%error, "no page");
        let mut page = self.refusal(StatusCode::SERVICE_UNAVAILABLE);
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        page
    }
}

/// Shows that a form of this kind was filled in on a page that was shown to the browser with this cookie, and gives nothing of
/// the cookie away.
pub(crate) fn form_token(kind: &str, cookie: &Secret) -> Secret {
    let digest = Digest::of_parts(&[kind.as_bytes(), cookie.expose().as_bytes()]);
    base64url::encode(digest.as_bytes()).into()
}

/// Path and query of the visit, without whatever host the request named.
pub(crate) fn address<'a>(visit: &Visit<'a>) -> &'a str {
    visit.uri.path_and_query().map_or("/", |address| address.as_str())
}

/// Sends the browser on by `GET`: neither going back nor reloading sends the form twice, and no password goes further
/// (RFC 9700 section 4.12).
pub(crate) fn redirect(place: &str, cookie: Option<HeaderValue>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::from_str(place).ok();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.extend(location.map(|value| (header::LOCATION, value)));
    headers.extend(cookie.map(|value| (header::SET_COOKIE, value)));
    response
}
