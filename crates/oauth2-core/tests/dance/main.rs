//! The client core against the server core: whole dances in memory, with a clock that is moved by hand and no network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::result_large_err,
    reason = "tests"
)]

mod attacked;
mod authenticated;
mod bound;
mod described;
mod devices;
mod extensions;
mod pushed;
mod registered;
mod rich;
mod signed;
mod straight;
#[path = "../server/world/mod.rs"]
#[allow(dead_code, reason = "shared with the server's tests, which use more of it")]
mod world;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use oauth_sansio::{Answer, Exchange, Outgoing, Progress, Timestamp};
use oauth2_core::{
    client::{
        CallbackFailed, Client, ClientAuthentication, Config, Discovery, Error, Pending, Server,
        TokenExchange, Tokens,
    },
    metadata::Transport,
    resource::Grant,
    server::Endpoint,
};
use world::{CALLBACK, ISSUER, SECRET, World, cookie, location, query};

/// An application with its client at the world's server: confidential, discovered.
struct App {
    world: World,
    client: Client,
}

impl App {
    fn new() -> Self {
        let world = World::new();
        let client = client(&world, "web");
        Self { world, client }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.world.now.get())
    }

    fn start(&self) -> (url::Url, Pending) {
        self.client.authorize().scope("read write").start(self.world.moment()).unwrap()
    }

    /// The browser goes to the server, the person answers, the browser is sent back.
    fn browse(&self, url: &url::Url, answer: Option<Answer>) -> Uri {
        // A browser keeps a fragment to itself.
        location(&self.decide(url, answer)).trim_end_matches('#').parse().unwrap()
    }

    /// The same, up to what the server then says to the browser.
    fn decide(&self, url: &url::Url, answer: Option<Answer>) -> Response<Bytes> {
        let request = Request::get(url.as_str()).body(Default::default()).unwrap();
        let reply = self.world.drive(self.world.receive(Endpoint::Authorize, request), None);
        assert_eq!(reply.reason, None);
        self.world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer).response
    }

    /// From nothing to the request for tokens.
    fn until_code(&self) -> TokenExchange {
        let (url, pending) = self.start();
        let back = self.browse(&url, world::allow());
        self.callback(pending, &back).unwrap()
    }

    fn callback(&self, pending: Pending, back: &Uri) -> Result<TokenExchange, CallbackFailed> {
        pending.callback(&self.client, back, self.now())
    }

    fn run<E: Exchange>(&self, exchange: E) -> Result<E::Done, E::Error> {
        run(&self.world, exchange)
    }

    fn tokens(&self) -> Tokens {
        self.run(self.until_code()).unwrap()
    }

    fn refresh(&self, tokens: &Tokens) -> Result<Tokens, Error> {
        self.run(self.client.refresh(tokens.refresh_token.as_ref().unwrap()))
    }

    /// A request with these tokens, at the API; `None` when it is turned away.
    fn photos(&self, tokens: &Tokens) -> Option<Grant> {
        let mut request = Request::get("/photos").body(Default::default()).unwrap();
        tokens.authorize(&mut request).unwrap();
        self.world.protected(&self.world.api, &request).ok()
    }
}

/// A client that found the world's server by its metadata.
fn client(world: &World, client_id: &str) -> Client {
    let metadata = run(world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), client_id);
    match client_id {
        "native" => config.redirect_uri = Some("http://127.0.0.1:5000/cb".into()),
        _ => {
            config.redirect_uri = Some(CALLBACK.into());
            config.authentication = ClientAuthentication::SecretBasic(SECRET.into());
        }
    }
    Client::new(config).unwrap()
}

/// The adapter for a network that is a function call.
fn run<E: Exchange>(world: &World, mut exchange: E) -> Result<E::Done, E::Error> {
    loop {
        let Outgoing { request, .. } = exchange.request(world.moment())?;
        let endpoint = world.server.endpoint(request.uri().path()).expect("the server has this endpoint");
        let reply = world.drive(world.receive(endpoint, request), None);
        exchange = match exchange.response(reply.response, world.moment())? {
            Progress::Done(done) => return Ok(done),
            Progress::Again(next) => next,
            Progress::Wait(until, next) => {
                world.pass(until.since(Timestamp::from_unix(world.now.get())).as_secs());
                next
            }
        };
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
