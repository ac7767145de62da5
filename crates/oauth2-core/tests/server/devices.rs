//! The device authorization grant (RFC 8628, RFC 10027).

use std::collections::BTreeSet;

use http::{Request, StatusCode, header};
use oauth_sansio::{Answer, Reply, form};
use oauth2_core::server::{Client, DevicePage, Endpoint, GrantType, Profile, Reason, Step};

use crate::world::*;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn tv() -> Client {
    let grants = vec![GrantType::DeviceCode, GrantType::RefreshToken];
    Client { client_id: "tv".into(), grants, redirect_uris: vec![], ..native() }
}

fn world() -> World {
    let world = World::new();
    world.register(tv());
    world.register(Client { client_id: "radio".into(), ..tv() });
    world
}

#[derive(Clone)]
struct Codes {
    device: String,
    user: String,
}

fn begin(world: &World) -> Codes {
    let parameters = [("client_id", "tv"), ("scope", "read")];
    let request = post("/oauth2/device_authorization", &[], &parameters);
    let reply = world.drive(world.receive(Endpoint::DeviceAuthorization, request), None);
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    let body = json(&reply.response);
    assert_eq!((&body["expires_in"], &body["interval"]), (&600.into(), &5.into()));
    assert_eq!(body["verification_uri"], "https://as.example/device");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    assert_eq!(
        text("verification_uri_complete"),
        format!("https://as.example/device?user_code={}", text("user_code"))
    );
    Codes { device: text("device_code"), user: text("user_code") }
}

fn poll(world: &World, codes: &Codes) -> Reply<Reason> {
    world.drive(poll_step(world, "tv", codes), None)
}

fn poll_step(world: &World, client_id: &str, codes: &Codes) -> Step {
    world.token_step(&[], &[("grant_type", GRANT), ("client_id", client_id), ("device_code", &codes.device)])
}

/// A person types a code in.
fn enter(world: &World, user_code: &str) -> Reply<Reason> {
    world.drive(world.receive(Endpoint::Device, post("/device", &[], &[("user_code", user_code)])), None)
}

fn decide(world: &World, entered: &Reply<Reason>, answer: Option<Answer>) -> Reply<Reason> {
    world.consent(&location(&entered.response), Some(&cookie(&entered.response)), answer)
}

fn page(reply: &Reply<Reason>) -> DevicePage {
    assert_guarded(reply.response.headers());
    reply.response.extensions().get::<DevicePage>().unwrap().clone()
}

#[test]
fn a_device_gets_its_tokens_when_the_person_has_allowed_it() {
    let world = world();
    let codes = begin(&world);
    assert_eq!(error(&poll(&world, &codes)), "authorization_pending");
    let reply = decide(&world, &enter(&world, &codes.user), allow());
    assert_eq!(page(&reply), DevicePage::Decided { allowed: true });
    world.pass(5);
    let tokens = Tokens::of(&poll(&world, &codes));
    assert_eq!(tokens.scope, "read");
    assert_eq!(&*world.api(&tokens.access).unwrap().client_id, "tv");
    Tokens::of(&world.token(
        &[],
        &[("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", &tokens.refresh)],
    ));
}

#[test]
fn n06_a_device_that_asks_too_often_must_slow_down_and_stay_slow() {
    let world = world();
    let codes = begin(&world);
    let after = |seconds| {
        world.pass(seconds);
        error(&poll(&world, &codes))
    };
    assert_eq!(after(0), "authorization_pending");
    assert_eq!(after(4), "slow_down", "now ten seconds");
    assert_eq!(after(9), "slow_down", "now fifteen");
    assert_eq!(after(14), "slow_down", "now twenty");
    assert_eq!(after(20), "authorization_pending");
    assert_eq!(after(19), "slow_down", "it stays so");
}

#[test]
fn n07_the_code_of_a_device_is_no_use_to_another_client() {
    let world = world();
    let codes = begin(&world);
    decide(&world, &enter(&world, &codes.user), allow());
    let reply = world.drive(poll_step(&world, "radio", &codes), None);
    assert_eq!((error(&reply), reply.reason), ("invalid_grant".into(), Some(Reason::DeviceOfOtherClient)));
    Tokens::of(&poll(&world, &codes));
}

