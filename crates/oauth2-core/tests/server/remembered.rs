//! Consent that is remembered: who is not asked again, and for what.

use oauth_sansio::{Allowed, Answer, Login, Person, Timestamp};
use oauth2_core::server::{
    Application, Authentication, Client, Consent, Endpoint, Origin, PlainDetails, Profile, Reason,
    RememberedConsent, Resource,
};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const API: &str = "https://api.example/v1";

/// A world in which `ann` is logged in.
fn world() -> World {
    world_with(RememberedConsent::ForKnownClients)
}

fn world_with(remembered: RememberedConsent) -> World {
    let world = World::with(|config| {
        config.policy.remembered_consent = remembered;
        config.details_types = vec![std::sync::Arc::new(PlainDetails::new("payment"))];
        config.resources = vec![Resource::new(API), Resource::new("https://mail.example")];
    });
    *world.logged_in.borrow_mut() = Some(Person::new("ann"));
    world
}

fn ticked() -> Option<Answer> {
    Some(Answer::Allowed(Allowed { person: Person::new("ann"), scopes: None, remember: true }))
}

/// Asks for a client and answers.
fn ask(world: &World, client_id: &str, more: &[(&str, &str)], answer: Option<Answer>) {
    let reply = world.authorize(&request(world, client_id, more));
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer);
    assert!(location(&reply.response).contains("code="), "{:?}", reply.reason);
}

/// The usual request with these parameters in place of those of the same name.
fn request<'a>(world: &World, client_id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = world.request(client_id, CHALLENGE).into_iter();
    usual.filter(|(name, _)| !more.iter().any(|(other, _)| name == other)).chain(more.to_vec()).collect()
}

/// Whether a new request of the client ends in a code without a page.
fn is_silent(world: &World, client_id: &str, more: &[(&str, &str)]) -> bool {
    let reply = world.authorize(&request(world, client_id, more));
    match world.look(&location(&reply.response), &cookie(&reply.response)) {
        Ok(reply) => location(&reply.response).contains("code="),
        Err(_) => false,
    }
}

/// The code of a request that is not asked.
fn silent_code(world: &World) -> String {
    let reply = world.authorize(&request(world, "web", &[]));
    let reply = world.look(&location(&reply.response), &cookie(&reply.response)).expect("no page");
    query(&location(&reply.response))["code"].clone()
}

/// For the challenge of RFC 7636 appendix B.
fn issued(code: String) -> Issued {
    Issued { code, verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into() }
}

#[test]
fn what_a_person_had_remembered_is_not_asked_again() {
    let world = world();
    assert!(!is_silent(&world, "web", &[]));
    ask(&world, "web", &[], ticked());
    assert!(is_silent(&world, "web", &[]));
    assert!(is_silent(&world, "web", &[("scope", "read")]), "part of it");
    assert!(is_silent(&world, "web", &[("prompt", "none")]));
    let tokens = Tokens::of(&world.redeem("web", &issued(silent_code(&world))));
    assert_eq!(tokens.scope, "read write");
}

#[test]
fn an_answer_counts_once_unless_the_person_wants_it_remembered() {
    let world = world();
    ask(&world, "web", &[], allow());
    assert!(world.store.borrow().consents.is_empty());
    assert!(!is_silent(&world, "web", &[]));
}

#[test]
fn whatever_is_more_than_was_remembered_is_asked() {
    let world = world();
    ask(&world, "web", &[("scope", "read"), ("resource", API)], ticked());
    let other = "https://app.example/other";
    world.register(Client { redirect_uris: vec![CALLBACK.into(), other.into()], ..web() });
    let with_api = |more: (&'static str, &'static str)| [("scope", "read"), ("resource", API), more];
    for (more, silent) in [
        (&[("scope", "read"), ("resource", API)] as &[(&str, &str)], true),
        (&[("scope", "read write"), ("resource", API)], false),
        (&[("scope", "read"), ("resource", "https://mail.example")], false),
        (&with_api(("resource", "https://mail.example")), false),
        (&[("scope", "read")], false),
        (&with_api(("redirect_uri", other)), false),
        (&with_api(("prompt", "consent")), false),
        (&with_api(("prompt", "select_account")), false),
        (&with_api(("max_age", "60")), false),
    ] {
        assert_eq!(is_silent(&world, "web", more), silent, "{more:?}");
    }
}

#[test]
fn what_the_person_left_out_is_asked_for_again() {
    let world = world();
    let scopes = Some(vec!["read".to_owned()]);
    let answer = Allowed { person: Person::new("ann"), scopes, remember: true };
    ask(&world, "web", &[], Some(Answer::Allowed(answer)));
    assert!(is_silent(&world, "web", &[("scope", "read")]));
    assert!(!is_silent(&world, "web", &[]));
}

