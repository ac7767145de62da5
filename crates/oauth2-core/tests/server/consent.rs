//! Attacks on the person's decision.

use http::StatusCode;
use oauth_sansio::{Allowed, Answer, Person};
use oauth2_core::server::{Client, GrantType, Reason, Step};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A request that waits: where its page is, and the cookie of the browser that began it.
fn asked(world: &World) -> (String, String) {
    let reply = world.authorize(&world.request("web", CHALLENGE));
    (location(&reply.response), cookie(&reply.response))
}

#[test]
fn a13_a25_only_the_browser_that_began_may_decide() {
    let world = World::new();
    let (consent, cookie) = asked(&world);
    let (_, of_another) = asked(&world);
    let planted = format!("{cookie}; {of_another}");
    let under_plain_name = cookie.replace("__Host-", "");
    for jar in [None, Some(of_another.as_str()), Some(&planted), Some(&under_plain_name), Some("x=y")] {
        let reply = world.consent(&consent, jar, allow());
        assert_direct(&reply, StatusCode::FORBIDDEN, jar);
        assert_eq!(reply.reason, Some(Reason::OtherBrowser));
    }
    assert!(world.store.borrow().codes.is_empty());
    // Nothing was burnt by the attempts.
    assert_eq!(world.consent(&consent, Some(&cookie), allow()).reason, None);
}

#[test]
fn a24_a_prompt_carries_what_was_registered_and_nothing_that_was_sent() {
    let world = World::new();
    world.register(Client { name: "<b>Bank</b>".into(), ..web() });
    let request = changed(&world.request("web", CHALLENGE), "client_name", "Your bank");
    let reply = world.authorize(&request);
    let step = world.visit(&location(&reply.response), Some(&cookie(&reply.response)));
    let Step::Interact(pause) = world.advance(world.advance(step)) else { panic!("nobody is asked") };
    assert_eq!(pause.prompt().client_name, "<b>Bank</b>");
    assert_eq!(pause.prompt().return_host.as_deref(), Some("app.example"));
}

#[test]
fn a26_what_the_page_sends_changes_nothing_of_the_request() {
    let world = World::new();
    let (consent, cookie) = asked(&world);
    let tampered = format!(
        "{consent}&scope=admin&client_id=other&redirect_uri=https%3A%2F%2Fevil.example&state=evil&code_challenge=x"
    );
    let reply = world.consent(&tampered, Some(&cookie), allow());
    let answer = location(&reply.response);
    assert!(answer.starts_with("https://app.example/cb?"));
    assert_eq!(query(&answer)["state"], "st");
    let store = world.store.borrow();
    let code = store.codes.values().next().unwrap();
    let granted = &code.authorization;
    assert_eq!((&*granted.client_id, granted.scopes.as_str()), ("web", "read write"));
}

#[test]
fn a32_a_decision_stands() {
    for (first, second) in
        [(Some(Answer::Denied), allow()), (allow(), Some(Answer::Denied)), (allow(), allow())]
    {
        let world = World::new();
        let (consent, cookie) = asked(&world);
        // Two tabs: both are asked before either answers.
        let ask = || world.advance(world.advance(world.visit(&consent, Some(&cookie))));
        let (one, other) = (ask(), ask());
        let granted = usize::from(matches!(first, Some(Answer::Allowed(_))));
        let decided = world.drive(one, first);
        assert_eq!(decided.response.status(), StatusCode::SEE_OTHER);
        let late = world.drive(other, second.clone());
        assert_direct(&late, StatusCode::BAD_REQUEST, "the other tab");
        assert_eq!(late.reason, Some(Reason::AlreadyDecided));
        // And once more, from the start.
        let again = world.consent(&consent, Some(&cookie), second);
        assert_eq!(again.reason, Some(Reason::AlreadyDecided));
        assert_eq!(world.store.borrow().codes.len(), granted);
    }
}

