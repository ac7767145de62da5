//! Proof of possession at the token endpoint (RFC 9449).

use http::StatusCode;
use oauth_sansio::Reply;
use oauth2_core::{
    dpop::{DpopError, content_digest},
    jose::{Algorithm, LocalSigner, Signer, Unsigned},
    pkce::Verifier,
    server::{Client, Demands, MutualTls, Profile, Reason, SenderConstraint, ServerKeys, Step},
};
use serde_json::{Value, json};

use crate::world::*;

const TOKEN: &str = "https://as.example/oauth2/token";

pub(crate) fn key() -> LocalSigner {
    LocalSigner::generate(Algorithm::Es256, "").unwrap()
}

/// A proof for the token endpoint.
fn proof(world: &World, key: &LocalSigner, id: &str, nonce: Option<&str>) -> String {
    proof_at(world, key, TOKEN, id, nonce)
}

fn proof_at(world: &World, key: &LocalSigner, url: &str, id: &str, nonce: Option<&str>) -> String {
    let mut claims = json!({ "jti": id, "htm": "POST", "htu": url, "iat": world.now.get() });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    proof_of(key, &claims)
}

/// A proof that says this.
pub(crate) fn proof_of(key: &LocalSigner, claims: &Value) -> String {
    proof_of_text(key, &claims.to_string())
}

