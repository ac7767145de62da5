//! The playground: an application beside a provider for trying things out, which shows everything that it does.
//!
//! It is the application of both dances, with the client cores of this workspace and a client of its own, and it sends its
//! requests over a socket to the provider that it stands in, like everybody. What is drawn is what was sent and what arrived;
//! why something was refused, the core has told ([`Why`](why::Why)). Each step can be broken, by an alteration of the real
//! message ([`Alter`](alter::Alter)).
//!
//! It is there for development only: it shows secrets, if those of its own clients alone.

pub(crate) mod alter;
mod api;
pub(crate) mod message;
mod oauth1;
mod oauth2;
pub(crate) mod run;
mod runs;
mod seen;
mod stage;
pub(crate) mod story;
pub(crate) mod why;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Body;
use oauth_clock::{Clock, NoEntropy};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{Limits, Visit, receive, seal};
use oauth_sansio::Secret;
use oauth_store::IssuerStore;
use oauth1_core::server as server1;
use oauth2_core::server as server2;
use tokio::sync::Mutex;

use crate::config::Settings;
use crate::cookie::{SessionCookie, Whose};
use crate::entrance::{Entrance, form_token, redirect};
use crate::page::{Forms, Policy};
use crate::serve::StartError;
use crate::views::playground as view;
use crate::{LoginConsent, Unavailable};
use api::Api;
use run::{Kind, Run, Then};
use runs::Runs;
use seen::{Seen, head_of};
use stage::Stage;

/// Where the page is. The callbacks and the API are below.
pub(crate) const PATH: &str = "/playground";

const API: &str = "/playground/api";

/// What the forms of this page are.
const FORM: &str = "playground form";

/// The application, as both protocols know it.
const CLIENT_ID: &str = "playground";

/// The API, as the authorization server knows it: it may ask about tokens that are for no API in particular.
pub(crate) const API_CLIENT_ID: &str = "playground-api";

/// Shows both dances. Clones are one.
#[derive(Clone)]
pub(crate) struct Playground(Arc<Inner>);

struct Inner {
    entrance: Entrance,
    cookie: SessionCookie,
    policy: Policy,
    stage: Stage,
    api: Api,
    runs: Runs,
    limits: Limits,
    /// Who can log in.
    person: &'static str,
}

/// A request to the provider that a story tells of, if it is told how it was answered.
pub(crate) struct Watch {
    head: Request<()>,
    of: Watched,
}

enum Watched {
    /// The application sent it.
    Application(Seen, String),
    /// The browser did.
    Browser(Arc<Mutex<Run>>),
}

impl Playground {
    /// Registers the application and the API, under secrets that are made anew at each start.
    pub(crate) async fn new(
        pages: &LoginConsent,
        settings: &Settings,
        store: &IssuerStore,
        clock: Arc<dyn Clock>,
        person: &'static str,
    ) -> Result<Self, StartError> {
        let entrance = pages.entrance().clone();
        let first: Vec<_> = settings.scopes.keys().take(1).cloned().collect();
        let realms = settings.oauth1()?.map(|oauth1| oauth1.realms);
        let stage = Stage {
            origin: settings.origin()?,
            issuer: settings.issuer_url()?.as_str().trim_end_matches('/').to_owned(),
            secret: clock.moment()?.entropy().text(),
            api_secret: clock.moment()?.entropy().text(),
            scopes: settings.scopes_of("scopes", &first)?,
            realm: realms.map(|realms| realms.into_iter().next().unwrap_or_default()),
            http: Http::new().timeout(stage::PATIENCE),
            seen: Seen::default(),
            clock: clock.clone(),
        };
        register(&stage, store).await?;
        let api = Api::new(store.clone(), &stage, clock)?;
        Ok(Self(Arc::new(Inner {
            cookie: SessionCookie { whose: Whose::Player, ..entrance.cookie },
            policy: Policy::of(view::STYLE),
            entrance,
            stage,
            api,
            runs: Runs::default(),
            limits: Limits::default(),
            person,
        })))
    }

