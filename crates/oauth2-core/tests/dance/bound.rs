//! The dance with tokens that are bound to a key of the client (RFC 9449).

use bytes::Bytes;
use oauth2_core::{
    client::{Challenged, DpopKey, Wants},
    jose::{Algorithm, LocalSigner},
    resource::{self, Dpop, Verifier},
    server::{Binding, ServerKeys},
};

use crate::*;

const API: &str = "https://api.example";

fn key() -> DpopKey {
    DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap()
}

/// An application with a key, at a server that wants nonces.
fn app(key: &DpopKey) -> App {
    let world = World::with(|config| {
        config.keys = ServerKeys::always([5; 32]);
        config.policy.require_dpop_nonce = true;
    });
    let metadata = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "native");
    config.redirect_uri = Some("http://127.0.0.1:5000/cb".into());
    config.dpop = Some(key.clone());
    App { client: Client::new(config).unwrap(), world }
}

fn photos(app: &App, key: &DpopKey, tokens: &Tokens) -> Request<Bytes> {
    let mut request = Request::get(format!("{API}/photos?album=1")).body(Bytes::new()).unwrap();
    key.authorize(tokens, &mut request, app.world.moment()).unwrap();
    request
}

#[test]
fn a_client_with_a_key_is_granted_access_that_only_its_key_opens() {
    let key = key();
    let app = app(&key);
    let tokens = app.tokens();
    assert!(tokens.is_bound_to_a_key());
    let keys = Some(ServerKeys::always([6; 32]));
    let dpop = Some(Dpop { nonces: keys, ..Dpop::new(API.parse().unwrap()) });
    let api = Verifier::new(resource::Config { dpop, ..resource::Config::default() }).unwrap();
    // The API says which nonce it wants, and is given it.
    let refused = app.world.protected(&api, &photos(&app, &key, &tokens)).unwrap_err().response;
    assert_eq!(Challenged::read(&refused).unwrap().wants, Wants::Nonce);
    let address = API.parse().unwrap();
    assert!(key.learn(&address, refused.headers()));
    let grant = app.world.protected(&api, &photos(&app, &key, &tokens)).unwrap();
    assert_eq!(grant.bindings, [Binding::Dpop(key.thumbprint().0)]);
    // With another key the same token opens nothing.
    let thief = self::key();
    assert!(thief.learn(&address, refused.headers()));
    let stolen = app.world.protected(&api, &photos(&app, &thief, &tokens)).unwrap_err().response;
    assert_eq!(Challenged::read(&stolen).unwrap().wants, Wants::OtherToken);
    let next = app.refresh(&tokens).unwrap();
    assert!(app.world.protected(&api, &photos(&app, &key, &next)).is_ok());
}

#[test]
fn a_code_that_was_asked_for_with_a_key_is_worth_nothing_without_it() {
    let (own, other) = (key(), key());
    let app = app(&own);
    let (url, pending) = app.start();
    assert!(url.query().unwrap().contains(&format!("dpop_jkt={}", own.thumbprint())));
    let back = app.browse(&url, world::allow());
    // Whoever stole code and verifier comes with a key of his own.
    let mut thief = Config::new(server(&app.world), "native");
    thief.redirect_uri = Some("http://127.0.0.1:5000/cb".into());
    thief.dpop = Some(other);
    let thief = Client::new(thief).unwrap();
    let exchange = pending.clone().callback(&thief, &back, app.now()).unwrap();
    assert!(app.run(exchange).unwrap_err().is_dead_grant());
    assert!(app.run(app.callback(pending, &back).unwrap()).is_ok());
}

fn server(world: &World) -> Server {
    let metadata = run(world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    Server::from_metadata(&metadata, Transport::Https).unwrap()
}
