//! What goes through the browser is signed: the request by the client (RFC 9101), the answer by the server (JARM).

use std::sync::Arc;

use oauth_sansio::{Answer, Login, Person, form};
use oauth2_core::{
    client::{AssertionKey, CallbackError, ErrorCode, Misuse, SignedAnswerError, SignedMode},
    jose::{Algorithm, JwkSet, LocalSigner, Signer as _},
    server::{self, ClientKeys, Demands, JsonText, KeyRing, RingKey},
};

use crate::{
    world::{allow, web},
    *,
};

/// An application whose requests and answers are signed, at a server that wants nothing else of it.
fn app() -> App {
    app_by(SignedMode::Query)
}

/// The same, with answers that come this way.
fn app_by(mode: SignedMode) -> App {
    let theirs = LocalSigner::generate(Algorithm::Es256, "theirs").unwrap();
    let ring = KeyRing::new([RingKey::always(theirs.public().unwrap())]).unwrap();
    let mut world = World::with(|config| config.signing = ring);
    world.keys = vec![theirs];
    let own = LocalSigner::generate(Algorithm::EdDsa, "mine").unwrap();
    let keys = Some(ClientKeys::Jwks(JsonText::of(&JwkSet::new([own.public().unwrap()]).to_value())));
    let demands = Demands {
        require_signed_request_object: true,
        request_object_signing_alg: Some(own.algorithm()),
        authorization_signed_response_alg: Some(Algorithm::Es256),
        ..Demands::default()
    };
    world.register(server::Client { keys, demands, ..web() });
    let client = client_with(&world, |config| {
        config.request_key = Some(AssertionKey::new(Arc::new(own)));
        config.signed_answers = Some(mode);
    });
    App { client, world }
}

fn client_with(world: &World, change: impl FnOnce(&mut Config)) -> Client {
    let metadata = run(world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "web");
    config.redirect_uri = Some(CALLBACK.into());
    config.authentication = ClientAuthentication::SecretBasic(SECRET.into());
    change(&mut config);
    Client::new(config).unwrap()
}

fn keys(app: &App) -> JwkSet {
    app.run(app.client.server_keys().unwrap()).unwrap()
}

#[test]
fn a_client_signs_what_it_asks_for_and_reads_a_signed_answer() {
    let app = app();
    for push in [false, true] {
        let request = app.client.authorize().scope("read write").prompt("consent").max_age(3600);
        let (url, pending) = match push {
            false => request.start(app.world.moment()).unwrap(),
            true => app.run(request.push(app.world.moment()).unwrap()).unwrap(),
        };
        // A number in the signed text is one to the server.
        let login = Login { auth_time: app.now(), acr: None, amr: Vec::new() };
        let person = Person { login: Some(login), ..Person::new("ann") };
        let back = app.browse(&url, Some(person.into()));
        assert!(back.query().unwrap().starts_with("response=ey"), "{back}");
        let exchange = pending.signed_callback(&app.client, &keys(&app), &back, app.now()).unwrap();
        let tokens = app.run(exchange).unwrap();
        assert!(app.photos(&tokens).is_some(), "pushed: {push}");
    }
}

/// What the browser brings, wherever the server put it.
fn brought(answer: &Response<Bytes>) -> String {
    if let Some(page) = answer.extensions().get::<server::FormPost>() {
        return form::encode(page.fields.iter().map(|(name, value)| (*name, value.expose())));
    }
    let location = location(answer);
    match location.split_once('#').unwrap() {
        (before, "") => before.split_once('?').unwrap().1.to_owned(),
        (_, fragment) => fragment.to_owned(),
    }
}

#[test]
fn a_signed_answer_leads_to_tokens_whichever_way_it_comes() {
    for mode in [SignedMode::Query, SignedMode::Fragment, SignedMode::FormPost] {
        let app = app_by(mode);
        let (url, pending) = app.start();
        let came = brought(&app.decide(&url, allow()));
        let exchange = pending.signed_parameters(&app.client, &keys(&app), mode, &came, app.now()).unwrap();
        assert!(app.photos(&app.run(exchange).unwrap()).is_some(), "{mode:?}");
        let (url, pending) = app.start();
        let came = brought(&app.decide(&url, Some(Answer::Denied)));
        let failed = pending.signed_parameters(&app.client, &keys(&app), mode, &came, app.now()).unwrap_err();
        assert!(matches!(failed.error, Error::Refused(refusal) if refusal.code == ErrorCode::AccessDenied));
    }
}

#[test]
fn a_person_who_says_no_is_heard_by_a_signature_too() {
    let app = app();
    let (url, pending) = app.start();
    let back = app.browse(&url, Some(Answer::Denied));
    let failed = pending.signed_callback(&app.client, &keys(&app), &back, app.now()).unwrap_err();
    assert!(matches!(failed.error, Error::Refused(refusal) if refusal.code == ErrorCode::AccessDenied));
}

#[test]
fn l26_a_signed_answer_of_another_client_or_of_yesterday_is_refused() {
    let app = app();
    let (url, pending) = app.start();
    let back = app.browse(&url, allow());
    let keys = keys(&app);
    let late = Timestamp::from_unix(app.world.now.get() + 61);
    let failed = pending.signed_callback(&app.client, &keys, &back, late).unwrap_err();
    assert_eq!(failed.error, Error::Callback(CallbackError::Signed(SignedAnswerError::Expired)));
    let pending = failed.pending.unwrap();
    assert!(pending.signed_callback(&app.client, &keys, &back, app.now()).is_ok());
    // Another client of the same server is given the same answer.
    let other = client_with(&app.world, |config| {
        config.client_id = "other".into();
        config.signed_answers = Some(SignedMode::Query);
    });
    let (_, waiting) = other.authorize().start(app.world.moment()).unwrap();
    let failed = waiting.signed_callback(&other, &keys, &back, app.now()).unwrap_err();
    assert_eq!(failed.error, Error::Callback(CallbackError::Signed(SignedAnswerError::Audience)));
}

#[test]
fn whoever_must_sign_and_does_not_gets_nowhere() {
    let app = app();
    let unsigned = client_with(&app.world, |_| {});
    let (url, _) = unsigned.authorize().start(app.world.moment()).unwrap();
    let request = Request::get(url.as_str()).body(Default::default()).unwrap();
    let reply = app.world.drive(app.world.receive(Endpoint::Authorize, request), None);
    assert!(reply.reason.is_some());
    // A server that publishes no keys has no signed answers, and says so.
    let plain = World::new();
    let metadata = run(&plain, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "web");
    config.redirect_uri = Some(CALLBACK.into());
    config.authentication = ClientAuthentication::SecretBasic(SECRET.into());
    config.signed_answers = Some(SignedMode::Query);
    assert_eq!(Client::new(config).map(drop), Err(Misuse::NoSignedAnswer.into()));
}
