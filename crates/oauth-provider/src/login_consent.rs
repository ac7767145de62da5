//! From the first visit to the answer.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_clock::{Clock, SystemClock};
use oauth_hyper_server::{Pages, Turn, Visit};
use oauth_sansio::{Allowed, Answer, LoginWish, Person, Prompt, Secret};
use oauth_store::IssuerStore;
use oauth2_core::server::{DevicePage, FormPost};
use url::{Host, Url};

use crate::cookie::{SessionCookie, Whose};
use crate::entrance::{Entrance, LoginPage, address, form_token, redirect};
use crate::guesses::Guesses;
use crate::page::{Forms, Policy};
use crate::sent::{Decision, Malformed, Sent};
use crate::sessions::{Session, Sessions};
use crate::strings::ENGLISH;
use crate::{Logins, OwnLogin, Unavailable, Users, views};

/// What the forms of consent pages are.
const FORM: &str = "consent form";

/// Login, then consent.
///
/// A person who is not logged in gets the login page at the consent address, logs in there, and is sent to the same
/// address again to decide. A login lasts an hour, over any number of authorizations, in every process that has the same
/// store. A decision counts only if it was made on a page that was shown to the login it comes with.
///
/// Whoever gives wrong passwords waits, each time longer: by name and by address.
pub struct LoginConsent {
    entrance: Entrance,
}

/// The origin is neither `https` nor `http` on a loopback host: a password would cross the network readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the origin is neither https nor http on loopback")]
pub struct OriginError;

impl LoginConsent {
    /// Pages for the provider that people reach at `origin`; `store` is where it keeps who is logged in.
    ///
    /// # Errors
    /// When the origin is not fit for passwords.
    pub fn new(origin: &Url, users: Arc<dyn Users>, store: IssuerStore) -> Result<Self, OriginError> {
        let is_loopback = match origin.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let https = match origin.scheme() {
            "https" => true,
            "http" if is_loopback => false,
            _ => return Err(OriginError),
        };
        Ok(Self {
            entrance: Entrance {
                users,
                clock: Arc::new(SystemClock),
                sessions: Sessions::new(store),
                cookie: SessionCookie { whose: Whose::Person, https },
                policy: Policy::new(),
                strings: &ENGLISH,
                acr: None,
                guesses: Arc::new(Guesses::default()),
                own_login: None,
                scope_words: Arc::default(),
            },
        })
    }

    /// Takes moments from another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.entrance.clock = clock;
        self
    }

    /// Calls a login by name and password so (`acr`, RFC 9470 section 4); the server is told the same, in its
    /// `acr_values`.
    #[must_use]
    pub fn acr(mut self, acr: impl Into<String>) -> Self {
        self.entrance.acr = Some(acr.into());
        self
    }

    /// Says in words what scopes and realms open (`photos.read`, "See your photos"). One without words is shown as it is.
    #[must_use]
    pub fn scope_words<T: Into<String>>(mut self, words: impl IntoIterator<Item = (T, T)>) -> Self {
        let words = words.into_iter().map(|(scope, words)| (scope.into(), words.into()));
        self.entrance.scope_words = Arc::new(words.collect());
        self
    }

    /// Logs people in elsewhere, in the place of the login page.
    #[must_use]
    pub fn own_login(mut self, own_login: Arc<dyn OwnLogin>) -> Self {
        self.entrance.policy.logins_elsewhere();
        self.entrance.own_login = Some(own_login);
        self
    }

    /// Where logins of one's own end.
    pub fn logins(&self) -> Logins {
        Logins::new(self.entrance.clone())
    }

    pub(crate) fn entrance(&self) -> &Entrance {
        &self.entrance
    }
}

#[async_trait]
impl Pages for LoginConsent {
    async fn interact(&self, prompt: &Prompt, visit: &Visit<'_>) -> Turn {
        let turn = match Sent::of(visit) {
            Ok(Sent::Nothing) => self.visited(prompt, visit).await,
            Ok(Sent::Login { username, password }) => self.login(prompt, visit, &username, &password).await,
            Ok(Sent::Decision(decision, token)) => self.decided(prompt, visit, decision, &token).await,
            Err(Malformed) => Ok(Turn::Page(self.entrance.refusal(StatusCode::BAD_REQUEST))),
        };
        turn.unwrap_or_else(|error| Turn::Page(self.entrance.failure(&error)))
    }

    async fn identify(&self, _: &Prompt, visit: &Visit<'_>) -> Option<Person> {
        let session = self.entrance.session(visit.headers).await;
        let session = session.inspect_err(|error| tracing::error!(%error, "nobody is identified"));
        session.ok().flatten().map(person)
    }

    fn refused(&self, status: StatusCode) -> Option<Response<Bytes>> {
        Some(self.entrance.refusal(status))
    }

