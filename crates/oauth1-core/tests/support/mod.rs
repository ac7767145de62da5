//! A world in memory: a provider, a resource, a store of maps, and a clock that is moved by hand.
#![allow(
    dead_code,
    clippy::result_large_err,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test; each file uses a part of it"
)]

pub mod app;
pub mod client;
pub mod profiles;
mod signer;
mod store;

use std::time::Duration;

use bytes::Bytes;
use http::{
    Request, Response, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
};
use oauth_sansio::{Answer, Moment, Prompt, Reply, Secret, Timestamp, form};
use oauth1_core::{
    resource::{self, Grant, Verifier},
    server::{self, Callbacks, Client, Provider, Reason, Step},
    signature::{AllowedMethods, Methods, Plaintext},
};
use url::Url;

pub use signer::Signer;
pub use store::Store;

pub const ORIGIN: &str = "https://photos.example.net";
pub const CALLBACK: &str = "https://printer.example.com/ready?order=7";
pub const PHOTOS: &str = "https://photos.example.net/photos?file=vacation.jpg&size=original";

/// Everything that a test needs.
pub struct World {
    pub provider: Provider,
    pub verifier: Verifier,
    pub store: Store,
    pub now: Timestamp,
    /// What the person answers, when asked.
    pub answer: Answer,
    /// What the person was asked last.
    pub asked: Option<Prompt>,
    /// The person's browser.
    pub cookie: Option<String>,
    count: u8,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {}, |_| {})
    }

    pub fn with(
        provider: impl FnOnce(&mut server::Config),
        resource: impl FnOnce(&mut resource::Config),
    ) -> Self {
        let origin = Url::parse(ORIGIN).unwrap();
        let mut config = server::Config::new(origin.clone());
        config.realms = vec!["photos".into(), "albums".into()];
        provider(&mut config);
        let mut resource_config = resource::Config::new(origin);
        resource(&mut resource_config);
        let mut store = Store::default();
        store.register(printer());
        Self {
            provider: Provider::new(config).unwrap(),
            verifier: Verifier::new(resource_config).unwrap(),
            store,
            now: Timestamp::from_unix(1_800_000_000),
            answer: Answer::allowed("jane"),
            asked: None,
            cookie: None,
            count: 0,
        }
    }

    /// Both roles take PLAINTEXT; the printer may use it, too.
    pub fn with_plaintext() -> Self {
        let methods = || Methods::recommended().with(std::sync::Arc::new(Plaintext));
        let mut world = Self::with(|config| config.methods = methods(), |config| config.methods = methods());
        let methods = AllowedMethods::new(["HMAC-SHA1", "PLAINTEXT"]);
        world.store.register(Client { methods, ..printer() });
        world
    }

    pub fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    pub fn moment(&mut self) -> Moment {
        self.count = self.count.checked_add(1).expect("fewer than 256 moments in a test");
        Moment::new(self.now, [self.count; 32])
    }

    /// Sends a request to the endpoint of its path.
    pub fn send(&mut self, request: &Request<Bytes>) -> Reply<Reason> {
        let step = self.receive(request);
        self.finish(step)
    }

    /// Sends requests that are all decided before the first of them is committed.
    pub fn send_at_the_same_time(&mut self, requests: &[Request<Bytes>]) -> Vec<Reply<Reason>> {
        let decided: Vec<_> = requests
            .iter()
            .map(|request| {
                let Step::Load(load) = self.receive(request) else { panic!("no load") };
                let facts = self.store.load(load.wanted());
                load.resume(facts, self.moment())
            })
            .collect();
        decided.into_iter().map(|step| self.finish(step)).collect()
    }

    fn receive(&mut self, request: &Request<Bytes>) -> Step {
        let endpoint = self.provider.endpoint(request.uri().path()).expect("an endpoint");
        let moment = self.moment();
        self.provider.receive(endpoint, request, moment)
    }

    fn finish(&mut self, mut step: Step) -> Reply<Reason> {
        loop {
            step = match step {
                Step::Load(pause) => {
                    let facts = self.store.load(pause.wanted());
                    pause.resume(facts, self.moment())
                }
                Step::Interact(pause) => {
                    self.asked = Some(pause.prompt().clone());
                    pause.answer(self.answer.clone(), self.moment())
                }
                Step::Commit(pause) => {
                    let outcome = self.store.commit(pause.batch());
                    pause.settle(outcome)
                }
                Step::Reply(reply) => return *reply,
            };
        }
    }

    /// Sends a request to the protected resource.
    pub fn fetch(&mut self, request: &Request<Bytes>) -> Result<Grant, Reply<Reason>> {
        let moment = self.moment();
        let mut step = self.verifier.receive(request, moment);
        loop {
            step = match step {
                resource::Step::Load(pause) => {
                    let facts = self.store.load(pause.wanted());
                    pause.resume(facts, self.moment())
                }
                resource::Step::Commit(pause) => {
                    let outcome = self.store.commit(pause.batch());
                    pause.settle(outcome)
                }
                resource::Step::Admit(grant) => return Ok(grant),
                resource::Step::Reply(reply) => return Err(*reply),
            };
        }
    }

    pub fn fetch_refused(&mut self, request: &Request<Bytes>) -> Reason {
        self.fetch(request).expect_err("it should have been refused").reason.unwrap()
    }

    pub fn send_refused(&mut self, request: &Request<Bytes>) -> Reason {
        self.send(request).reason.expect("it should have been refused")
    }

    /// A signer for the printer, at the world's time.
    pub fn printer(&self) -> Signer {
        Signer::new("printer", "printer secret", self.now)
    }

    /// Temporary credentials for the printer.
    pub fn temporary(&mut self, callback: &str) -> Credentials {
        self.temporary_with_nonce(callback, "temporary")
    }

    pub fn temporary_with_nonce(&mut self, callback: &str, nonce: &str) -> Credentials {
        let request = self
            .printer()
            .nonce(nonce)
            .with("oauth_callback", callback)
            .post(&self.url(server_paths().temporary));
        credentials(&self.send(&request))
    }

    /// Opens a URL of the provider in the person's browser, follows it while it stays there, and gives the last
    /// reply.
    pub fn browse(&mut self, url: &str) -> Reply<Reason> {
        let mut url = url.to_owned();
        loop {
            let mut request = Request::get(&url);
            if let Some(cookie) = &self.cookie {
                request = request.header(COOKIE, cookie);
            }
            let reply = self.send(&request.body(Bytes::new()).unwrap());
            if let Some(set) = reply.response.headers().get(SET_COOKIE) {
                self.cookie = Some(set.to_str().unwrap().split(';').next().unwrap().to_owned());
            }
            match location(&reply.response) {
                Some(next) if next.starts_with(ORIGIN) => url = next,
                _ => return reply,
            }
        }
    }

    pub fn authorize(&mut self, token: &str) -> Reply<Reason> {
        let url = format!("{}?oauth_token={token}", self.url(server_paths().authorize));
        self.browse(&url)
    }

    /// The verifier that the person's browser carries to the callback.
    pub fn verifier(&mut self, token: &str) -> String {
        let reply = self.authorize(token);
        query_of(&location(&reply.response).expect("a redirect"), "oauth_verifier").expect("a verifier")
    }

    pub fn token_request(&self, temporary: &Credentials, verifier: &str) -> Request<Bytes> {
        let signer = self.printer().nonce("token").token(temporary).with("oauth_verifier", verifier);
        signer.post(&self.url(server_paths().token))
    }

    /// The whole dance.
    pub fn token(&mut self) -> Credentials {
        let temporary = self.temporary(CALLBACK);
        let verifier = self.verifier(&temporary.token);
        let request = self.token_request(&temporary, &verifier);
        credentials(&self.send(&request))
    }

    pub fn url(&self, path: String) -> String {
        format!("{ORIGIN}{path}")
    }
}

