//! The operator's pages: what the commands do, for a browser, without script.
//!
//! One comes in by a link that opens once. Its address shows a button and changes nothing, as previews and prefetchers ask for
//! addresses, too; the button spends it. What changes something asks first, on a page of its own, and counts only from there.

mod act;
mod new_client;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Body;
use oauth_hyper_server::{Limits, Protocol, Visit, receive, seal};
use oauth_sansio::form::{Form, Limits as FormLimits};
use oauth_sansio::{Digest, Secret, base64url};

pub(crate) use act::{Act, Done, Of, UserChange, at, client, clients, person};
pub(crate) use new_client::{ClientKind, NewClient};

use super::door::Door;
use super::place::Place;
use super::{Admin, AdminError, tell_when};
use crate::cookie::{SessionCookie, Whose};
use crate::entrance::{form_token, redirect};
use crate::page::{Forms, Policy};
use crate::sent::Malformed;
use crate::strings::{ENGLISH, Strings};
use crate::views::account::protocol_named;
use crate::views::admin::{self as view, Frame};

pub(crate) const ENTER: &str = "/enter";
pub(crate) const CLIENTS: &str = "/clients";
pub(crate) const CLIENT: &str = "/client";
pub(crate) const PEOPLE: &str = "/people";
pub(crate) const PERSON: &str = "/person";
pub(crate) const GRANTS: &str = "/grants";
pub(crate) const KEYS: &str = "/keys";
/// Where something is asked, and done.
pub(crate) const ACT: &str = "/act";

/// What the forms are.
const FORM: &str = "operator form";

/// Clients or people on one page.
const LISTED: usize = 50;

/// Grants on one page.
const GRANTED: usize = 200;

/// The pages. Clones share everything.
#[derive(Clone)]
pub(super) struct AdminPages {
    admin: Admin,
    door: Door,
    cookie: SessionCookie,
    policy: Policy,
    strings: &'static Strings,
}

/// Why there is no page.
enum Refused {
    /// Nobody sends this.
    Malformed,
    /// There is no session, or it is over, or a link does not open.
    Closed,
    /// A form that no page of this session sent.
    Foreign,
    Admin(AdminError),
}

type Answer = Result<Response<Bytes>, Refused>;

impl AdminPages {
    pub(super) fn new(admin: Admin, door: Door, https: bool) -> Self {
        let cookie = SessionCookie { whose: Whose::Operator, https };
        Self { admin, door, cookie, policy: Policy::new(), strings: &ENGLISH }
    }

    pub(super) fn https(mut self, https: bool) -> Self {
        self.cookie.https = https;
        self
    }

