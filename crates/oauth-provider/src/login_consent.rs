//! From the first visit to the answer.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use oauth_clock::{Clock, SystemClock};
use oauth_hyper_server::{Pages, Turn, Visit};
use oauth_sansio::{Allowed, Answer, Digest, Login, Person, Prompt, Secret, base64url};
use oauth2_core::server::DevicePage;
use url::{Host, Url};

use crate::cookie::SessionCookie;
use crate::page::{Forms, Policy};
use crate::sent::{Decision, Malformed, Sent};
use crate::sessions::{LoggedIn, Sessions};
use crate::strings::{ENGLISH, Strings};
use crate::{MAX_PASSWORD, MAX_USERNAME, Unavailable, User, Users, views};

/// How many people can be logged in at once; one more, and the oldest login ends.
const MAX_SESSIONS: usize = 100_000;

/// The method of authentication (RFC 8176 section 2).
const PASSWORD: &str = "pwd";

/// Login, then consent.
///
/// A person who is not logged in gets the login page at the consent address, logs in there, and is sent to the same
/// address again to decide. A login lasts an hour, over any number of authorizations. A decision counts only if it
/// was made on a page that was shown to the login it comes with.
pub struct LoginConsent {
    users: Arc<dyn Users>,
    clock: Arc<dyn Clock>,
    sessions: Sessions,
    cookie: SessionCookie,
    policy: Policy,
    strings: &'static Strings,
    acr: Option<String>,
}

/// The origin is neither `https` nor `http` on a loopback host: a password would cross the network readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the origin is neither https nor http on loopback")]
pub struct OriginError;

impl LoginConsent {
    /// Pages for the provider that people reach at `origin`.
    ///
    /// # Errors
    /// When the origin is not fit for passwords.
    pub fn new(origin: &Url, users: Arc<dyn Users>) -> Result<Self, OriginError> {
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
            users,
            clock: Arc::new(SystemClock),
            sessions: Sessions::new(MAX_SESSIONS),
            cookie: SessionCookie { https },
            policy: Policy::new(),
            strings: &ENGLISH,
            acr: None,
        })
    }

    /// Takes moments from another clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Calls a login by name and password so (`acr`, RFC 9470 section 4); the server is told the same, in its
    /// `acr_values`.
    #[must_use]
    pub fn acr(self, acr: impl Into<String>) -> Self {
        Self { acr: Some(acr.into()), ..self }
    }
}

#[async_trait]
impl Pages for LoginConsent {
    async fn interact(&self, prompt: &Prompt, visit: &Visit<'_>) -> Turn {
        let turn = match Sent::of(visit) {
            Ok(Sent::Nothing) => self.visited(prompt, visit),
            Ok(Sent::Login { username, password }) => self.login(prompt, visit, &username, &password).await,
            Ok(Sent::Decision(decision, form_token)) => self.decided(prompt, visit, decision, &form_token),
            Err(Malformed) => Ok(Turn::Page(self.refusal(StatusCode::BAD_REQUEST))),
        };
        turn.unwrap_or_else(|unavailable| {
            tracing::error!(error = %unavailable, "login failed");
            Turn::Page(self.refusal(StatusCode::SERVICE_UNAVAILABLE))
        })
    }

    async fn identify(&self, _: &Prompt, visit: &Visit<'_>) -> Option<Person> {
        let session =
            self.session(visit).inspect_err(|error| tracing::error!(%error, "nobody is identified"));
        session.ok().flatten().map(Session::person)
    }

    fn refused(&self, status: StatusCode) -> Option<Response<Bytes>> {
        Some(self.refusal(status))
    }

    fn device(&self, page: &DevicePage) -> Option<Response<Bytes>> {
        Some(match page {
            DevicePage::Enter { user_code, wrong } => {
                let status = if *wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
                let view = views::device::enter(self.strings, user_code.as_deref(), *wrong);
                self.policy.page(status, Forms::Stay, view)
            }
            DevicePage::Decided { allowed } => {
                self.policy.page(StatusCode::OK, Forms::None, views::device::decided(self.strings, *allowed))
            }
        })
    }

    fn verifier(&self, verifier: &Secret) -> Option<Response<Bytes>> {
        Some(self.policy.page(StatusCode::OK, Forms::None, views::verifier(self.strings, verifier)))
    }
}

/// A login that a visit came with.
struct Session {
    secret: Secret,
    user: User,
    login: Login,
}

impl Session {
    fn person(self) -> Person {
        Person { subject: self.user.subject, login: Some(self.login) }
    }

    /// Shows that a form was filled in on a page of this login, and gives nothing of its secret away.
    fn form_token(&self) -> Secret {
        let digest = Digest::of_parts(&[b"consent form", self.secret.expose().as_bytes()]);
        base64url::encode(digest.as_bytes()).into()
    }
}

