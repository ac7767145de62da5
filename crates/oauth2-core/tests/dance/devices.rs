//! A device that has no browser (RFC 8628).

use oauth2_core::{
    client::{DeviceAuthorization, DevicePoll, DpopKey, Misuse},
    jose::{Algorithm, LocalSigner},
    server::{self, GrantType, ServerKeys},
};

use crate::{
    world::{allow, native, post, scopes},
    *,
};

fn world() -> World {
    let world = World::with(|config| config.keys = ServerKeys::always([5; 32]));
    let grants = vec![GrantType::DeviceCode, GrantType::RefreshToken];
    world.register(server::Client { client_id: "tv".into(), grants, redirect_uris: vec![], ..native() });
    world
}

fn tv(world: &World, change: impl FnOnce(&mut Config)) -> Client {
    let metadata = run(world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
    let mut config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "tv");
    change(&mut config);
    Client::new(config).unwrap()
}

fn begin(world: &World, client: &Client) -> DeviceAuthorization {
    run(world, client.device(&scopes("read")).unwrap()).unwrap()
}

/// Somewhere else, a person enters the code and decides.
fn decide(world: &World, codes: &DeviceAuthorization, answer: Option<Answer>) {
    let request = post("/device", &[], &[("user_code", &codes.user_code)]);
    let entered = world.drive(world.receive(Endpoint::Device, request), None);
    world.consent(&location(&entered.response), Some(&cookie(&entered.response)), answer);
}

/// One poll; what it says, and the time to the next.
fn poll(world: &World, mut poll: DevicePoll) -> Result<Result<Tokens, (u64, DevicePoll)>, Error> {
    loop {
        let Outgoing { request, .. } = poll.request(world.moment())?;
        let reply = world.drive(world.receive(Endpoint::Token, request), None);
        match poll.response(reply.response, world.moment())? {
            Progress::Done(tokens) => return Ok(Ok(tokens)),
            Progress::Again(next) => poll = next,
            Progress::Wait(until, next) => return Ok(Err((until.as_unix() - world.now.get(), next))),
        }
    }
}

fn waits(world: &World, polling: DevicePoll) -> (u64, DevicePoll) {
    poll(world, polling).unwrap().map(drop).unwrap_err()
}

#[test]
fn a_device_is_granted_access_when_a_person_has_allowed_it_elsewhere() {
    let world = world();
    let client = tv(&world, |_| {});
    let codes = begin(&world, &client);
    assert_eq!(codes.verification_uri.as_str(), "https://as.example/device");
    let complete = codes.verification_uri_complete.as_ref().unwrap();
    assert!(complete.as_str().ends_with(&format!("user_code={}", codes.user_code)));
    // It may be stored in between.
    let text = serde_json::to_string(&codes).unwrap();
    let codes: DeviceAuthorization = serde_json::from_str(&text).unwrap();

    let (seconds, polling) = waits(&world, codes.clone().poll(&client).unwrap());
    assert_eq!(seconds, 5);
    world.pass(5);
    decide(&world, &codes, allow());
    let tokens = poll(&world, polling).unwrap().map_err(|_| "waits").unwrap();
    assert_eq!(tokens.scope, Some(scopes("read")));
    let mut request = Request::get("/photos").body(Default::default()).unwrap();
    tokens.authorize(&mut request).unwrap();
    assert!(world.protected(&world.api, &request).is_ok());
}

#[test]
fn l32_a_device_slows_down_when_it_is_told_and_ends_when_its_codes_do() {
    let world = world();
    let client = tv(&world, |_| {});
    let (_, polling) = waits(&world, begin(&world, &client).poll(&client).unwrap());
    // Somebody did not wait.
    let (seconds, polling) = waits(&world, polling);
    assert_eq!(seconds, 10);
    world.pass(10);
    let (seconds, polling) = waits(&world, polling);
    assert_eq!(seconds, 10, "and it stays slow");
    world.pass(589);
    // What is left is less than that.
    let (seconds, polling) = waits(&world, polling);
    assert_eq!(seconds, 1);
    world.pass(1);
    assert_eq!(poll(&world, polling).unwrap_err(), Misuse::DeviceExpired.into());
}

#[test]
fn a_device_learns_that_the_person_has_refused() {
    let world = world();
    let client = tv(&world, |_| {});
    let codes = begin(&world, &client);
    decide(&world, &codes, Some(Answer::Denied));
    let error = poll(&world, codes.poll(&client).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Refused(refusal) if refusal.code.as_str() == "access_denied"));
}

#[test]
fn a_device_binds_its_tokens_to_its_key() {
    let world = world();
    let key = DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
    let client = tv(&world, |config| config.dpop = Some(key));
    let codes = begin(&world, &client);
    decide(&world, &codes, allow());
    let tokens = poll(&world, codes.poll(&client).unwrap()).unwrap().map_err(|_| "waits").unwrap();
    assert!(tokens.is_bound_to_a_key());
}

#[test]
fn codes_are_polled_with_by_the_client_they_were_given_to() {
    let world = world();
    let codes = begin(&world, &tv(&world, |_| {}));
    let other = tv(&world, |config| config.client_id = "radio".into());
    assert_eq!(codes.poll(&other).map(drop).unwrap_err(), Misuse::OtherClient.into());
}