pub fn server_paths() -> server::Paths {
    server::Paths::default()
}

pub fn printer() -> Client {
    Client {
        client_id: "printer".into(),
        name: "Printer".into(),
        secret: Secret::new("printer secret"),
        public_key: None,
        callbacks: Callbacks::Registered(vec![CALLBACK.into(), "oob".into()]),
        methods: AllowedMethods::default(),
    }
}

pub fn other_client() -> Client {
    Client {
        client_id: "other".into(),
        name: "Other".into(),
        secret: Secret::new("other secret"),
        public_key: None,
        ..printer()
    }
}

/// An identifier and its secret.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub token: String,
    pub secret: Secret,
}

/// The credentials of a reply that grants them.
pub fn credentials(reply: &Reply<Reason>) -> Credentials {
    assert_eq!(reply.reason, None);
    assert_eq!(reply.response.status(), StatusCode::OK);
    Credentials {
        token: parameter(&reply.response, "oauth_token").unwrap(),
        secret: parameter(&reply.response, "oauth_token_secret").unwrap().into(),
    }
}

pub fn parameter(response: &Response<Bytes>, name: &str) -> Option<String> {
    let form = form::Form::parse(response.body(), &form::Limits::default()).unwrap();
    form.one(name).unwrap().map(str::to_owned)
}

pub fn location(response: &Response<Bytes>) -> Option<String> {
    response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned())
}

pub fn query_of(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}