impl LoginConsent {
    fn visited(&self, prompt: &Prompt, visit: &Visit<'_>) -> Result<Turn, Unavailable> {
        Ok(Turn::Page(match self.session(visit)? {
            Some(session) => self.next_page(prompt, visit, &session),
            None => self.login_page(prompt, visit, None, false),
        }))
    }

    async fn login(
        &self,
        prompt: &Prompt,
        visit: &Visit<'_>,
        username: &str,
        password: &Secret,
    ) -> Result<Turn, Unavailable> {
        let fits = |text: &str, longest| (1..=longest).contains(&text.len());
        let user = match fits(username, MAX_USERNAME) && fits(password.expose(), MAX_PASSWORD) {
            true => self.users.verify(username, password).await?,
            false => None,
        };
        let Some(user) = user else {
            tracing::info!("wrong user name or password");
            return Ok(Turn::Page(self.login_page(prompt, visit, Some(username), false)));
        };
        // A new secret for every login: whoever planted or knew the one before has nothing of this one.
        if let Some(before) = self.cookie.read(visit.headers) {
            self.sessions.end(&before);
        }
        let moment = self.clock.moment().map_err(Unavailable::new)?;
        let now = moment.now();
        let secret = moment.entropy().text();
        self.sessions.begin(&secret, user, now);
        Ok(Turn::Page(back_to(visit, self.cookie.set(&secret))))
    }

    fn decided(
        &self,
        prompt: &Prompt,
        visit: &Visit<'_>,
        decision: Decision,
        form_token: &Secret,
    ) -> Result<Turn, Unavailable> {
        let Some(session) = self.session(visit)? else {
            return Ok(Turn::Page(self.login_page(prompt, visit, None, false)));
        };
        // Somebody else logged in since the page was shown, the page is not one of ours, or it was one for another request,
        // which took an older login: ask again.
        if session.form_token() != *form_token || !prompt.login.is_fresh(Some(&session.login)) {
            return Ok(Turn::Page(self.next_page(prompt, visit, &session)));
        }
        Ok(match decision {
            Decision::Allow { remember } => {
                Turn::Answer(Answer::Allowed(Allowed { person: session.person(), scopes: None, remember }))
            }
            Decision::Deny => Turn::Answer(Answer::Denied),
            Decision::Switch => {
                self.sessions.end(&session.secret);
                Turn::Page(back_to(visit, self.cookie.clear()))
            }
        })
    }

    fn session(&self, visit: &Visit<'_>) -> Result<Option<Session>, Unavailable> {
        let now = self.clock.moment().map_err(Unavailable::new)?.now();
        Ok(self.cookie.read(visit.headers).and_then(|secret| {
            let LoggedIn { user, since } = self.sessions.find(&secret, now)?;
            let login = Login { auth_time: since, acr: self.acr.clone(), amr: vec![PASSWORD.to_owned()] };
            Some(Session { secret, user, login })
        }))
    }

    fn login_page(
        &self,
        prompt: &Prompt,
        visit: &Visit<'_>,
        failed: Option<&str>,
        again: bool,
    ) -> Response<Bytes> {
        let page = views::login(self.strings, prompt, address(visit), failed, again);
        self.policy.page(StatusCode::OK, Forms::Stay, page)
    }

    /// To log in again, where that was too long ago, or to decide. Whoever has logged in for this request is asked for it no
    /// second time.
    fn next_page(&self, prompt: &Prompt, visit: &Visit<'_>, session: &Session) -> Response<Bytes> {
        match prompt.login.is_fresh(Some(&session.login)) {
            true => self.consent_page(prompt, visit, session),
            false => self.login_page(prompt, visit, None, true),
        }
    }

    fn consent_page(&self, prompt: &Prompt, visit: &Visit<'_>, session: &Session) -> Response<Bytes> {
        let form_token = session.form_token();
        let (user, token) = (&session.user.name, form_token.expose());
        let page = views::consent(self.strings, prompt, address(visit), user, token);
        let forms = prompt.return_origin.as_deref().map_or(Forms::Stay, Forms::Leave);
        self.policy.page(StatusCode::OK, forms, page)
    }

    fn refusal(&self, status: StatusCode) -> Response<Bytes> {
        self.policy.page(status, Forms::None, views::refused(self.strings, status))
    }
}

/// Path and query of the visit, without whatever host the request named.
fn address<'a>(visit: &Visit<'a>) -> &'a str {
    visit.uri.path_and_query().map_or("/", |address| address.as_str())
}

/// Sends the browser to the same address again, by `GET`: neither going back nor reloading sends the form twice, and
/// no password goes further (RFC 9700 section 4.12).
fn back_to(visit: &Visit<'_>, cookie: Option<HeaderValue>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::from_str(address(visit)).ok();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.extend(location.map(|value| (header::LOCATION, value)));
    headers.extend(cookie.map(|value| (header::SET_COOKIE, value)));
    response
}

impl std::fmt::Debug for LoginConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginConsent").field("cookie", &self.cookie).finish_non_exhaustive()
    }
}