#[test]
fn a_decision_that_comes_too_late_is_none() {
    let world = World::new();
    let (consent, cookie) = asked(&world);
    world.pass(599);
    let in_time = world.advance(world.advance(world.visit(&consent, Some(&cookie))));
    world.pass(1);
    assert_eq!(world.consent(&consent, Some(&cookie), allow()).reason, Some(Reason::PendingExpired));
    // The page was shown in time, the answer was not.
    assert_eq!(world.drive(in_time, allow()).reason, Some(Reason::PendingExpired));
    assert!(world.store.borrow().codes.is_empty());
}

#[test]
fn a_person_may_leave_out_scopes_and_add_none() {
    for (left, granted) in [
        (None, "read write"),
        (Some(vec!["write"]), "write"),
        (Some(vec!["admin", "read", "read"]), "read"),
        (Some(vec!["admin"]), ""),
    ] {
        let world = World::new();
        let (consent, cookie) = asked(&world);
        let scopes = left.map(|left| left.into_iter().map(str::to_owned).collect());
        let answer = Allowed { person: Person::new("ann"), scopes, remember: false };
        let reply = world.consent(&consent, Some(&cookie), Some(Answer::Allowed(answer)));
        assert_eq!(reply.reason, None);
        let store = world.store.borrow();
        assert_eq!(store.codes.values().next().unwrap().authorization.scopes.as_str(), granted);
    }
}

#[test]
fn a_client_that_changed_meanwhile_gets_nothing() {
    let changes: [Client; 4] = [
        Client { redirect_uris: vec!["https://app.example/new".into()], ..web() },
        Client { grants: vec![GrantType::ClientCredentials], ..web() },
        Client { scopes: scopes("read"), ..web() },
        Client { client_id: "someone-else".into(), ..web() },
    ];
    for change in changes {
        let world = World::new();
        let (consent, cookie) = asked(&world);
        world.store.borrow_mut().clients.remove("web");
        world.register(change);
        let reply = world.consent(&consent, Some(&cookie), allow());
        assert_direct(&reply, StatusCode::BAD_REQUEST, "changed");
        assert_eq!(reply.reason, Some(Reason::ClientChanged));
    }
}

#[test]
fn a_handle_that_nobody_gave_out_leads_nowhere() {
    let world = World::new();
    let (consent, cookie) = asked(&world);
    let unknown = consent.replace("handle=", "handle=x");
    for (uri, reason) in [
        (unknown.as_str(), Reason::UnknownHandle),
        ("/oauth2/consent", Reason::Missing("handle")),
        ("/oauth2/consent?handle=", Reason::Missing("handle")),
        ("/oauth2/consent?handle=a&handle=b", Reason::Repeated("handle")),
        ("/oauth2/consent?handle=%", Reason::Encoding),
    ] {
        let reply = world.consent(uri, Some(&cookie), allow());
        assert_direct(&reply, StatusCode::BAD_REQUEST, uri);
        assert_eq!(reply.reason, Some(reason));
    }
}

#[test]
fn a_code_without_a_resource_owner_is_not_made() {
    let world = World::new();
    let (consent, cookie) = asked(&world);
    let nobody = Some(Answer::allowed(""));
    let reply = world.consent(&consent, Some(&cookie), nobody);
    assert_direct(&reply, StatusCode::INTERNAL_SERVER_ERROR, "nobody");
    assert_eq!(world.consent(&consent, Some(&cookie), allow()).reason, None);
}

#[test]
fn a_browser_keeps_its_cookie_across_requests() {
    let world = World::new();
    let (first, cookie_pair) = asked(&world);
    let request = get("/oauth2/authorize", &world.request("web", CHALLENGE), &[("cookie", &cookie_pair)]);
    let reply = world.drive(world.receive(oauth2_core::server::Endpoint::Authorize, request), None);
    assert_eq!(cookie(&reply.response), cookie_pair);
    // Both tabs can be finished.
    for consent in [first, location(&reply.response)] {
        assert_eq!(world.consent(&consent, Some(&cookie_pair), allow()).reason, None);
    }
}