#[test]
fn a27_consent_to_one_client_is_never_used_for_another_one() {
    let world = world();
    ask(&world, "web", &[], ticked());
    assert!(is_silent(&world, "web", &[]));
    // The same scopes, the same place to answer at, the same person.
    assert!(!is_silent(&world, "other", &[]));
    // Not even if a store mixes up its rows.
    let mut store = world.store.borrow_mut();
    let of_web = store.consents[&Consent::key("web", "ann")].clone();
    store.consents.insert(Consent::key("other", "ann"), of_web);
    drop(store);
    assert!(!is_silent(&world, "other", &[]));
}

#[test]
fn a27_consent_of_one_person_is_never_used_for_another_one() {
    let world = world();
    ask(&world, "web", &[], ticked());
    for person in [None, Some(Person::new("bob")), Some(Person::new(""))] {
        *world.logged_in.borrow_mut() = person;
        assert!(!is_silent(&world, "web", &[]));
    }
}

#[test]
fn a23_whoever_cannot_be_told_from_another_is_asked_every_time() {
    let native_web = Client { application: Application::Native, ..web() };
    let local = Client { redirect_uris: vec!["http://127.0.0.1/cb".into()], ..web() };
    let own_scheme = Client {
        redirect_uris: vec!["com.example.app:/cb".into()],
        application: Application::Native,
        ..web()
    };
    for (client, redirect_uri, shown) in [
        (web(), CALLBACK, false),
        (Client { authentication: Authentication::None, ..web() }, CALLBACK, false),
        (native_web, CALLBACK, true),
        (local, "http://127.0.0.1/cb", true),
        (own_scheme, "com.example.app:/cb", true),
        (Client { origin: Origin::Registered, ..web() }, CALLBACK, true),
        (Client { origin: Origin::Document, ..web() }, CALLBACK, true),
    ] {
        let world = world();
        world.register(client.clone());
        let more = [("redirect_uri", redirect_uri)];
        ask(&world, "web", &more, ticked());
        assert_eq!(is_silent(&world, "web", &more), !shown, "{client:?}");
        assert_eq!(world.store.borrow().consents.is_empty(), shown, "nothing is kept in vain");
        // A row from before the client was what it is now does not help.
        world.register(web());
        if redirect_uri == CALLBACK {
            ask(&world, "web", &[], ticked());
        }
        world.register(client.clone());
        assert_eq!(is_silent(&world, "web", &more), !shown, "{client:?}");
    }
}

#[test]
fn a23_the_operators_own_application_is_not_asked_where_it_cannot_be_another() {
    let own = Client { origin: Origin::FirstParty, ..web() };
    for (client, redirect_uri, silent) in [
        (own.clone(), CALLBACK, true),
        (Client { application: Application::Native, ..own.clone() }, CALLBACK, false),
        (Client { redirect_uris: vec!["http://127.0.0.1/cb".into()], ..own }, "http://127.0.0.1/cb", false),
    ] {
        let world = world();
        world.register(client.clone());
        let more = [("redirect_uri", redirect_uri)];
        assert_eq!(is_silent(&world, "web", &more), silent, "{client:?}");
        assert!(!is_silent(&world, "web", &[more[0], ("prompt", "consent")]));
        *world.logged_in.borrow_mut() = None;
        assert!(!is_silent(&world, "web", &more), "whoever it is, somebody has to be logged in");
    }
}

#[test]
fn the_policy_says_whose_questions_are_remembered() {
    use RememberedConsent::{AlsoForUnknownClients, ForKnownClients, Never};
    for (policy, known, unknown) in
        [(Never, false, false), (ForKnownClients, true, false), (AlsoForUnknownClients, true, true)]
    {
        for (origin, silent) in
            [(Origin::Operator, known), (Origin::Registered, unknown), (Origin::Document, unknown)]
        {
            let world = world_with(policy);
            world.register(Client { origin, ..web() });
            let reply = world.authorize(&request(&world, "web", &[]));
            let shown = world.look(&location(&reply.response), &cookie(&reply.response)).unwrap_err();
            assert_eq!(shown.may_be_remembered, silent);
            ask(&world, "web", &[], ticked());
            assert_eq!(is_silent(&world, "web", &[]), silent, "{policy:?} {origin:?}");
        }
    }
    for profile in [Profile::Oauth21, Profile::Fapi2, Profile::Mcp, Profile::LegacyInsecure] {
        assert_eq!(profile.policy().remembered_consent, ForKnownClients);
    }
}

#[test]
fn a_remembered_consent_expires() {
    let world = world();
    ask(&world, "web", &[], ticked());
    let days = 24 * 60 * 60;
    world.pass(180 * days - 1);
    assert!(is_silent(&world, "web", &[]));
    world.pass(1);
    assert!(!is_silent(&world, "web", &[]));
}