#[test]
fn n08_an_address_with_a_code_fills_it_in_and_does_nothing_else() {
    let world = world();
    let codes = begin(&world);
    let size = world.store.borrow().size();
    let request =
        Request::get(format!("/device?user_code={}", codes.user)).body(bytes::Bytes::new()).unwrap();
    let reply = world.drive(world.receive(Endpoint::Device, request), None);
    assert_eq!(page(&reply), DevicePage::Enter { user_code: Some(codes.user.clone()), wrong: false });
    assert!(!reply.response.headers().contains_key(header::LOCATION));
    assert_eq!(world.store.borrow().size(), size);
    // Sending it leads to a page that tells who asks for what; looking at that is no decision either.
    let entered = enter(&world, &codes.user);
    let Step::Interact(ask) = ({
        let mut step = world.visit(&location(&entered.response), Some(&cookie(&entered.response)));
        while !matches!(step, Step::Interact(_) | Step::Reply(_)) {
            step = world.advance(step);
        }
        step
    }) else {
        panic!("nobody is asked")
    };
    let prompt = ask.prompt();
    assert!(prompt.device && prompt.return_host.is_none());
    assert_eq!(
        (prompt.client_name.as_str(), prompt.scopes.as_slice()),
        ("Photo prints", &["read".to_owned()][..])
    );
    assert_eq!(error(&poll(&world, &codes)), "authorization_pending");
}

#[test]
fn n09_a_code_is_the_same_however_it_is_typed() {
    let world = world();
    let codes = begin(&world);
    let plain = codes.user.replace('-', "");
    assert_eq!(plain.len(), 8);
    for typed in [
        codes.user,
        plain.clone(),
        plain.to_lowercase(),
        format!(" {} {} ", &plain[..2], &plain[2..]),
        format!("{}\u{2013}{}", &plain[..4], &plain[4..]),
    ] {
        assert_eq!(enter(&world, &typed).reason, None, "{typed}");
    }
    let other = if plain.starts_with('B') { 'C' } else { 'B' };
    for typed in [
        "",
        "AEIOUAEI",
        "\u{ff22}BBBBBBB",
        &plain[..7],
        &format!("{plain}B"),
        &format!("{other}{}", &plain[1..]),
    ] {
        let reply = enter(&world, typed);
        assert!(reply.reason.is_some() && reply.response.status().is_client_error(), "{typed}");
    }
}

#[test]
fn n09_codes_have_thirty_four_bits_of_letters_that_are_told_apart() {
    let world = world();
    let codes: BTreeSet<_> = (0..200).map(|_| begin(&world).user).collect();
    assert_eq!(codes.len(), 200);
    let letters: BTreeSet<_> = codes.iter().flat_map(|code| code.chars()).filter(|c| *c != '-').collect();
    assert_eq!(letters.into_iter().collect::<String>(), "BCDFGHJKLMNPQRSTVWXZ");
}

#[test]
fn n10_a_refusal_is_told_once_and_nothing_comes_of_it() {
    let world = world();
    let codes = begin(&world);
    let reply = decide(&world, &enter(&world, &codes.user), Some(Answer::Denied));
    assert_eq!(page(&reply), DevicePage::Decided { allowed: false });
    let reply = poll(&world, &codes);
    assert_eq!((error(&reply), reply.response.status()), ("access_denied".into(), StatusCode::BAD_REQUEST));
    assert_eq!(error(&poll(&world, &codes)), "invalid_grant");
    assert_eq!(world.store.borrow().access.len(), 0);
}

#[test]
fn n10_a_device_is_decided_once_however_many_pages_are_open() {
    let world = world();
    let codes = begin(&world);
    let pages = [enter(&world, &codes.user), enter(&world, &codes.user)];
    assert_eq!(decide(&world, &pages[0], Some(Answer::Denied)).reason, None);
    assert_eq!(decide(&world, &pages[1], allow()).reason, Some(Reason::AlreadyDecided));
    assert_eq!(error(&poll(&world, &codes)), "access_denied");
}

