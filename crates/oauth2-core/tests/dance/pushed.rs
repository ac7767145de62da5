//! What is asked for is pushed to the server first (RFC 9126).

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use oauth2_core::{
    DocumentError,
    client::{AssertionKey, DpopKey, Misuse, PushedRequest},
    jose::{Algorithm, JwkSet, LocalSigner},
    server::{self, Authentication, ClientKeys, JsonText, SecretMethods},
};

use crate::{
    world::{allow, web},
    *,
};

fn app_with(world: World, change: impl FnOnce(&mut Config)) -> App {
    let metadata = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "web");
    config.redirect_uri = Some(CALLBACK.into());
    config.authentication = ClientAuthentication::SecretBasic(SECRET.into());
    change(&mut config);
    App { client: Client::new(config).unwrap(), world }
}

fn push(app: &App) -> PushedRequest {
    app.client.authorize().scope("read write").extra("prompt", "consent").push(app.world.moment()).unwrap()
}

/// The whole dance.
fn dance(app: &App) -> Tokens {
    let (url, pending) = app.run(push(app)).unwrap();
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"], "nothing else could be read or changed on the way");
    let back = app.browse(&url, allow());
    app.run(app.callback(pending, &back).unwrap()).unwrap()
}

#[test]
fn a_client_pushes_what_it_asks_for_however_it_authenticates() {
    let methods = |methods| {
        let world = World::new();
        let authentication = Authentication::secret(&SECRET.into(), methods);
        world.register(server::Client { authentication, ..web() });
        world
    };
    assert_eq!(
        dance(&app_with(methods(SecretMethods::Basic), |_| {})).scope,
        Some("read write".parse().unwrap())
    );
    dance(&app_with(methods(SecretMethods::Post), |config| {
        config.authentication = ClientAuthentication::SecretPost(SECRET.into());
    }));
    let world = World::new();
    let key = LocalSigner::generate(Algorithm::Es256, "mine").unwrap();
    let keys = Some(ClientKeys::Jwks(JsonText::of(&JwkSet::new([key.public().unwrap()]).to_value())));
    world.register(server::Client { authentication: Authentication::PrivateKeyJwt, keys, ..web() });
    dance(&app_with(world, |config| {
        config.authentication = ClientAuthentication::Assertion(AssertionKey::new(Arc::new(key)));
    }));
}

#[test]
fn what_is_pushed_binds_the_code_to_the_key() {
    let key = || DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
    let (own, other) = (key(), key());
    let app = app_with(World::new(), |config| config.dpop = Some(own));
    let (url, pending) = app.run(push(&app)).unwrap();
    let back = app.browse(&url, allow());
    let metadata = run(&app.world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut thief = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "web");
    thief.redirect_uri = Some(CALLBACK.into());
    thief.authentication = ClientAuthentication::SecretBasic(SECRET.into());
    thief.dpop = Some(other);
    let exchange = pending.callback(&Client::new(thief).unwrap(), &back, app.now()).unwrap();
    assert!(app.run(exchange).unwrap_err().is_dead_grant());
}

#[test]
fn a_server_that_wants_requests_pushed_gets_no_others() {
    let world = World::with(|config| config.policy.require_pushed_authorization_requests = true);
    let app = app_with(world, |_| {});
    let refused = app.client.authorize().start(app.world.moment()).unwrap_err();
    assert_eq!(refused, Misuse::PushRequired.into());
    dance(&app);
    // And one that takes none is sent none.
    let server =
        Server::new(ISSUER, Some("https://as.example/a"), "https://as.example/t", Transport::Https).unwrap();
    let mut config = Config::new(server, "web");
    config.redirect_uri = Some(CALLBACK.into());
    let refused = Client::new(config).unwrap().authorize().push(app.world.moment()).unwrap_err();
    assert_eq!(refused, Misuse::NoPushEndpoint.into());
}

#[test]
fn an_answer_without_a_reference_leads_nowhere() {
    let app = app_with(World::new(), |_| {});
    let answer = |status: u16, body: String| -> Response<Bytes> {
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap()
    };
    let problem = |response| match push(&app).response(response, app.world.moment()) {
        Err(Error::Answer { problem, .. }) => problem,
        other => panic!("{other:?}"),
    };
    let good = |text: &str| format!(r#"{{"request_uri":"{text}","expires_in":60}}"#);
    assert_eq!(problem(answer(200, good("urn:x"))), DocumentError::Status);
    assert_eq!(problem(answer(302, good("urn:x"))), DocumentError::Status);
    assert_eq!(problem(answer(201, r#"{"expires_in":60}"#.into())), DocumentError::Missing("request_uri"));
    for text in ["", "a b", "é", &"a".repeat(2000)] {
        assert_eq!(problem(answer(201, good(text))), DocumentError::Value("request_uri"), "{text:.9}");
    }
    // Whatever it is, it stays one parameter.
    let Ok(Progress::Done((url, _))) =
        push(&app).response(answer(201, good("urn:x&client_id=y#z")), app.world.moment())
    else {
        panic!()
    };
    assert_eq!(url.query_pairs().count(), 2);
    assert_eq!(url.fragment(), None);
}
