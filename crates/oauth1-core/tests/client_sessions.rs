//! A client over time: tokens that end, are renewed and given back; and dances with less than three partners.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::{Exchange as _, Progress};
use oauth1_core::{
    client::{Blame, Callback, Error, TokenCredentials},
    resource::Legs,
    server::{self, Callbacks, Reason},
};
use support::{
    CALLBACK, ORIGIN, PHOTOS, World,
    app::{App, run},
    client::{NOW, answered, client, done, moment, received, sent},
    printer,
};
use url::Url;

#[test]
fn an_established_callback_is_not_sent_and_still_called() {
    let mut world = World::new();
    let callbacks = Callbacks::Established(CALLBACK.into());
    world.store.register(server::Client { callbacks, ..printer() });
    let app = App::new(&world);
    let pending = app.begin(&mut world, Callback::Established);
    let exchange = app.come_back(&mut world, &pending).unwrap();
    assert!(run(&mut world, exchange).is_ok());
}

fn sessions() -> (World, App) {
    let world = World::with(
        |config| {
            config.lifetimes.token = Some(Duration::from_secs(3600));
            config.lifetimes.authorization = Some(Duration::from_secs(86_400));
            config.paths.revoke = Some("/oauth1/revoke".into());
        },
        |_| {},
    );
    let app = App::with(&world, |config| {
        config.provider.revocation = Some(Url::parse(&format!("{ORIGIN}/oauth1/revoke")).unwrap());
    });
    (world, app)
}

#[test]
fn token_credentials_say_when_they_end_and_are_renewed_after_it() {
    let (mut world, app) = sessions();
    let (begun, first) = (world.now, app.connect(&mut world));
    assert_eq!(first.expires, Some(begun.plus(Duration::from_secs(3600))));
    assert_eq!(first.authorization_expires, Some(begun.plus(Duration::from_secs(86_400))));
    assert_eq!(first.extra, []);
    world.pass(Duration::from_secs(3600));
    assert_eq!(app.photo(&mut world, &first), Err(Reason::Expired));
    let kept: TokenCredentials = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    let second = run(&mut world, app.0.renew(&kept)).unwrap();
    assert_eq!(second.authorization_expires, first.authorization_expires);
    assert!(second.session_handle != first.session_handle && second.token != first.token);
    assert!(app.photo(&mut world, &second).is_ok());
    // Renewed once.
    assert_eq!(run(&mut world, app.0.renew(&first)).map(drop), Err(StatusCode::UNAUTHORIZED));
}

#[test]
fn what_a_renewal_does_not_say_stays_as_it_was() {
    let client = client(|config| config.provider.renewal = Some(Url::parse("https://r.example/x").unwrap()));
    let mut token = TokenCredentials::new("t", "s");
    assert_eq!(client.renew(&token).request(moment()).map(drop), Err(Error::NotRenewable));
    assert_eq!(Error::NotRenewable.blame(), Blame::Caller);
    (token.session_handle, token.authorization_expires) = (Some("hunter3".into()), Some(NOW));
    let mut exchange = client.renew(&token);
    assert!(!format!("{exchange:?}").contains("hunter"));
    let request = sent(&mut exchange);
    assert_eq!(request.uri(), "https://r.example/x");
    assert!(
        request.headers()["authorization"].to_str().unwrap().contains("oauth_session_handle=\"hunter3\"")
    );
    let renewed = done(exchange, "oauth_token=t2&oauth_token_secret=s2&oauth_expires_in=1").unwrap();
    assert_eq!(renewed.session_handle, token.session_handle);
    assert_eq!(renewed.authorization_expires, Some(NOW));
    assert_eq!(renewed.expires, Some(NOW.plus(Duration::from_secs(1))));
}

#[test]
fn token_credentials_are_given_back() {
    let (mut world, app) = sessions();
    let token = app.connect(&mut world);
    run(&mut world, app.0.revoke(&token)).unwrap();
    assert_eq!(app.photo(&mut world, &token), Err(Reason::Revoked));
    let elsewhere = client(|_| {});
    assert_eq!(elsewhere.revoke(&token).request(moment()).map(drop), Err(Error::NotRevocable));
}

#[test]
fn credentials_without_a_person_take_two_requests_and_no_verifier() {
    let client = client(|_| {});
    let mut exchange = client.credentials_without_a_person().with("x_auth_mode", "own");
    assert_eq!(received(&sent(&mut exchange), None).callback(), Some("oob"));
    // Nobody is sent anywhere, so nothing has to be confirmed.
    let answer = answered(200, "oauth_token=tmp&oauth_token_secret=s");
    let Ok(Progress::Again(mut exchange)) = exchange.response(answer, moment()) else { panic!() };
    let request = sent(&mut exchange);
    let second = received(&request, Some("s"));
    assert_eq!((second.token(), second.verifier(), second.callback()), (Some("tmp"), None, None));
    assert_eq!(request.body(), "x_auth_mode=own");
    assert_eq!(done(exchange, "oauth_token=t&oauth_token_secret=s2").unwrap().token, "t");
}

#[test]
fn our_own_provider_gives_nothing_out_without_a_person() {
    let mut world = World::new();
    let app = App::new(&world);
    let refused = run(&mut world, app.0.credentials_without_a_person()).map(drop);
    assert_eq!(refused, Err(StatusCode::BAD_REQUEST));
    assert!(world.store.tokens.is_empty());
}

#[test]
fn a_client_acts_for_itself_without_a_token_or_with_an_empty_one() {
    let mut world =
        World::with(|_| {}, |resource| (resource.two_legged, resource.zero_legged) = (true, true));
    let app = App::new(&world);
    let empty = TokenCredentials::new("", "");
    for (token, legs) in [(None, Legs::Two), (Some(&empty), Legs::Zero)] {
        let mut request = Request::get(PHOTOS).body(Bytes::new()).unwrap();
        app.0.sign(&mut request, token, world.moment()).unwrap();
        let grant = world.fetch(&request).unwrap();
        assert_eq!((grant.legs, grant.subject), (legs, None));
    }
}