#[test]
fn n10_n11_of_64_polls_at_once_one_gets_the_tokens() {
    let world = world();
    let codes = begin(&world);
    decide(&world, &enter(&world, &codes.user), allow());
    let racing: Vec<_> = (0..64).map(|_| world.advance(poll_step(&world, "tv", &codes))).collect();
    let replies: Vec<_> = racing.into_iter().map(|step| world.drive(step, None)).collect();
    let count = |reason| replies.iter().filter(|reply| reply.reason == reason).count();
    assert_eq!((count(None), count(Some(Reason::DeviceUsed))), (1, 63));
    // A device that asks again has lost the answer more likely than it was robbed.
    let won = replies.iter().find(|reply| reply.reason.is_none()).unwrap();
    assert!(world.api(&Tokens::of(won).access).is_ok());
}

#[test]
fn n12_the_page_names_no_address_of_the_client() {
    let world = world();
    let about =
        oauth2_core::server::About { client_uri: Some("https://evil.example".into()), ..Default::default() };
    world.register(Client { about, ..tv() });
    let codes = begin(&world);
    let entered = enter(&world, &codes.user);
    let mut step = world.visit(&location(&entered.response), Some(&cookie(&entered.response)));
    while !matches!(step, Step::Interact(_)) {
        step = world.advance(step);
    }
    let Step::Interact(ask) = step else { panic!() };
    assert!(!format!("{:?}", ask.prompt()).contains("evil"));
}

#[test]
fn n08_the_person_is_shown_the_code_again_to_compare_it_with_the_device() {
    let world = world();
    world.register(tv());
    let codes = begin(&world);
    let typed = codes.user.to_lowercase().replace('-', " ");
    let entered = enter(&world, &typed);
    let mut step = world.visit(&location(&entered.response), Some(&cookie(&entered.response)));
    while !matches!(step, Step::Interact(_)) {
        step = world.advance(step);
    }
    let Step::Interact(ask) = step else { panic!() };
    assert_eq!(ask.prompt().user_code.as_ref(), Some(&codes.user));
}

#[test]
fn a_device_that_waited_too_long_begins_again() {
    let world = world();
    let codes = begin(&world);
    world.pass(600);
    assert_eq!(error(&poll(&world, &codes)), "expired_token");
    assert_eq!(enter(&world, &codes.user).reason, Some(Reason::UserCodeUnknown));
    let unknown = Codes { device: "x".into(), ..codes };
    assert_eq!(error(&poll(&world, &unknown)), "invalid_grant");
}

#[test]
fn what_a_person_takes_back_before_the_device_asks_is_not_given() {
    use oauth2_core::server::Batch;
    let world = world();
    let codes = begin(&world);
    decide(&world, &enter(&world, &codes.user), allow());
    let family = world.store.borrow().decisions.values().next().unwrap().granted.as_ref().unwrap().family;
    let batch = Batch { revoke: vec![family], ..Batch::default() };
    assert_eq!(world.store.borrow_mut().commit(&batch), oauth_sansio::Outcome::Applied);
    assert_eq!(error(&poll(&world, &codes)), "invalid_grant");
}

#[test]
fn the_grant_must_be_registered_and_in_the_policy() {
    let world = world();
    let request = post("/oauth2/device_authorization", &[], &[("client_id", "native")]);
    let reply = world.drive(world.receive(Endpoint::DeviceAuthorization, request), None);
    assert_eq!(error(&reply), "unauthorized_client");
    let request = post("/oauth2/device_authorization", &[], &[("client_id", "tv"), ("scope", "admin")]);
    assert_eq!(
        error(&world.drive(world.receive(Endpoint::DeviceAuthorization, request), None)),
        "invalid_scope"
    );
    let without = World::with(|config| config.policy = Profile::Fapi2.policy());
    for path in ["/oauth2/device_authorization", "/device"] {
        assert_eq!(without.server.endpoint(path), None);
    }
    assert!(form::encode([("user_code", "x")]).len() < 64);
}
