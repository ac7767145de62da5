//! How often memory is asked for between a signed request and its grant.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use allocation_counter::measure;
use bytes::Bytes;
use http::Request;
use oauth_sansio::Outcome;
use oauth1_core::resource::Step;
use support::{PHOTOS, World};

#[test]
fn verifying_a_request_allocates_three_times_whatever_it_grants_and_however_many_parameters_it_has() {
    let mut world = World::new();
    let token = world.token();
    let request = world.printer().token(&token).nonce("first").get(PHOTOS);
    // The key is worked out once for a token that the store keeps in memory.
    assert!(world.fetch(&request).is_ok());
    for (nonce, query) in
        [("second", String::new()), ("third", many("&page=1")), ("fourth", many("&p%20q=%E2%82%AC+x"))]
    {
        let request = world.printer().token(&token).nonce(nonce).get(&format!("{PHOTOS}{query}"));
        let (mut received, mut resumed, mut settled) = (None, None, None);
        let [first, second] = [world.moment(), world.moment()];
        let mut total = measure(|| received = Some(world.verifier.receive(&request, first))).count_total;
        let Some(Step::Load(load)) = received else { panic!("no load") };
        let facts = world.store.load(load.wanted());
        total += measure(|| resumed = Some(load.resume(facts, second))).count_total;
        let Some(Step::Commit(commit)) = resumed else { panic!("no commit") };
        total += measure(|| settled = Some(commit.settle(Outcome::Applied))).count_total;
        let Some(Step::Admit(grant)) = settled else { panic!("not admitted") };
        assert_eq!(
            (&*grant.realms, grant.subject.as_deref()),
            (&["photos".into(), "albums".into()][..], Some("jane"))
        );
        // The base string, the client's identifier, and the list of what is spent.
        assert_eq!(total, 3, "{nonce}");
    }
}

#[test]
fn no_memory_grows_with_what_is_over_a_limit() {
    let mut world = World::new();
    let long = "x".repeat(60_000);
    for (query, form) in [
        ("?".to_owned() + &"&".repeat(60_000), String::new()),
        (format!("?a={long}"), String::new()),
        (format!("?{long}=a"), String::new()),
        (String::new(), "a&".repeat(30_000)),
        (String::new(), format!("{long}=1")),
        (String::new(), format!("oauth_nonce={long}")),
    ] {
        let header = r#"OAuth oauth_consumer_key="k", oauth_signature_method="HMAC-SHA1""#;
        let request = Request::post(format!("/photos{query}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", header)
            .body(Bytes::from(form))
            .unwrap();
        let moment = world.moment();
        let used = measure(|| drop(world.verifier.receive(&request, moment)));
        assert!(used.bytes_total < 16 * 1024, "{used:?}");
    }
}

fn many(parameter: &str) -> String {
    parameter.repeat(64)
}
