//! A person's own page: which applications are connected, the password, the logins.

mod sent;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Body;
use oauth_hyper_server::{Limits, TrustedProxy, Visit, receive, seal};
use oauth_sansio::form::{Form, Limits as FormLimits};

use crate::entrance::{Entrance, LoginPage, NotIn, form_token, redirect};
use crate::page::Forms;
use crate::sessions::Session;
use crate::views::account::{AccountPage, Notice, account};
use crate::{Grants, LoginConsent, Unavailable, Whose};
use sent::{Change, Sent};

/// Where the page is.
pub(crate) const PATH: &str = "/account";

/// What the forms of this page are.
const FORM: &str = "account form";

/// Applications on one page.
const APPS: usize = 20;

/// Where people see which applications they connected, in both protocols, and disconnect them; where they change their
/// password, and sign out, here or everywhere. Everything is one address, [`serves`](Account::serves) tells which.
///
/// A form counts only if it was sent from a page that this browser was shown: also the one that logs in, so that nobody can
/// put a login of his own into another's browser (RFC 9700 section 4.7).
#[derive(Clone)]
pub struct Account {
    entrance: Entrance,
    grants: Grants,
    path: Arc<str>,
    limits: Limits,
    proxy: Option<Arc<TrustedProxy>>,
}

impl Account {
    /// The account pages beside the pages of a provider, with its users, logins and settings, at `/account`.
    pub fn new(pages: &LoginConsent) -> Self {
        let entrance = pages.entrance().clone();
        let grants = Grants::new(entrance.sessions.store.clone());
        Self { entrance, grants, path: PATH.into(), limits: Limits::default(), proxy: None }
    }

    /// At another path: one that begins with a slash.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Takes from this proxy what it says of clients.
    #[must_use]
    pub fn behind(self, proxy: TrustedProxy) -> Self {
        Self { proxy: Some(Arc::new(proxy)), ..self }
    }

    /// Whether a path is this page's.
    pub fn serves(&self, path: &str) -> bool {
        path == &*self.path
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !self.serves(request.uri().path()) {
            return self.entrance.refusal(StatusCode::NOT_FOUND);
        }
        let request = match receive(request, &self.limits, self.proxy.as_deref()).await {
            Ok(request) => request,
            Err(status) => return self.entrance.refusal(status),
        };
        let visit = Visit::of(&request);
        let answer = match *visit.method {
            Method::GET | Method::HEAD => self.shown(&visit).await,
            Method::POST => self.changed(&visit).await,
            _ => {
                let mut refused = self.entrance.refusal(StatusCode::METHOD_NOT_ALLOWED);
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                Ok(refused)
            }
        };
        seal(answer.unwrap_or_else(|error| self.entrance.failure(&error)))
    }

    async fn shown(&self, visit: &Visit<'_>) -> Result<Response<Bytes>, Unavailable> {
        match self.entrance.session(visit.headers).await? {
            Some(session) => self.page(visit, &session, notice(visit), StatusCode::OK).await,
            None => self.login_page(visit, None).await,
        }
    }

    async fn changed(&self, visit: &Visit<'_>) -> Result<Response<Bytes>, Unavailable> {
        let Ok(Sent { token, change }) = Sent::of(visit) else {
            return Ok(self.entrance.refusal(StatusCode::BAD_REQUEST));
        };
        // Before anything is looked at: it may be somebody else's page that sends the form.
        let cookie = self.entrance.cookie.read(visit.headers);
        if cookie.is_none_or(|cookie| form_token(FORM, &cookie) != token) {
            return Ok(self.entrance.refusal(StatusCode::FORBIDDEN));
        }
        if let Change::LogIn { username, password } = change {
            return self.log_in(visit, &username, &password).await;
        }
        let Some(session) = self.entrance.session(visit.headers).await? else {
            return self.login_page(visit, None).await;
        };
        let subject = &session.user.subject;
        match change {
            Change::LogIn { .. } => self.login_page(visit, None).await,
            Change::Withdraw { protocol, client_id } => {
                self.grants.withdraw(subject, protocol, &client_id).await?;
                Ok(self.back(Notice::Withdrawn))
            }
            Change::WithdrawAll => {
                self.grants.revoke_all(Whose::Subject(subject)).await?;
                Ok(self.back(Notice::Withdrawn))
            }
            Change::SignOut => {
                self.entrance.sessions.end(&session.secret).await?;
                Ok(redirect(&self.path, self.entrance.cookie.clear()))
            }
            Change::SignOutEverywhere => {
                self.entrance.sessions.end_all(subject).await?;
                Ok(redirect(&self.path, self.entrance.cookie.clear()))
            }
            Change::Password { current, new } => self.change_password(visit, &session, &current, &new).await,
        }
    }