    /// Whether a path is the playground's.
    pub(crate) fn serves(&self, path: &str) -> bool {
        path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Looks at a request to the provider, or to the API, before it is answered.
    pub(crate) fn watch<B>(&self, request: &Request<B>) -> Option<Watch> {
        let Inner { stage, runs, cookie, .. } = &*self.0;
        let of = match stage.seen.mark(request) {
            Some(mark) => Watched::Application(stage.seen.clone(), mark),
            None => {
                let now = stage.moment().ok()?.now();
                Watched::Browser(runs.find(&cookie.read(request.headers())?, now)?)
            }
        };
        Some(Watch { head: head_of(request), of })
    }

    /// Answers one request.
    pub(crate) async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if request.uri().path() == API {
            let watch = self.watch(&request);
            let answer = self.0.api.answer(request).await;
            if let Some(watch) = watch {
                watch.answered(&answer).await;
            }
            return answer;
        }
        let Inner { entrance, limits, .. } = &*self.0;
        let answer = match receive(request, limits, None).await {
            Ok(request) => self.page(&request).await,
            Err(status) => return entrance.refusal(status),
        };
        seal(answer.unwrap_or_else(|error| entrance.failure(&error)))
    }

    async fn page(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Unavailable> {
        let Inner { entrance, stage, .. } = &*self.0;
        let visit = Visit::of(request);
        // Under another name of this machine the browser would keep other cookies, and come back to this one.
        if let Some(place) = self.elsewhere(request) {
            return Ok(redirect(&place, None));
        }
        match (visit.method, visit.uri.path()) {
            (&Method::GET | &Method::HEAD, PATH) => self.shown(&visit).await,
            (&Method::POST, PATH) => self.done(&visit).await,
            (&Method::GET, oauth1::CALLBACK | oauth2::CALLBACK) => {
                let Some(run) = self.run(&visit)? else { return Ok(entrance.refusal(StatusCode::FORBIDDEN)) };
                match run.lock().await.back(stage, visit.uri)? {
                    // Neither going back nor reloading brings the code a second time, and no address bar keeps it.
                    true => Ok(redirect(PATH, None)),
                    false => Ok(entrance.refusal(StatusCode::BAD_REQUEST)),
                }
            }
            (_, PATH) => {
                let mut refused = entrance.refusal(StatusCode::METHOD_NOT_ALLOWED);
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                Ok(refused)
            }
            _ => Ok(entrance.refusal(StatusCode::NOT_FOUND)),
        }
    }

    /// The same page at the provider's own address, if the browser has it under another one.
    fn elsewhere(&self, request: &Request<Bytes>) -> Option<String> {
        let origin = &self.0.stage.origin;
        let host = request.headers().get(header::HOST)?.to_str().ok()?;
        let own = origin.as_str().split_once("://")?.1.trim_end_matches('/');
        (host != own).then(|| self.0.stage.url(PATH).to_string())
    }

    fn run(&self, visit: &Visit<'_>) -> Result<Option<Arc<Mutex<Run>>>, Unavailable> {
        let Inner { stage, runs, cookie, .. } = &*self.0;
        let now = stage.moment()?.now();
        Ok(cookie.read(visit.headers).and_then(|cookie| runs.find(&cookie, now)))
    }

    async fn shown(&self, visit: &Visit<'_>) -> Result<Response<Bytes>, Unavailable> {
        let Inner { entrance, person, stage, cookie, policy, .. } = &*self.0;
        let known = cookie.read(visit.headers);
        let is_new = known.is_none();
        let secret = match known {
            Some(secret) => secret,
            None => stage.moment()?.entropy().text(),
        };
        let token = form_token(FORM, &secret);
        let page = match self.run(visit)? {
            Some(run) => view::run(entrance.strings, &*run.lock().await, &token),
            None => view::start(entrance.strings, person, &self.kinds(), &token),
        };
        let mut answer = policy.page(StatusCode::OK, Forms::Stay, page);
        let cookie = cookie.set(&secret).filter(|_| is_new);
        answer.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        Ok(answer)
    }

    /// A form of the page was sent.
    async fn done(&self, visit: &Visit<'_>) -> Result<Response<Bytes>, Unavailable> {
        let Inner { entrance, stage, cookie, runs, .. } = &*self.0;
        let refused = |status| Ok(entrance.refusal(status));
        let Ok(form) = visit.form() else { return refused(StatusCode::BAD_REQUEST) };
        let one = |name| form.one(name).ok().flatten().unwrap_or_default();
        // Before anything is looked at: it may be somebody else's page that sends the form.
        let Some(secret) = cookie.read(visit.headers) else { return refused(StatusCode::FORBIDDEN) };
        if form_token(FORM, &secret) != Secret::new(one("form_token")) {
            return refused(StatusCode::FORBIDDEN);
        }
        match one("do") {
            view::BEGIN => {
                let kind = self.kinds().into_iter().find(|kind| kind.name() == one("dance"));
                let Some(kind) = kind else { return refused(StatusCode::BAD_REQUEST) };
                runs.begin(&secret, Run::new(kind), stage.moment()?.now());
            }
            view::END => runs.end(&secret),
            view::GO_ON => {
                let Some(run) = self.run(visit)? else { return Ok(redirect(PATH, None)) };
                let step = self.clone().step(run, one("at").to_owned(), one("break").to_owned());
                // It is made to its end, also where the browser goes away meanwhile, as it does after a double click.
                if let Then::To(place) = tokio::spawn(step).await.map_err(Unavailable::new)?? {
                    return Ok(redirect(&place, None));
                }
            }
            _ => return refused(StatusCode::BAD_REQUEST),
        }
        Ok(redirect(PATH, None))
    }

    /// Makes one step of a story, unless it was made already: whoever presses twice has pressed on a page that is over.
    async fn step(self, run: Arc<Mutex<Run>>, at: String, broken: String) -> Result<Then, NoEntropy> {
        let mut run = run.lock().await;
        match run.story.steps().len().to_string() == at {
            true => run.go_on(&self.0.stage, &broken).await,
            false => Ok(Then::Stay),
        }
    }

    /// The dances that the provider knows.
    fn kinds(&self) -> Vec<Kind> {
        let is_spoken = |kind: &Kind| *kind != Kind::OAuth1 || self.0.stage.realm.is_some();
        Kind::ALL.into_iter().filter(is_spoken).collect()
    }
}

impl Watch {
    /// Tells how it was answered.
    pub(crate) async fn answered(self, answer: &Response<Bytes>) {
        match self.of {
            Watched::Application(seen, mark) => seen.arrived(&mark, self.head, answer),
            Watched::Browser(run) => run.lock().await.saw(&self.head, answer),
        }
    }
}

/// The same application for both protocols, which is called back here; and the API.
async fn register(stage: &Stage, store: &IssuerStore) -> Result<(), StartError> {
    let name = "Playground";
    let client2 = server2::Client {
        name: name.to_owned(),
        authentication: server2::Authentication::secret(&stage.secret, server2::SecretMethods::Basic),
        redirect_uris: vec![stage.url(oauth2::CALLBACK).to_string()],
        application: server2::Application::Web,
        grants: vec![server2::GrantType::AuthorizationCode, server2::GrantType::RefreshToken],
        scopes: stage.scopes.clone(),
        ..server2::Client::new(CLIENT_ID)
    };
    let client1 = server1::Client {
        client_id: CLIENT_ID.to_owned(),
        name: name.to_owned(),
        secret: stage.secret.clone(),
        public_key: None,
        callbacks: server1::Callbacks::Registered(vec![stage.url(oauth1::CALLBACK).to_string()]),
        methods: Default::default(),
    };
    let api = server2::Client {
        name: "Playground's API".to_owned(),
        authentication: server2::Authentication::secret(&stage.api_secret, server2::SecretMethods::Basic),
        ..server2::Client::new(API_CLIENT_ID)
    };
    store.register_oauth2(client2).await?;
    store.register_oauth2(api).await?;
    store.register_oauth1(client1).await?;
    Ok(())
}
