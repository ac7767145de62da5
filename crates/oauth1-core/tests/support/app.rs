//! The application, as its developers wrote it.

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::{Exchange, Progress, Reply};
use oauth1_core::{
    client::{self, Callback, CallbackError, Client, Config, Pending, TokenCredentials, TokenExchange},
    resource::Grant,
    server::Reason,
};
use url::Url;

use super::{CALLBACK, PHOTOS, World, location, server_paths};

/// The printer, as its developers wrote it.
pub struct App(pub Client);

impl App {
    pub fn new(world: &World) -> Self {
        Self::with(world, |_| {})
    }

    pub fn with(world: &World, change: impl FnOnce(&mut Config)) -> Self {
        let paths = server_paths();
        let url = |path| Url::parse(&world.url(path)).unwrap();
        let mut provider =
            client::Provider::new(url(paths.temporary), url(paths.authorize), url(paths.token));
        provider.realm = Some("photos".into());
        let mut config = Config::new("printer", "printer secret", provider);
        change(&mut config);
        Self(Client::new(config).unwrap())
    }

    pub fn begin(&self, world: &mut World, callback: Callback) -> Pending {
        run(world, self.0.temporary_credentials(callback)).unwrap()
    }

    /// The person goes to the provider and comes back with this URL.
    pub fn authorize(&self, world: &mut World, pending: &Pending) -> Reply<Reason> {
        world.browse(pending.authorization_url(&self.0).as_str())
    }

    pub fn come_back(&self, world: &mut World, pending: &Pending) -> Result<TokenExchange, CallbackError> {
        let reply = self.authorize(world, pending);
        pending.callback(&self.0, &location(&reply.response).unwrap().parse().unwrap())
    }

    pub fn connect(&self, world: &mut World) -> TokenCredentials {
        let pending = self.begin(world, callback());
        let exchange = self.come_back(world, &pending).unwrap();
        run(world, exchange).unwrap()
    }

    pub fn photo(&self, world: &mut World, token: &TokenCredentials) -> Result<Grant, Reason> {
        let request = self.photo_request(world, token);
        world.fetch(&request).map_err(|reply| reply.reason.unwrap())
    }

    pub fn photo_request(&self, world: &mut World, token: &TokenCredentials) -> Request<Bytes> {
        let mut request = Request::get(PHOTOS).body(Bytes::new()).unwrap();
        self.0.sign(&mut request, Some(token), world.moment()).unwrap();
        request
    }
}

pub fn callback() -> Callback {
    Callback::Uri(Url::parse(CALLBACK).unwrap())
}

/// The loop that an adapter is.
pub fn run<E: Exchange>(world: &mut World, mut exchange: E) -> Result<E::Done, StatusCode> {
    loop {
        let outgoing = exchange.request(world.moment()).unwrap_or_else(|_| panic!("no request"));
        let response = world.send(&outgoing.request).response;
        let status = response.status();
        exchange = match exchange.response(response, world.moment()) {
            Ok(Progress::Done(done)) => return Ok(done),
            Ok(Progress::Again(next)) => next,
            Ok(Progress::Wait(..)) => panic!("nothing here waits"),
            Err(_) => return Err(status),
        }
    }
}