    async fn log_in(
        &self,
        visit: &Visit<'_>,
        username: &str,
        password: &oauth_sansio::Secret,
    ) -> Result<Response<Bytes>, Unavailable> {
        if self.entrance.own_login.is_some() {
            return self.login_page(visit, None).await;
        }
        match self.entrance.verify(visit, username, password).await? {
            Err(why) => self.login_page(visit, Some((username, why))).await,
            Ok(user) => {
                let login = self.entrance.by_password()?;
                let cookie = self.entrance.enter(visit.headers, &user, login).await?;
                Ok(redirect(&self.path, cookie))
            }
        }
    }

    async fn change_password(
        &self,
        visit: &Visit<'_>,
        session: &Session,
        current: &oauth_sansio::Secret,
        new: &oauth_sansio::Secret,
    ) -> Result<Response<Bytes>, Unavailable> {
        let Some(passwords) = self.entrance.users.changes_passwords() else {
            return Ok(self.entrance.refusal(StatusCode::BAD_REQUEST));
        };
        let verified = self.entrance.verify(visit, &session.user.name, current).await?;
        let proven = verified.and_then(|user| match user.subject == session.user.subject {
            true => Ok(user),
            false => Err(NotIn::Wrong),
        });
        match proven {
            Err(NotIn::Wait(wait)) => {
                let notice = Some(Notice::Wait(wait));
                let mut page = self.page(visit, session, notice, StatusCode::TOO_MANY_REQUESTS).await?;
                page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
                Ok(page)
            }
            Err(NotIn::Wrong) => self.page(visit, session, Some(Notice::WrongPassword), StatusCode::OK).await,
            Ok(user) => match passwords.set_password(&user, new).await? {
                None => self.page(visit, session, Some(Notice::UnfitPassword), StatusCode::OK).await,
                Some(user) => {
                    // Whoever knew the old password is out, in every browser; this one comes in again by the new one.
                    self.entrance.sessions.end_all(&user.subject).await?;
                    let login = self.entrance.by_password()?;
                    let cookie = self.entrance.enter(visit.headers, &user, login).await?;
                    let mut back = self.back(Notice::PasswordChanged);
                    back.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
                    Ok(back)
                }
            },
        }
    }

    /// The login page, whose form counts in the browser that it is shown in: by a cookie that opens nothing yet.
    async fn login_page(
        &self,
        visit: &Visit<'_>,
        failed: Option<(&str, NotIn)>,
    ) -> Result<Response<Bytes>, Unavailable> {
        let known = self.entrance.cookie.read(visit.headers);
        let is_new = known.is_none();
        let secret = match known {
            Some(secret) => secret,
            None => self.entrance.clock.moment()?.entropy().text(),
        };
        let form_token = Some(form_token(FORM, &secret));
        let page = LoginPage { failed, form_token, ..LoginPage::default() };
        let mut answer = self.entrance.login_page(visit, page).await?;
        let cookie =
            self.entrance.cookie.set(&secret).filter(|_| is_new && self.entrance.own_login.is_none());
        answer.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        Ok(answer)
    }

    async fn page(
        &self,
        visit: &Visit<'_>,
        session: &Session,
        notice: Option<Notice>,
        status: StatusCode,
    ) -> Result<Response<Bytes>, Unavailable> {
        let now = self.entrance.clock.moment()?.now();
        let all = self.grants.connected(&session.user.subject, now).await?;
        let last = all.len().div_ceil(APPS).max(1);
        let number =
            query(visit, "page").and_then(|page| page.parse().ok()).unwrap_or(1_usize).clamp(1, last);
        let apps: Vec<_> = all.into_iter().skip((number - 1) * APPS).take(APPS).collect();
        let apps: Vec<_> = self.grants.names(&apps).await?.into_iter().zip(apps).collect();
        let page = AccountPage {
            path: &self.path,
            user: &session.user.name,
            apps: &apps,
            page: (number, last),
            notice,
            passwords: self.entrance.users.changes_passwords().is_some(),
            form_token: form_token(FORM, &session.secret),
        };
        Ok(self.entrance.policy.page(status, Forms::Stay, account(&self.entrance, &page)))
    }

    fn back(&self, notice: Notice) -> Response<Bytes> {
        redirect(&format!("{}?done={}", self.path, notice.name()), None)
    }
}

fn notice(visit: &Visit<'_>) -> Option<Notice> {
    Notice::named(&query(visit, "done")?)
}

/// One parameter of the address; anything odd is none.
fn query(visit: &Visit<'_>, name: &str) -> Option<String> {
    let form = Form::parse(visit.uri.query()?.as_bytes(), &FormLimits::default()).ok()?;
    form.one(name).ok()?.map(str::to_owned)
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("path", &self.path).finish_non_exhaustive()
    }
}