#[test]
fn whoever_withdraws_any_of_it_withdraws_all_and_is_asked_again() {
    let world = world();
    ask(&world, "web", &[], ticked());
    let first = Tokens::of(&world.redeem("web", &issued(silent_code(&world))));
    let second = Tokens::of(&world.redeem("web", &issued(silent_code(&world))));
    let on_its_way = issued(silent_code(&world));
    let revoke =
        post("/oauth2/revoke", &[("authorization", &basic("web", SECRET))], &[("token", &first.access)]);
    assert_eq!(world.drive(world.receive(Endpoint::Revocation, revoke), None).reason, None);
    assert!(!is_silent(&world, "web", &[]));
    assert!(world.api(&second.access).is_err());
    assert_eq!(world.refresh("web", &second.refresh).reason, Some(Reason::RefreshRevoked));
    assert_eq!(world.redeem("web", &on_its_way).reason, Some(Reason::CodeRevoked));
    // A new answer is a new grant.
    ask(&world, "web", &[], ticked());
    let third = Tokens::of(&world.redeem("web", &issued(silent_code(&world))));
    assert!(world.api(&third.access).is_ok());
    assert!(world.api(&second.access).is_err());
}

#[test]
fn a_consent_that_is_withdrawn_while_it_is_used_opens_nothing() {
    let world = world();
    ask(&world, "web", &[], ticked());
    let reply = world.authorize(&request(&world, "web", &[]));
    let (page, cookie) = (location(&reply.response), cookie(&reply.response));
    let request = http::Request::get(page).header("cookie", cookie).body(bytes::Bytes::new()).unwrap();
    // Up to the commit: pending request, client, person, consent.
    let mut step = world.receive(Endpoint::Consent, request);
    while !matches!(step, oauth2_core::server::Step::Commit(_)) {
        step = world.advance(step);
    }
    let family = world.store.borrow().consents[&Consent::key("web", "ann")].family;
    world.store.borrow_mut().revoked.insert(family);
    let reply = world.drive(step, None);
    let code = query(&location(&reply.response))["code"].clone();
    assert_eq!(world.redeem("web", &issued(code)).reason, Some(Reason::CodeRevoked));
}

#[test]
fn a_remembered_consent_ends_with_its_client() {
    let world = world();
    ask(&world, "web", &[], ticked());
    let consents = world.store.borrow().consents.clone();
    let (key, consent) = consents.into_iter().next().unwrap();
    let families = oauth2_core::server::Record::Consent(key, consent).families();
    assert_eq!(families[1], Some(web().family()));
}

#[test]
fn a_refusal_counts_though_another_tab_had_the_answer_remembered() {
    let world = world();
    let reply = world.authorize(&request(&world, "web", &[]));
    let (page, cookie) = (location(&reply.response), cookie(&reply.response));
    world.look(&page, &cookie).unwrap_err();
    ask(&world, "web", &[], ticked());
    let reply = world.consent(&page, Some(&cookie), Some(Answer::Denied));
    assert_eq!(redirected_error(&reply), "access_denied");
}

#[test]
fn a25_a_remembered_consent_is_used_by_the_browser_that_began_and_once() {
    let world = world();
    ask(&world, "web", &[], ticked());
    let (mine, theirs) =
        (world.authorize(&request(&world, "web", &[])), world.authorize(&request(&world, "web", &[])));
    let page = location(&mine.response);
    let reply = world.look(&page, &cookie(&theirs.response)).unwrap();
    assert_eq!(reply.reason, Some(Reason::OtherBrowser));
    assert!(location(&world.look(&page, &cookie(&mine.response)).unwrap().response).contains("code="));
    let again = world.look(&page, &cookie(&mine.response)).unwrap();
    assert_eq!(again.reason, Some(Reason::AlreadyDecided));
}

#[test]
fn what_is_remembered_is_the_answer_and_not_the_login() {
    let world = world();
    ask(&world, "web", &[], ticked());
    world.pass(1000);
    let login =
        |ago| Login { auth_time: Timestamp::from_unix(world.now.get() - ago), acr: None, amr: Vec::new() };
    for (ago, silent) in [(61, false), (60, true)] {
        *world.logged_in.borrow_mut() = Some(Person { login: Some(login(ago)), ..Person::new("ann") });
        assert_eq!(is_silent(&world, "web", &[("max_age", "60")]), silent);
    }
    let store = world.store.borrow();
    let granted = store.codes.values().filter_map(|code| code.authorization.login.clone());
    assert_eq!(granted.collect::<Vec<_>>(), [Box::new(login(60))], "as it was this time");
}

#[test]
fn what_is_granted_in_detail_is_granted_each_time() {
    let world = world();
    ask(&world, "web", &[], ticked());
    assert!(is_silent(&world, "web", &[]));
    let in_detail = [("authorization_details", r#"[{"type":"payment"}]"#)];
    ask(&world, "web", &in_detail, ticked());
    let reply = world.authorize(&request(&world, "web", &in_detail));
    let shown = world.look(&location(&reply.response), &cookie(&reply.response)).unwrap_err();
    assert!(!shown.may_be_remembered);
    assert_eq!(shown.details.len(), 1);
}