    /// Answers one request, which names the place.
    pub(super) async fn answer<B>(&self, place: &Place, request: Request<B>) -> Response<Bytes>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let request = match receive(request, &Limits::default(), None).await {
            Ok(request) => request,
            Err(status) => return seal(self.page(status, view::refused(self.strings, status))),
        };
        let visit = Visit::of(&request);
        let answer = match *visit.method {
            Method::GET | Method::HEAD => self.shown(&visit).await,
            Method::POST if !place.is_own_form(visit.headers, host(&visit)) => Err(Refused::Foreign),
            Method::POST => self.sent(&visit).await,
            _ => {
                let status = StatusCode::METHOD_NOT_ALLOWED;
                let mut refused = self.page(status, view::refused(self.strings, status));
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                Ok(refused)
            }
        };
        seal(answer.unwrap_or_else(|why| self.refused(&why)))
    }

    async fn shown(&self, visit: &Visit<'_>) -> Answer {
        let query = Form::parse(visit.uri.query().unwrap_or_default().as_bytes(), &FormLimits::default());
        let query = query.map_err(|_| Refused::Malformed)?;
        if visit.uri.path() == ENTER {
            let ticket = one(&query, "ticket")?.unwrap_or_default();
            return Ok(self.page(StatusCode::OK, view::enter(self.strings, ticket)));
        }
        let session = self.session(visit.headers).await?;
        let token = form_token(FORM, &session);
        let done = one(&query, "done")?.is_some();
        let frame = Frame { strings: self.strings, token: &token, path: visit.uri.path(), done };
        let admin = &self.admin;
        let shown = match visit.uri.path() {
            "/" => view::overview(&frame, &admin.server.metadata().issuer),
            CLIENTS => {
                let protocol = protocol(&query)?.unwrap_or(Protocol::OAuth2);
                let (clients, next) = admin.clients(protocol, after(&query)?, LISTED).await?;
                view::clients(&frame, protocol, &clients, next.map(cursor))
            }
            CLIENT => {
                let protocol = protocol(&query)?.ok_or(Refused::Malformed)?;
                let client_id = one(&query, "client_id")?.ok_or(Refused::Malformed)?;
                view::client(&frame, client_id, &admin.client(protocol, client_id).await?)
            }
            PEOPLE => {
                let (users, next) = admin.list_users(after(&query)?, LISTED).await?;
                view::people(&frame, &users, next.map(cursor))
            }
            PERSON => {
                let username = one(&query, "username")?.ok_or(Refused::Malformed)?;
                view::person(&frame, &admin.user(username).await?)
            }
            GRANTS => {
                let of = Of::named(&query)?;
                let now = admin.clock.moment().map_err(AdminError::from)?.now();
                let listed = admin.grants().list(of.whose(), now, GRANTED).await;
                let (grants, complete) = listed.map_err(AdminError::from)?;
                view::grants(&frame, &of, &grants, complete)
            }
            KEYS => {
                let now = admin.clock.moment().map_err(AdminError::from)?.now();
                view::keys(&frame, &admin.list_keys().await?, now)
            }
            ACT => self.ask(&frame, &Act::of(&query)?, None)?,
            _ => return Err(Refused::Admin(AdminError::NotFound)),
        };
        Ok(self.page(StatusCode::OK, shown))
    }

    async fn sent(&self, visit: &Visit<'_>) -> Answer {
        let form = visit.form().map_err(|_| Refused::Malformed)?;
        match visit.uri.path() {
            ENTER => self.enter(visit, &form).await,
            ACT => self.act(visit, &form).await,
            _ => Err(Refused::Malformed),
        }
    }

    async fn enter(&self, visit: &Visit<'_>, form: &Form<'_>) -> Answer {
        let ticket = one(form, "ticket")?.ok_or(Refused::Closed)?.into();
        let before = self.cookie.read(visit.headers);
        let session = self.door.enter(&ticket, before.as_ref()).await?.ok_or(Refused::Closed)?;
        tracing::info!("the operator came in by a link");
        Ok(redirect("/", self.cookie.set(&session)))
    }

    async fn act(&self, visit: &Visit<'_>, form: &Form<'_>) -> Answer {
        let session = self.session(visit.headers).await?;
        let token = form_token(FORM, &session);
        let shown = one(form, "form_token")?.map(Secret::from);
        if shown.is_none_or(|shown| shown != token) {
            return Err(Refused::Foreign);
        }
        let act = Act::of(form)?;
        if let Act::Leave = act {
            self.door.leave(&session).await?;
            return Ok(redirect("/", self.cookie.clear()));
        }
        // To reload what is told does nothing again: it leads to where it is seen.
        let form = one(form, "form")?.ok_or(Refused::Malformed)?;
        if !self.door.is_first(&session, form).await? {
            return Ok(redirect(&act.from(), None));
        }
        let frame = Frame { strings: self.strings, token: &token, path: ACT, done: false };
        let done = match act.carry_out(&self.admin).await {
            Ok(done) => done,
            Err(error) => {
                let status = error.status();
                if status.is_server_error() {
                    return Err(error.into());
                }
                return Ok(self.page(status, self.ask(&frame, &act, Some(&error))?));
            }
        };
        tracing::info!(act = act.name(), "done by the operator in a browser");
        Ok(match done {
            Done::At(place) => redirect(&told_done(place), None),
            told => self.page(StatusCode::OK, view::told(&frame, &told)),
        })
    }

    /// A page whose form counts once.
    fn ask(
        &self,
        frame: &Frame<'_>,
        act: &Act,
        failed: Option<&AdminError>,
    ) -> Result<maud::Markup, Refused> {
        let moment = self.admin.clock.moment().map_err(AdminError::from)?;
        Ok(view::ask(frame, act, &moment.entropy().token(), failed))
    }

    /// The session that the browser is in.
    async fn session(&self, headers: &HeaderMap) -> Result<Secret, Refused> {
        let session = self.cookie.read(headers).ok_or(Refused::Closed)?;
        match self.door.is_open(&session).await? {
            true => Ok(session),
            false => Err(Refused::Closed),
        }
    }

    fn page(&self, status: StatusCode, page: maud::Markup) -> Response<Bytes> {
        let mut page = self.policy.page(status, Forms::Stay, page);
        tell_when(status, page.headers_mut());
        page
    }

    fn refused(&self, why: &Refused) -> Response<Bytes> {
        match why {
            Refused::Malformed => {
                let status = StatusCode::BAD_REQUEST;
                self.page(status, view::refused(self.strings, status))
            }
            Refused::Closed => self.page(StatusCode::FORBIDDEN, view::closed(self.strings)),
            Refused::Foreign => {
                tracing::info!(status = 403, "refused: no form of the operator's pages");
                self.page(StatusCode::FORBIDDEN, view::foreign(self.strings))
            }
            Refused::Admin(error) => {
                let status = error.status();
                if status.is_server_error() {
                    tracing::error!(%error, "no page for the operator");
                }
                self.page(status, view::refused(self.strings, status))
            }
        }
    }
}

/// The name that was asked for, with its port.
fn host<'a>(visit: &Visit<'a>) -> &'a str {
    let named = visit.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    named.or(visit.uri.authority().map(|authority| authority.as_str())).unwrap_or_default()
}

/// The address, which then says that something was done there.
fn told_done(place: String) -> String {
    let joint = if place.contains('?') { '&' } else { '?' };
    format!("{place}{joint}done=1")
}

fn one<'a>(form: &'a Form<'_>, name: &str) -> Result<Option<&'a str>, Refused> {
    form.one(name).map_err(|_| Refused::Malformed)
}

fn protocol(query: &Form<'_>) -> Result<Option<Protocol>, Refused> {
    one(query, "protocol")?.map(|name| protocol_named(name).ok_or(Refused::Malformed)).transpose()
}

fn after(query: &Form<'_>) -> Result<Option<Digest>, Refused> {
    let decode = |text: &str| base64url::decode_array(text.as_bytes()).map(Digest::from_bytes);
    one(query, "after")?.map(|text| decode(text).ok_or(Refused::Malformed)).transpose()
}

/// Where the next page begins, as it stands in its address.
fn cursor(id: Digest) -> String {
    base64url::encode(id.as_bytes())
}

impl From<Malformed> for Refused {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<AdminError> for Refused {
    fn from(error: AdminError) -> Self {
        Self::Admin(error)
    }
}
