//! A whole world: one server, one API, one store, one clock.

mod clients;
mod fetcher;
mod http_messages;
mod store;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use oauth_sansio::{Answer, Moment, Person, Prompt, Reply, Timestamp};
use oauth2_core::{
    jose::{LocalSigner, Signer as _},
    pkce::Verifier,
    resource::{self, Grant},
    server::{
        AuthorizationServer, Client, Config, Endpoint, Extended, Extension, Facts, Reason, Step, Verdict,
        Wanted,
    },
};

pub(crate) use clients::*;
pub(crate) use fetcher::Web;
pub(crate) use http_messages::*;
pub(crate) use store::Store;

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
pub(crate) const SECRET: &str = "a secret+with%odd:characters";
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) api: resource::Verifier,
    pub(crate) store: RefCell<Store>,
    pub(crate) now: Cell<u64>,
    seed: Cell<u64>,
    /// Who is logged in in every browser.
    pub(crate) logged_in: RefCell<Option<Person>>,
    /// What the operator says.
    pub(crate) operator: RefCell<Operator>,
    /// What the operator was asked.
    pub(crate) asked: RefCell<Vec<String>>,
    /// What there is to fetch.
    pub(crate) web: Web,
    /// What tokens are signed with.
    pub(crate) keys: Vec<LocalSigner>,
}

/// What the operator says to each of its questions.
pub(crate) struct Operator {
    pub(crate) verdict: Verdict,
    pub(crate) extend: fn(&Extension) -> Option<Extended>,
}

impl Default for Operator {
    fn default() -> Self {
        Self { verdict: Verdict::AS_PROPOSED, extend: |_| None }
    }
}