pub(crate) fn proof_of_text(key: &LocalSigner, claims: &str) -> String {
    let jwk = key.public().unwrap();
    let unsigned = Unsigned::with_embedded_key(&jwk, Algorithm::Es256, "dpop+jwt", claims.as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

fn thumbprint(key: &LocalSigner) -> String {
    key.public().unwrap().thumbprint().to_string()
}

/// A token request of a public client, with a proof or without.
fn as_native(world: &World, proof: Option<&str>, parameters: &[(&str, &str)]) -> Reply<Reason> {
    let headers: Vec<_> = proof.map(|proof| ("dpop", proof)).into_iter().collect();
    world.token(&headers, &[parameters, &[("client_id", "native")]].concat())
}

/// An access token of a public client that is bound to this key.
pub(crate) fn bound_token(world: &World, key: &LocalSigner) -> String {
    let id = format!("for a token at {}", world.store.borrow().size().0);
    Tokens::of(&redeem(world, &world.code("native"), Some(&proof(world, key, &id, None)))).access
}

fn redeem(world: &World, issued: &Issued, proof: Option<&str>) -> Reply<Reason> {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", issued.code.as_str()),
        ("code_verifier", &issued.verifier),
    ];
    as_native(world, proof, &parameters)
}

fn refresh(world: &World, token: &str, proof: Option<&str>) -> Reply<Reason> {
    as_native(world, proof, &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

#[test]
fn x14_a_bound_token_calls_itself_dpop_and_is_no_bearer_token() {
    let (world, key) = (World::new(), key());
    let reply = redeem(&world, &world.code("native"), Some(&proof(&world, &key, "1", None)));
    assert_eq!(json(&reply.response)["token_type"], "DPoP");
    let tokens = Tokens::of(&reply);
    // S18: without its key it is worth nothing.
    assert!(world.api(&tokens.access).is_err());
    let unbound = Tokens::of(&redeem(&world, &world.code("native"), None));
    assert!(world.api(&unbound.access).is_ok());
}

#[test]
fn r05_where_refresh_tokens_of_public_clients_must_be_bound_there_is_none_that_is_not() {
    let world = World::with(|config| config.policy.bind_public_refresh_tokens = true);
    let reply = redeem(&world, &world.code("native"), None);
    assert_eq!((reply.reason, json(&reply.response).get("refresh_token")), (None, None));
    let own = key();
    let tokens = Tokens::of(&redeem(&world, &world.code("native"), Some(&proof(&world, &own, "1", None))));
    assert_eq!(refresh(&world, &tokens.refresh, Some(&proof(&world, &own, "2", None))).reason, None);
    // One with a secret has that to show.
    assert_eq!(world.refresh("web", &world.tokens("web").refresh).reason, None);
}

#[test]
fn r05_the_refresh_token_of_a_public_client_works_with_its_key_only() {
    let (world, own, other) = (World::new(), key(), key());
    let tokens = Tokens::of(&redeem(&world, &world.code("native"), Some(&proof(&world, &own, "1", None))));
    for wrong in [None, Some(proof(&world, &other, "2", None))] {
        let reply = refresh(&world, &tokens.refresh, wrong.as_deref());
        assert_eq!((error(&reply), reply.reason), ("invalid_grant".into(), Some(Reason::OtherKey)));
    }
    // Nothing was spent by the tries.
    Tokens::of(&refresh(&world, &tokens.refresh, Some(&proof(&world, &own, "3", None))));
}

#[test]
fn g09_p17_x15_a_code_that_is_bound_to_a_key_is_redeemed_with_that_key() {
    let (world, own, other) = (World::new(), key(), key());
    let verifier = Verifier::generate(&mut world.moment().entropy());
    let (challenge, jkt) = (verifier.challenge().to_string(), thumbprint(&own));
    let mut request = world.request("native", &challenge);
    request.push(("dpop_jkt", &jkt));
    let reply = world.authorize(&request);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let code = query(&location(&reply.response))["code"].clone();
    let issued = Issued { code, verifier: verifier.expose().to_owned() };
    for wrong in [None, Some(proof(&world, &other, "1", None))] {
        let reply = redeem(&world, &issued, wrong.as_deref());
        assert_eq!((error(&reply), reply.reason), ("invalid_grant".into(), Some(Reason::OtherKey)));
    }
    Tokens::of(&redeem(&world, &issued, Some(&proof(&world, &own, "2", None))));
}

#[test]
fn a_malformed_thumbprint_is_refused_at_the_authorization_endpoint() {
    let world = World::new();
    let challenge = Verifier::generate(&mut world.moment().entropy()).challenge().to_string();
    let long = "A".repeat(44);
    for jkt in ["x", "", &long, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"] {
        let mut request = world.request("web", &challenge);
        request.push(("dpop_jkt", jkt));
        let reply = world.authorize(&request);
        let refused = (!jkt.is_empty()).then_some(Reason::Malformed("dpop_jkt"));
        assert_eq!(reply.reason, refused, "{jkt}");
    }
}

#[test]
fn x09_a_proof_works_once_and_a_replayed_one_touches_no_ticket() {
    let (world, key) = (World::new(), key());
    let proof = proof(&world, &key, "once", None);
    let tokens = Tokens::of(&redeem(&world, &world.code("native"), Some(&proof)));
    world.pass(60);
    let reply = refresh(&world, &tokens.refresh, Some(&proof));
    assert_eq!((error(&reply), reply.reason), ("invalid_dpop_proof".into(), Some(Reason::ProofReplayed)));
    let fresh = proof_at(&world, &key, TOKEN, "twice", None);
    let next = Tokens::of(&refresh(&world, &tokens.refresh, Some(&fresh)));
    // The whole request of somebody else, sent again: the proof stops it before the token is seen to be used.
    let reply = refresh(&world, &tokens.refresh, Some(&fresh));
    assert_eq!(reply.reason, Some(Reason::ProofReplayed));
    Tokens::of(&refresh(&world, &next.refresh, Some(&proof_at(&world, &key, TOKEN, "thrice", None))));
}

/// Nobody has to tell the body here; whoever does is held to it.
#[test]
fn x16_at_the_token_endpoint_a_proof_is_for_the_body_that_it_tells() {
    let (world, key) = (World::new(), key());
    let issued = world.code("native");
    let claims = json!({ "jti": "1", "htm": "POST", "htu": TOKEN, "iat": world.now.get(),
        "content_digest": content_digest(b"grant_type=other") });
    let reply = redeem(&world, &issued, Some(&proof_of(&key, &claims)));
    let wrong = Some(Reason::Dpop(DpopError::Content));
    assert_eq!((error(&reply), reply.reason), ("invalid_dpop_proof".into(), wrong));
    Tokens::of(&redeem(&world, &issued, Some(&proof(&world, &key, "1", None))));
}

#[test]
fn x09_of_two_requests_at_once_with_one_proof_one_is_answered() {
    let (world, key) = (World::new(), key());
    let proof = proof(&world, &key, "1", None);
    let step = || {
        let issued = world.code("native");
        let parameters = [
            ("grant_type", "authorization_code"),
            ("client_id", "native"),
            ("code", issued.code.as_str()),
            ("code_verifier", &issued.verifier),
        ];
        world.advance(world.token_step(&[("dpop", &proof)], &parameters))
    };
    let racing: Vec<Step> = (0..8).map(|_| step()).collect();
    let replies: Vec<_> = racing.into_iter().map(|step| world.drive(step, None)).collect();
    let count = |reason| replies.iter().filter(|reply| reply.reason == reason).count();
    assert_eq!((count(None), count(Some(Reason::ProofReplayed))), (1, 7));
}

#[test]
fn x10_bad_proofs_leave_nothing_behind() {
    let (world, key) = (World::new(), key());
    let issued = world.code("native");
    let size = world.store.borrow().size();
    for n in 0..50 {
        let mut proof = proof(&world, &key, &n.to_string(), None);
        proof.replace_range(proof.len() - 20..proof.len() - 10, "AAAAAAAAAA");
        assert_eq!(error(&redeem(&world, &issued, Some(&proof))), "invalid_dpop_proof");
    }
    assert_eq!(world.store.borrow().size(), size);
}

#[test]
fn x07_where_the_endpoint_is_the_settings_say_and_no_header() {
    let (world, key) = (World::new(), key());
    let issued = world.code("native");
    let proof = proof_at(&world, &key, "https://evil.example/oauth2/token", "1", None);
    let parameters = [
        ("grant_type", "authorization_code"),
        ("client_id", "native"),
        ("code", issued.code.as_str()),
        ("code_verifier", &issued.verifier),
    ];
    let headers = [
        ("dpop", proof.as_str()),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ];
    assert_eq!(error(&world.token(&headers, &parameters)), "invalid_dpop_proof");
}

#[test]
fn x07_x09_a_proof_names_the_endpoint_or_its_alias_and_is_used_up_under_both() {
    const ALIAS: &str = "https://mtls.as.example:8443/oauth2/token";
    let with = |aliases: Option<&str>| {
        let aliases = aliases.map(|origin| origin.parse().unwrap());
        World::with(|config| config.mutual_tls = Some(MutualTls { aliases }))
    };
    let (world, key) = (with(Some("https://mtls.as.example:8443")), key());
    let named = |world, url, id| proof_at(world, &key, url, id, None);
    let first = named(&world, ALIAS, "1");
    let tokens = Tokens::of(&redeem(&world, &world.code("native"), Some(&first)));
    assert_eq!(
        refresh(&world, &tokens.refresh, Some(&first)).reason,
        Some(Reason::ProofReplayed),
        "wherever it comes in"
    );
    Tokens::of(&refresh(&world, &tokens.refresh, Some(&named(&world, TOKEN, "2"))));

    for (world, url) in [
        (&world, "https://mtls.as.example/oauth2/token"),
        (&world, "https://mtls.as.example:8443/oauth2/par"),
        (&with(None), ALIAS),
    ] {
        let reply = redeem(world, &world.code("native"), Some(&named(world, url, "3")));
        assert_eq!(reply.reason, Some(Reason::Dpop(DpopError::Address)), "{url}");
    }
}

#[test]
fn x12_where_a_nonce_is_wanted_a_proof_without_a_fresh_one_is_told_so() {
    let world = World::with(|config| {
        config.keys = ServerKeys::always([5; 32]);
        config.policy.require_dpop_nonce = true;
    });
    let (key, issued) = (key(), world.code("native"));
    let reply = redeem(&world, &issued, Some(&proof(&world, &key, "1", None)));
    assert_eq!((reply.response.status(), error(&reply)), (StatusCode::BAD_REQUEST, "use_dpop_nonce".into()));
    let nonce = reply.response.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    world.pass(300);
    let reply = redeem(&world, &issued, Some(&proof(&world, &key, "2", Some(&nonce))));
    assert_eq!(error(&reply), "use_dpop_nonce", "a stale one");
    // The code lives for a minute.
    let issued = world.code("native");
    let nonce = reply.response.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let reply = redeem(&world, &issued, Some(&proof(&world, &key, "3", Some(&nonce))));
    assert!(reply.response.headers().contains_key("dpop-nonce"), "the next one comes with the answer");
    Tokens::of(&reply);
}

#[test]
fn a_client_or_a_policy_that_wants_bound_tokens_gets_no_others() {
    let demands = Demands { dpop_bound_access_tokens: true, ..Demands::default() };
    let by_client = World::new();
    by_client.register(Client { demands, ..native() });
    let by_policy = World::with(|config| config.policy.sender_constraint = SenderConstraint::Required);
    for world in [by_client, by_policy] {
        let (key, issued) = (key(), world.code("native"));
        let reply = redeem(&world, &issued, None);
        assert_eq!((error(&reply), reply.reason), ("invalid_dpop_proof".into(), Some(Reason::NotBound)));
        Tokens::of(&redeem(&world, &issued, Some(&proof(&world, &key, "1", None))));
    }
    assert_eq!(Profile::Fapi2.policy().sender_constraint, SenderConstraint::Required);
}
