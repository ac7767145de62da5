//! What must not leave: through the store, the log, or a header. The names carry the numbers of `docs/attacks.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bytes::Bytes;
use http::{
    Request,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS},
};
use oauth1_core::server::{Callbacks, Client, ConfigError, Provider, Reason, Record, Step};
use support::{CALLBACK, ORIGIN, World, credentials, printer, query_of, server_paths};

#[test]
fn o28_pages_and_redirects_are_neither_framed_nor_cached_nor_told() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let authorize = format!("{}?oauth_token={}", world.url(server_paths().authorize), temporary.token);
    let to_consent = world.send(&Request::get(authorize).body(Bytes::new()).unwrap());
    let to_client = world.authorize(&temporary.token);
    let answered = world.authorize(&temporary.token);
    let oob = world.temporary_with_nonce("oob", "2");
    let shown = world.authorize(&oob.token);
    for reply in [to_consent, to_client, answered, shown] {
        let headers = reply.response.headers();
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer");
        assert_eq!(headers[CONTENT_SECURITY_POLICY], "default-src 'none'; frame-ancestors 'none'");
    }
}

#[test]
fn z05_a_store_is_given_rows_and_never_a_request() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    let request = world.token_request(&temporary, &verifier);
    credentials(&world.send(&request));
    let signature = form_value(&request, "oauth_signature");
    let everything = everything_stored(&world);
    for text in [verifier.as_str(), &signature, "printer secret", "oauth_signature", "Authorization"] {
        assert!(!everything.contains(text), "{text}");
    }
}

/// Shared secrets are the exception: HMAC needs them readable (RFC 5849 section 4.5).
#[test]
fn z06_tokens_and_verifiers_are_stored_as_digests() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    let token = credentials(&world.send(&world.token_request(&temporary, &verifier)));
    let everything = everything_stored(&world);
    assert!(!everything.contains(&token.token) && !everything.contains(&verifier));
    assert!(everything.contains(token.secret.expose()) && everything.contains(temporary.secret.expose()));
    // What is printed shows not even those.
    let printed = format!("{:?}", world.store.applied);
    for secret in [&token.secret, &temporary.secret] {
        assert!(!printed.contains(secret.expose()));
    }
}

#[test]
fn no_pause_prints_a_secret() {
    let mut world = World::new();
    let temporary = world.temporary(CALLBACK);
    let verifier = world.verifier(&temporary.token);
    let request = world.token_request(&temporary, &verifier);
    let signature = form_value(&request, "oauth_signature");
    let endpoint = world.provider.endpoint(request.uri().path()).unwrap();
    let moment = world.moment();
    let mut step = world.provider.receive(endpoint, &request, moment);
    let mut printed = String::new();
    let reply = loop {
        printed += &format!("{step:?} {step:#?}");
        step = match step {
            Step::Load(load) => {
                let facts = world.store.load(load.wanted());
                printed += &format!("{facts:?}");
                load.resume(facts, world.moment())
            }
            Step::Commit(commit) => {
                let outcome = world.store.commit(commit.batch());
                commit.settle(outcome)
            }
            Step::Reply(reply) => break *reply,
            Step::Interact(_) => panic!("nobody to ask"),
        };
    };
    let token = credentials(&reply);
    for secret in
        [verifier.as_str(), &signature, "printer secret", token.secret.expose(), temporary.secret.expose()]
    {
        assert!(!printed.contains(secret), "{secret}");
    }
}

#[test]
fn z11_a_callback_or_realm_cannot_split_a_header() {
    let mut world = World::new();
    world.store.register(Client { callbacks: Callbacks::Any, ..printer() });
    let url = world.url(server_paths().temporary);
    for evil in [
        "https://a.example/\r\nSet-Cookie: a=b",
        "https://a.example/\n",
        "https://a.example/\t",
        "https://a.example/\0",
    ] {
        let request = world.printer().with("oauth_callback", evil).post(&url);
        assert_eq!(world.send_refused(&request), Reason::Callback, "{evil:?}");
    }
    let mut config = oauth1_core::server::Config::new(url::Url::parse(ORIGIN).unwrap());
    config.realm = "a\"\r\nSet-Cookie: a=b".into();
    assert!(matches!(Provider::new(config), Err(ConfigError::Realm)));
}

/// All rows, as a durable store would write them.
fn everything_stored(world: &World) -> String {
    let rows = world.store.applied.iter().flat_map(|batch| &batch.put).map(|record| match record {
        Record::Temporary(id, record) => serde_json::to_string(&(id, record)),
        Record::Interaction(id, record) => serde_json::to_string(&(id, record)),
        Record::Approval(id, record) => serde_json::to_string(&(id, record)),
        Record::Token(id, record) => serde_json::to_string(&(id, record)),
    });
    rows.collect::<Result<String, _>>().unwrap()
}

fn form_value(request: &Request<Bytes>, name: &str) -> String {
    let header = request.headers()["authorization"].to_str().unwrap();
    let start = header.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    let query = format!("https://x.example/?v={}", header[start..].split('"').next().unwrap());
    query_of(&query.replace('+', "%2B"), "v").unwrap()
}