    fn device(&self, page: &DevicePage) -> Option<Response<Bytes>> {
        let Entrance { policy, strings, .. } = &self.entrance;
        Some(match page {
            DevicePage::Enter { user_code, wrong } => {
                let status = if *wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
                let view = views::device::enter(strings, user_code.as_deref(), *wrong);
                policy.page(status, Forms::Stay, view)
            }
            DevicePage::Decided { allowed } => {
                policy.page(StatusCode::OK, Forms::None, views::device::decided(strings, *allowed))
            }
        })
    }

    fn form_post(&self, page: &FormPost) -> Response<Bytes> {
        let Entrance { policy, strings, .. } = &self.entrance;
        policy.page(StatusCode::OK, Forms::Away(&page.origin), views::form_post(strings, page))
    }

    fn verifier(&self, verifier: &Secret) -> Option<Response<Bytes>> {
        let Entrance { policy, strings, .. } = &self.entrance;
        Some(policy.page(StatusCode::OK, Forms::None, views::verifier(strings, verifier)))
    }
}

impl LoginConsent {
    async fn visited(&self, prompt: &Prompt, visit: &Visit<'_>) -> Result<Turn, Unavailable> {
        match self.entrance.session(visit.headers).await? {
            Some(session) => self.next_page(prompt, visit, &session).await,
            None => self.login_page(prompt, visit).await,
        }
    }

    async fn login(
        &self,
        prompt: &Prompt,
        visit: &Visit<'_>,
        username: &str,
        password: &Secret,
    ) -> Result<Turn, Unavailable> {
        if self.entrance.own_login.is_some() {
            return self.login_page(prompt, visit).await;
        }
        let user = match self.entrance.verify(visit, username, password).await? {
            Ok(user) => user,
            Err(why) => {
                let failed = Some((username, why));
                let page = LoginPage { prompt: Some(prompt), failed, ..LoginPage::default() };
                return Ok(Turn::Page(self.entrance.login_page(visit, page).await?));
            }
        };
        let login = self.entrance.by_password()?;
        let cookie = self.entrance.enter(visit.headers, &user, login).await?;
        Ok(Turn::Page(redirect(address(visit), cookie)))
    }

    async fn decided(
        &self,
        prompt: &Prompt,
        visit: &Visit<'_>,
        decision: Decision,
        token: &Secret,
    ) -> Result<Turn, Unavailable> {
        let Some(session) = self.entrance.session(visit.headers).await? else {
            return self.login_page(prompt, visit).await;
        };
        // Somebody else logged in since the page was shown, the page is not one of ours, or it was one for another request,
        // which took an older login: ask again.
        if form_token(FORM, &session.secret) != *token || !prompt.login.is_fresh(Some(&session.login)) {
            return self.next_page(prompt, visit, &session).await;
        }
        Ok(match decision {
            Decision::Allow { remember } => {
                Turn::Answer(Answer::Allowed(Allowed { person: person(session), scopes: None, remember }))
            }
            Decision::Deny => Turn::Answer(Answer::Denied),
            Decision::Switch => {
                self.entrance.sessions.end(&session.secret).await?;
                Turn::Page(self.after_switch(prompt, visit).await?)
            }
        })
    }

    /// A login elsewhere must hear at once that another account is wanted, or it would give the same again.
    async fn after_switch(&self, prompt: &Prompt, visit: &Visit<'_>) -> Result<Response<Bytes>, Unavailable> {
        let gone = self.entrance.cookie.clear();
        let Some(own_login) = &self.entrance.own_login else { return Ok(redirect(address(visit), gone)) };
        let wish = LoginWish { choose: true, ..prompt.login.clone() };
        let mut page = own_login.begin(&wish, address(visit), visit).await?;
        page.headers_mut().extend(gone.map(|cookie| (http::header::SET_COOKIE, cookie)));
        Ok(page)
    }

    async fn login_page(&self, prompt: &Prompt, visit: &Visit<'_>) -> Result<Turn, Unavailable> {
        let page = LoginPage { prompt: Some(prompt), ..LoginPage::default() };
        Ok(Turn::Page(self.entrance.login_page(visit, page).await?))
    }

    /// To log in again, where that was too long ago, or to decide. Whoever has logged in for this request is asked for it no
    /// second time.
    async fn next_page(
        &self,
        prompt: &Prompt,
        visit: &Visit<'_>,
        session: &Session,
    ) -> Result<Turn, Unavailable> {
        if !prompt.login.is_fresh(Some(&session.login)) {
            let page = LoginPage { prompt: Some(prompt), again: true, ..LoginPage::default() };
            return Ok(Turn::Page(self.entrance.login_page(visit, page).await?));
        }
        let token = form_token(FORM, &session.secret);
        let page = views::consent(&self.entrance, prompt, address(visit), &session.user.name, token.expose());
        let forms = prompt.return_origin.as_deref().map_or(Forms::Stay, Forms::Leave);
        Ok(Turn::Page(self.entrance.policy.page(StatusCode::OK, forms, page)))
    }
}

fn person(session: Session) -> Person {
    Person { subject: session.user.subject, login: Some(session.login) }
}

impl std::fmt::Debug for LoginConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginConsent").field("cookie", &self.entrance.cookie).finish_non_exhaustive()
    }
}
