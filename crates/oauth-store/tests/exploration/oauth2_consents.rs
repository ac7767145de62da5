//! A remembered consent that is used while it is withdrawn.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use oauth_sansio::{Digest, Moment};
use oauth_store::Table;
use oauth2_core::pkce::Challenge;
use oauth2_core::server::{
    Asked, Batch, Consent, Endpoint, Goal, Pending, Record, Requested, ResponseMode, Wish,
};

use crate::explorer::{ISSUER, NOW, Rules, Seen, explore, prepared, ready};
use crate::oauth2::{CHALLENGE, FAMILY, Flying, REFRESH, is_revoked, knowledge, post, server};

const CALLBACK: &str = "https://app.example.com/cb";

/// No code but those that are dead.
fn all_are_dead(world: &Seen<'_, Flying>) -> bool {
    let codes = world.knowledge.rows.iter().filter(|(key, _)| key.table == Table::OAuth2Code);
    codes.into_iter().all(|(_, put)| {
        put.families.iter().flatten().any(|family| world.knowledge.tombstones.contains(family))
    })
}

#[test]
fn no_code_outlives_the_consent_that_it_was_issued_under() {
    let server = server();
    let browser = "b".repeat(43);
    let later = NOW.plus(Duration::from_secs(30));
    // Nothing may be shown, so whatever is granted was granted without asking.
    let asked = Asked { prompt: Wish { none: true, ..Wish::default() }, ..Asked::default() };
    let requested = Arc::new(Requested {
        redirect_uri: CALLBACK.into(),
        state: None,
        response_mode: ResponseMode::Query,
        response_alg: None,
        scopes: "photos".parse().unwrap(),
        resources: Vec::new(),
        details: None,
        code_challenge: Challenge::parse(CHALLENGE, Some("S256")).unwrap(),
        dpop_jkt: None,
        asked,
    });
    let pending = |handle: &str| {
        let pending = Pending {
            client_id: "app".into(),
            goal: Goal::Code(requested.clone()),
            pushed: None,
            browser: Digest::of(&browser),
            began: NOW,
            expires: later,
        };
        Record::Pending(Digest::of_token(handle), pending.into())
    };
    let consent = Consent {
        client_id: "app".into(),
        subject: "ann".into(),
        scopes: "photos".parse().unwrap(),
        resources: Vec::new(),
        family: FAMILY,
        redirect_uri: CALLBACK.into(),
        expires: later,
    };
    let consent = Record::Consent(Consent::key("app", "ann"), consent.into());
    let mut knowledge = knowledge();
    let more = prepared(|store| {
        let put = vec![pending("one"), pending("other"), consent];
        let _ = ready(store.commit_oauth2(&Batch { put, ..Batch::default() })).unwrap();
    });
    knowledge.rows.extend(more.rows);
    let visit = |handle: &str| {
        let request = Request::get(format!("{ISSUER}/oauth2/consent?handle={handle}"))
            .header(header::COOKIE, format!("__Host-oauth-browser={browser}"))
            .body(Bytes::new())
            .unwrap();
        Flying(server.receive(Endpoint::Consent, &request, Moment::new(NOW, [0; 32])))
    };
    let issued = |world: &Seen<'_, Flying>| {
        // One is there from the start.
        world.knowledge.rows.keys().filter(|key| key.table == Table::OAuth2Code).count() - 1
    };
    let most = Cell::new(0);
    let always = |world: &Seen<'_, Flying>| {
        most.set(most.get().max(issued(world)));
        assert!(issued(world) <= 2, "decided twice");
        assert!(!is_revoked(world) || all_are_dead(world), "a code outlived its consent");
    };
    let at_the_end = |world: &Seen<'_, Flying>| assert!(is_revoked(world));
    let revoke = post(&server, Endpoint::Revocation, "revoke", &format!("token={REFRESH}"));
    let requests = vec![visit("one"), visit("other"), visit("one"), revoke];
    explore(
        "a consent and its end",
        knowledge,
        requests,
        &Rules { always: &always, at_the_end: &at_the_end },
    );
    assert_eq!(most.get(), 2, "in some worlds the consent is used");
}