impl World {
    /// With four clients: `web` (confidential), `native` (public), `other` (confidential), `machine`.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(ISSUER.parse().unwrap());
        config.scopes = scopes("read write admin");
        change(&mut config);
        let world = Self {
            server: AuthorizationServer::new(config).unwrap(),
            api: resource::Verifier::new(resource::Config::default()).unwrap(),
            store: RefCell::default(),
            now: Cell::new(START),
            seed: Cell::new(0),
            logged_in: RefCell::default(),
            operator: RefCell::default(),
            asked: RefCell::default(),
            web: Web::default(),
            keys: Vec::new(),
        };
        for client in [web(), native(), Client { client_id: "other".into(), ..web() }, machine()] {
            client.check().unwrap();
            world.register(client);
        }
        world
    }

    pub(crate) fn moment(&self) -> Moment {
        self.seed.set(self.seed.get() + 1);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.get().to_be_bytes());
        Moment::new(Timestamp::from_unix(self.now.get()), seed)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + seconds);
    }

    pub(crate) fn receive(&self, endpoint: Endpoint, request: Request<Bytes>) -> Step {
        self.server.receive(endpoint, &request, self.moment())
    }

    /// Drives a step to its reply. `answer` is what the person says if asked.
    pub(crate) fn drive(&self, mut step: Step, answer: Option<Answer>) -> Reply<Reason> {
        loop {
            step = match step {
                Step::Interact(pause) => pause.answer(answer.clone().expect("nobody to ask"), self.moment()),
                Step::Reply(reply) => return *reply,
                other => self.advance(other),
            }
        }
    }

    /// Answers one question for the store.
    pub(crate) fn advance(&self, step: Step) -> Step {
        match step {
            Step::Load(pause) => {
                let facts = self.load(pause.wanted());
                pause.resume(facts, self.moment())
            }
            Step::Fetch(pause) => {
                let answer = self.web.fetch(pause.wanted(), self.now.get());
                pause.answer(answer, self.moment())
            }
            Step::Commit(pause) => {
                let outcome = self.store.borrow_mut().commit(pause.batch());
                pause.settle(outcome)
            }
            Step::Sign(pause) => {
                let key = self.keys.iter().find(|key| key.key_id() == pause.key_id()).expect("a key");
                let signature = key.sign(pause.input()).unwrap();
                pause.signed(&signature, self.moment())
            }
            Step::Identify(pause) => {
                let person = self.logged_in.borrow().clone();
                pause.answer(person, self.moment())
            }
            Step::Review(pause) => {
                self.asked.borrow_mut().push(format!("review {}", pause.proposal().grant.as_str()));
                let verdict = self.operator.borrow().verdict.clone();
                pause.reviewed(verdict, self.moment())
            }
            Step::Verify(pause) => {
                self.asked.borrow_mut().push("verify".into());
                let known = (pause.username(), pause.password().expose()) == ("ann", "nna");
                pause.verified(known.then(|| "ann".into()), self.moment())
            }
            Step::Extend(pause) => {
                self.asked.borrow_mut().push(format!("extend {}", pause.extension().grant_type));
                let extended = (self.operator.borrow().extend)(pause.extension());
                pause.extended(extended, self.moment())
            }
            Step::Migrate(pause) => pause.migrated(None, self.moment()),
            other => other,
        }
    }

    pub(crate) fn load(&self, wanted: &Wanted) -> Facts {
        self.store.borrow_mut().load(wanted)
    }

    // ---- requests

    /// `GET` of the authorization endpoint.
    pub(crate) fn authorize(&self, parameters: &[(&str, &str)]) -> Reply<Reason> {
        let step = self.receive(Endpoint::Authorize, get("/oauth2/authorize", parameters, &[]));
        self.drive(step, None)
    }

    /// A visit of the consent page by a browser with these headers; `None` only looks at the page.
    pub(crate) fn consent(
        &self,
        location: &str,
        cookie: Option<&str>,
        answer: Option<Answer>,
    ) -> Reply<Reason> {
        self.drive(self.visit(location, cookie), answer)
    }

    pub(crate) fn visit(&self, location: &str, cookie: Option<&str>) -> Step {
        let mut request = Request::post(location);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.receive(Endpoint::Consent, request.body(Bytes::new()).unwrap())
    }

    /// A visit of the consent page by `GET`, up to the page that is shown or the reply.
    pub(crate) fn look(&self, location: &str, cookie: &str) -> Result<Reply<Reason>, Prompt> {
        let request = Request::get(location).header(header::COOKIE, cookie).body(Bytes::new()).unwrap();
        let mut step = self.receive(Endpoint::Consent, request);
        loop {
            step = match step {
                Step::Interact(pause) => return Err(pause.prompt().clone()),
                Step::Reply(reply) => return Ok(*reply),
                other => self.advance(other),
            }
        }
    }

    /// A post to the token endpoint.
    pub(crate) fn token(&self, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Reply<Reason> {
        self.drive(self.token_step(headers, parameters), None)
    }

    pub(crate) fn token_step(&self, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Step {
        self.receive(Endpoint::Token, post("/oauth2/token", headers, parameters))
    }

    /// A request for a protected resource.
    pub(crate) fn api(&self, token: &str) -> Result<Grant, Reply<resource::Reason>> {
        let request = Request::get("/photos").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.protected(&self.api, &request.body(Bytes::new()).unwrap())
    }

    pub(crate) fn protected(
        &self,
        api: &resource::Verifier,
        request: &Request<Bytes>,
    ) -> Result<Grant, Reply<resource::Reason>> {
        let mut step = api.receive(request, self.moment());
        loop {
            step = match step {
                resource::Step::Load(pause) => {
                    let facts = self.load(pause.wanted());
                    pause.resume(facts, self.moment())
                }
                resource::Step::Commit(pause) => {
                    let outcome = self.store.borrow_mut().commit(pause.batch());
                    pause.settle(outcome)
                }
                resource::Step::Admit(grant) => return Ok(Arc::unwrap_or_clone(grant)),
                resource::Step::Reply(reply) => return Err(*reply),
                other => panic!("nothing is learnt elsewhere: {other:?}"),
            };
        }
    }

    // ---- whole dances

    /// An authorization request of `client_id`, ready to be sent or changed.
    pub(crate) fn request<'a>(&self, client_id: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", if client_id == "native" { "http://127.0.0.1:5000/cb" } else { CALLBACK }),
            ("scope", "read write"),
            ("state", "st"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]
    }

    /// From the authorization request to the code, for a person called `ann`.
    pub(crate) fn code(&self, client_id: &str) -> Issued {
        let verifier = Verifier::generate(&mut self.moment().entropy());
        let challenge = verifier.challenge().to_string();
        let reply = self.authorize(&self.request(client_id, &challenge));
        let (consent, cookie) = (location(&reply.response), cookie(&reply.response));
        let reply = self.consent(&consent, Some(&cookie), allow());
        assert_eq!(reply.reason, None);
        let code = query(&location(&reply.response))["code"].clone();
        Issued { code, verifier: verifier.expose().to_owned() }
    }

    /// From the authorization request to the tokens.
    pub(crate) fn tokens(&self, client_id: &str) -> Tokens {
        let issued = self.code(client_id);
        Tokens::of(&self.redeem(client_id, &issued))
    }

    pub(crate) fn redeem(&self, client_id: &str, issued: &Issued) -> Reply<Reason> {
        self.drive(self.redeem_step(client_id, issued), None)
    }

    pub(crate) fn redeem_step(&self, client_id: &str, issued: &Issued) -> Step {
        self.as_client(
            client_id,
            &[
                ("grant_type", "authorization_code"),
                ("code", &issued.code),
                ("code_verifier", &issued.verifier),
            ],
        )
    }

    pub(crate) fn refresh(&self, client_id: &str, token: &str) -> Reply<Reason> {
        self.drive(self.refresh_step(client_id, token), None)
    }

    pub(crate) fn refresh_step(&self, client_id: &str, token: &str) -> Step {
        self.as_client(client_id, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// A token request with the client's right credentials.
    pub(crate) fn as_client(&self, client_id: &str, parameters: &[(&str, &str)]) -> Step {
        match client_id {
            "native" => self.token_step(&[], &[parameters, &[("client_id", client_id)]].concat()),
            _ => self.token_step(&[("authorization", &basic(client_id, SECRET))], parameters),
        }
    }
}
pub(crate) struct Issued {
    pub(crate) code: String,
    pub(crate) verifier: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) scope: String,
}

impl Tokens {
    pub(crate) fn of(reply: &Reply<Reason>) -> Self {
        assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
        let body = json(&reply.response);
        let text = |name| body[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), scope: text("scope") }
    }
}
