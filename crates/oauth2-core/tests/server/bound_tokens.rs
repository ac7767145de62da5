//! Tokens that are bound to a key (RFC 9449) or a certificate (RFC 8705), at an API.

use bytes::Bytes;
use http::{Request, StatusCode, header};
use oauth_sansio::{Reply, auth::parse_challenges};
use oauth2_core::{
    dpop::{DpopError, access_token_hash, content_digest},
    jose::{Algorithm, ClaimError},
    jwt::PossessionError,
    resource::{Config, ConfigError, Dpop, Grant, Reason, Step, Verifier},
    server::{Binding, Chain, ClientCertificate, MutualTls, ServerKeys},
};
use serde_json::{Value, json};

use crate::certificates::{machine_asks, over, self_signed, shown};
use crate::possession::{bound_token, key, proof_of, proof_of_text};
use crate::world::*;

const API: &str = "https://api.example";

fn api() -> Verifier {
    at(Dpop::new(API.parse().unwrap()))
}

fn at(dpop: Dpop) -> Verifier {
    Verifier::new(Config { dpop: Some(dpop), ..Config::default() }).unwrap()
}

/// What a proof for `GET /photos` with this token says.
fn claims(world: &World, token: &str, id: &str) -> Value {
    let url = format!("{API}/photos");
    json!({ "jti": id, "htm": "GET", "htu": url, "iat": world.now.get(), "ath": access_token_hash(token) })
}

fn photos(authorization: &str, proofs: &[&str]) -> Request<Bytes> {
    let request = Request::get("/photos?album=1").header(header::AUTHORIZATION, authorization);
    let request = proofs.iter().fold(request, |request, proof| request.header("dpop", *proof));
    request.body(Bytes::new()).unwrap()
}

fn ask(world: &World, api: &Verifier, token: &str, proof: &str) -> Result<Grant, Reply<Reason>> {
    world.protected(api, &photos(&format!("DPoP {token}"), &[proof]))
}

/// Each challenge as its scheme and its error.
fn challenges(reply: &Reply<Reason>) -> Vec<(String, Option<String>)> {
    let headers = reply.response.headers().get_all(header::WWW_AUTHENTICATE);
    let texts: Vec<_> = headers.iter().map(|value| value.to_str().unwrap()).collect();
    let read = parse_challenges(texts).unwrap();
    read.iter().map(|one| (one.scheme.to_owned(), one.parameter("error").map(str::to_owned))).collect()
}

fn error(reply: &Reply<Reason>) -> (u16, String) {
    let code = challenges(reply).into_iter().find_map(|(_, error)| error).unwrap_or_default();
    (reply.response.status().as_u16(), code)
}

#[test]
fn x11_s18_a_bound_token_opens_an_api_with_a_proof_by_its_key_and_not_without() {
    let (world, own, api) = (World::new(), key(), api());
    let token = bound_token(&world, &own);
    let grant = ask(&world, &api, &token, &proof_of(&own, &claims(&world, &token, "1"))).unwrap();
    assert_eq!(grant.bindings, [Binding::Dpop(own.public().unwrap().thumbprint().0)]);

    let by_other = proof_of(&key(), &claims(&world, &token, "2"));
    let reply = ask(&world, &api, &token, &by_other).unwrap_err();
    assert_eq!(error(&reply), (401, "invalid_token".into()));
    assert_eq!(reply.reason, Some(Reason::Possession(PossessionError::OtherKey)));

    // As a bearer token it is worth nothing, with its own proof beside it or without.
    let proof = proof_of(&own, &claims(&world, &token, "3"));
    for proofs in [&[][..], &[proof.as_str()]] {
        let reply = world.protected(&api, &photos(&format!("Bearer {token}"), proofs)).unwrap_err();
        assert_eq!(reply.reason, Some(Reason::Possession(PossessionError::NoProof)));
        let told = [("Bearer".to_owned(), Some("invalid_token".to_owned())), ("DPoP".to_owned(), None)];
        assert_eq!(challenges(&reply), told);
    }
    // Nor to an API that takes no proofs.
    let reply = ask(&world, &world.api, &token, &proof).unwrap_err();
    assert_eq!(
        (reply.reason, challenges(&reply)),
        (Some(Reason::NoToken), vec![("Bearer".to_owned(), None)])
    );
}

#[test]
fn a_bearer_token_is_none_under_the_scheme_of_bound_ones() {
    let (world, key, api) = (World::new(), key(), api());
    let token = world.tokens("web").access;
    let proof = proof_of(&key, &claims(&world, &token, "1"));
    let reply = ask(&world, &api, &token, &proof).unwrap_err();
    assert_eq!(reply.reason, Some(Reason::Possession(PossessionError::NotBound)));
    assert_eq!(error(&reply), (401, "invalid_token".into()));
    // Beside it under its own scheme a proof is nobody's business.
    assert!(world.protected(&api, &photos(&format!("Bearer {token}"), &["no proof"])).is_ok());
}

#[test]
fn x01_x02_x05_a_proof_is_one_and_for_this_request_and_this_token() {
    let (world, key, api) = (World::new(), key(), api());
    let token = bound_token(&world, &key);
    let good = claims(&world, &token, "1");
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        proof_of(&key, &claims)
    };
    for (name, value) in [
        ("htm", json!("POST")),
        ("htu", json!("https://api.example/mail")),
        ("htu", json!("https://evil.example/photos")),
        ("ath", json!(access_token_hash("another"))),
        ("ath", Value::Null),
        ("iat", json!(world.now.get() - 71)),
        ("iat", json!(world.now.get() + 60)),
        ("jti", Value::Null),
    ] {
        let reply = ask(&world, &api, &token, &with(name, value)).unwrap_err();
        assert_eq!(error(&reply), (401, "invalid_dpop_proof".into()), "{name}");
        assert!(matches!(reply.reason, Some(Reason::Dpop(_))));
        let schemes: Vec<_> = challenges(&reply).into_iter().map(|(scheme, _)| scheme).collect();
        assert_eq!(schemes, ["Bearer", "DPoP"]);
    }
    let proof = proof_of(&key, &good);
    let twice = photos(&format!("DPoP {token}"), &[&proof, &proof]);
    let none = photos(&format!("DPoP {token}"), &[]);
    for (request, reason) in [(twice, Reason::Dpop(DpopError::Several)), (none, Reason::NoProof)] {
        let reply = world.protected(&api, &request).unwrap_err();
        assert_eq!((error(&reply), reply.reason), ((401, "invalid_dpop_proof".into()), Some(reason)));
    }
    // All of that has spent nothing.
    assert!(ask(&world, &api, &token, &proof).is_ok());
}

#[test]
fn x16_a_proof_that_tells_a_body_is_for_that_body_alone() {
    let (world, own, api) = (World::new(), key(), api());
    let strict = Dpop { require_content_digest: true, ..Dpop::new(API.parse().unwrap()) };
    let strict = at(strict);
    let token = bound_token(&world, &own);
    let request = |body: &'static str, proof: &str| {
        let request = Request::post("/photos").header(header::AUTHORIZATION, format!("DPoP {token}"));
        request.header("dpop", proof).body(Bytes::from(body)).unwrap()
    };
    let telling = |id: &str, told: Value| {
        let mut claims = claims(&world, &token, id);
        (claims["htm"], claims["content_digest"]) = (json!("POST"), told);
        claims
    };
    let (list, call) = (r#"{"method":"tools/list"}"#, r#"{"method":"tools/call"}"#);
    let refused = |api: &Verifier, body, proof: &str| {
        let reply = world.protected(api, &request(body, proof)).unwrap_err();
        assert_eq!(error(&reply), (401, "invalid_dpop_proof".into()));
        reply.reason.unwrap()
    };

    let proof = proof_of(&own, &telling("1", json!(content_digest(list.as_bytes()))));
    for other in [call, ""] {
        assert_eq!(refused(&api, other, &proof), Reason::Dpop(DpopError::Content));
    }
    // All of that has spent nothing.
    assert!(world.protected(&api, &request(list, &proof)).is_ok());
    let same = content_digest(list.as_bytes());
    for told in [
        same.replace("sha-256", "sha-512"),
        same.replace("sha-256", "SHA-256"),
        same.replace(':', ""),
        format!("{same}, {same}"),
        access_token_hash(list),
        String::new(),
    ] {
        let proof = proof_of(&own, &telling("2", json!(told)));
        assert_eq!(refused(&api, list, &proof), Reason::Dpop(DpopError::Content), "{told}");
    }
    let odd = Reason::Dpop(DpopError::Claim(ClaimError::Type("content_digest")));
    assert_eq!(refused(&api, list, &proof_of(&own, &telling("3", json!([same])))), odd);

    // Nobody has to tell, unless the API says so; then of the empty body, too.
    let silent = |id: &str| {
        let mut claims = telling(id, Value::Null);
        claims.as_object_mut().unwrap().remove("content_digest");
        proof_of(&own, &claims)
    };
    assert!(world.protected(&api, &request(list, &silent("4"))).is_ok());
    let missing = Reason::Dpop(DpopError::Claim(ClaimError::Missing("content_digest")));
    assert_eq!(refused(&strict, list, &silent("5")), missing);
    assert_eq!(refused(&strict, "", &silent("6")), missing);
    for (id, body) in [("7", list), ("8", "")] {
        let proof = proof_of(&own, &telling(id, json!(content_digest(body.as_bytes()))));
        assert!(world.protected(&strict, &request(body, &proof)).is_ok());
    }

    // The body is wanted where it is told of, however that is spelled, and nowhere else.
    assert!(api.wants_body(&request(list, &proof)));
    assert!(!api.wants_body(&request(list, &silent("9"))));
    assert!(strict.wants_body(&request(list, &silent("9"))));
    assert!(!world.api.wants_body(&request(list, &proof)));
    let bearer = Request::post("/photos").header(header::AUTHORIZATION, "Bearer a").header("dpop", &proof);
    assert!(!strict.wants_body(&bearer.body(()).unwrap()));
    let escaped = telling("10", json!(same)).to_string().replace("content_digest", "content\\u005fdigest");
    let escaped = proof_of_text(&own, &escaped);
    assert!(api.wants_body(&request(call, &escaped)));
    assert_eq!(refused(&api, call, &escaped), Reason::Dpop(DpopError::Content));
}

#[test]
fn x09_a_proof_lets_one_request_through() {
    let (world, key, api) = (World::new(), key(), api());
    let token = bound_token(&world, &key);
    let proof = proof_of(&key, &claims(&world, &token, "1"));
    let request = photos(&format!("DPoP {token}"), &[&proof]);
    // All of them are judged before any is let through.
    let judged: Vec<_> = (0..4)
        .map(|_| match api.receive(&request, world.moment()) {
            Step::Load(pause) => {
                let facts = world.load(pause.wanted());
                pause.resume(facts, world.moment())
            }
            other => other,
        })
        .collect();
    let settled = judged.into_iter().map(|step| match step {
        Step::Commit(pause) => {
            let outcome = world.store.borrow_mut().commit(pause.batch());
            pause.settle(outcome)
        }
        other => other,
    });
    let (mut admitted, mut refused) = (0, 0);
    for step in settled {
        match step {
            Step::Admit(_) => admitted += 1,
            Step::Reply(reply) => {
                assert_eq!(error(&reply), (401, "invalid_dpop_proof".into()));
                assert_eq!(reply.reason, Some(Reason::ProofReplayed));
                refused += 1;
            }
            _ => panic!("it was settled"),
        }
    }
    assert_eq!((admitted, refused), (1, 3));
}

/// Whoever copies a request can spell its path in another way, and the proof is still for it.
#[test]
fn x09_a_proof_is_used_however_the_path_is_spelled_the_next_time() {
    let (world, own, api) = (World::new(), key(), api());
    let token = bound_token(&world, &own);
    let proof = proof_of(&own, &claims(&world, &token, "1"));
    let ask = |path: &str| {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("DPoP {token}"));
        world.protected(&api, &request.header("dpop", &proof).body(Bytes::new()).unwrap())
    };
    assert!(ask("/%70hotos").is_ok());
    for path in ["/%70hotos", "/photos", "/phot%6Fs", "/x/../photos"] {
        assert_eq!(ask(path).unwrap_err().reason, Some(Reason::ProofReplayed), "{path}");
    }
}

#[test]
fn x10_a_proof_that_opens_nothing_leaves_nothing_behind() {
    let (world, key, api) = (World::new(), key(), api());
    let token = bound_token(&world, &key);
    let size = world.store.borrow().size();
    for n in 0..20 {
        let mut proof = proof_of(&key, &claims(&world, &token, &n.to_string()));
        assert!(ask(&world, &api, "unknown", &proof).is_err());
        proof.replace_range(proof.len() - 20..proof.len() - 10, "AAAAAAAAAA");
        assert!(ask(&world, &api, &token, &proof).is_err());
    }
    assert_eq!(world.store.borrow().size(), size);
}

#[test]
fn x12_x13_where_a_nonce_is_wanted_an_api_gives_out_its_own() {
    let keys = ServerKeys::always([5; 32]);
    let world = World::with(|config| config.keys = keys.clone());
    let wants = |url: &str| at(Dpop { nonces: Some(keys.clone()), ..Dpop::new(url.parse().unwrap()) });
    let (key, api, other) = (key(), wants(API), wants("https://other.example"));
    let token = bound_token(&world, &key);
    let ask = |id: &str, nonce: Option<&str>| {
        let mut claims = claims(&world, &token, id);
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        ask(&world, &api, &token, &proof_of(&key, &claims))
    };
    let given = |reply: &Reply<Reason>| {
        assert_eq!(error(reply), (401, "use_dpop_nonce".into()));
        reply.response.headers()["dpop-nonce"].to_str().unwrap().to_owned()
    };
    let nonce = given(&ask("1", None).unwrap_err());
    assert!(ask("2", Some(&nonce)).is_ok());
    world.pass(300);
    let next = given(&ask("3", Some(&nonce)).unwrap_err());
    assert_eq!(api.nonce(world.moment().now()).unwrap(), next);
    let foreign = other.nonce(world.moment().now()).unwrap();
    given(&ask("4", Some(foreign.to_str().unwrap())).unwrap_err());
    assert_eq!(world.api.nonce(world.moment().now()), None);
}

#[test]
fn x06_x07_where_an_api_is_the_settings_say_and_no_header() {
    let (world, key) = (World::new(), key());
    let token = bound_token(&world, &key);
    // A proxy in front has taken the beginning of the path away.
    for base in ["https://API.example:443/v1/", "https://api.example/v1"] {
        let api = at(Dpop::new(base.parse().unwrap()));
        let mut said = claims(&world, &token, base);
        said["htu"] = json!("https://api.example/v1/photos");
        assert!(ask(&world, &api, &token, &proof_of(&key, &said)).is_ok(), "{base}");
    }
    let mut said = claims(&world, &token, "evil");
    said["htu"] = json!("https://evil.example/photos");
    let mut request = photos(&format!("DPoP {token}"), &[&proof_of(&key, &said)]);
    for name in ["host", "x-forwarded-host"] {
        request.headers_mut().insert(name, header::HeaderValue::from_static("evil.example"));
    }
    let reply = world.protected(&api(), &request).unwrap_err();
    assert_eq!(reply.reason, Some(Reason::Dpop(DpopError::Address)));
}

#[test]
fn x17_a_token_opens_an_api_over_a_connection_with_its_certificate() {
    let world = World::with(|config| config.mutual_tls = Some(MutualTls::default()));
    let (client, certificate) = self_signed();
    world.register(client);
    let token = Tokens::of(&machine_asks(&world, Some(&certificate))).access;
    let ask = |certificate: Option<&ClientCertificate>, scheme: &str| {
        let proof = proof_of(&key(), &claims(&world, &token, "1"));
        let proofs: &[&str] = if scheme == "DPoP" { &[&proof] } else { &[] };
        world.protected(&api(), &over(certificate, photos(&format!("{scheme} {token}"), proofs)))
    };
    let grant = ask(Some(&certificate), "Bearer").unwrap();
    assert_eq!(grant.bindings, [Binding::Certificate(certificate.thumbprint())]);
    for (certificate, scheme, reason) in [
        (None, "Bearer", PossessionError::NoCertificate),
        (Some(shown(Chain::Verified)), "Bearer", PossessionError::OtherCertificate),
        (Some(certificate), "DPoP", PossessionError::NotBound),
    ] {
        let reply = ask(certificate.as_ref(), scheme).unwrap_err();
        assert_eq!(reply.reason, Some(Reason::Possession(reason)));
        assert_eq!(error(&reply), (401, "invalid_token".into()));
    }
}

#[test]
fn an_api_tells_which_algorithms_a_proof_may_have_and_takes_no_other() {
    let (world, key) = (World::new(), key());
    let api =
        at(Dpop { algorithms: vec![Algorithm::EdDsa, Algorithm::Ps256], ..Dpop::new(API.parse().unwrap()) });
    let token = bound_token(&world, &key);
    let reply = ask(&world, &api, &token, &proof_of(&key, &claims(&world, &token, "1"))).unwrap_err();
    assert_eq!(error(&reply), (401, "invalid_dpop_proof".into()));
    let told: Vec<_> = reply.response.headers().get_all(header::WWW_AUTHENTICATE).iter().collect();
    assert!(told[1].to_str().unwrap().ends_with("algs=\"EdDSA PS256\""));
    // Who brought nothing is told every way there is.
    let reply = world.protected(&api, &Request::get("/photos").body(Bytes::new()).unwrap()).unwrap_err();
    assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(challenges(&reply), [("Bearer".to_owned(), None), ("DPoP".to_owned(), None)]);
}

#[test]
fn settings_that_no_proof_could_be_made_for_are_refused() {
    let refused = |dpop| Verifier::new(Config { dpop: Some(dpop), ..Config::default() }).err();
    for url in ["https://api.example/?x", "https://api.example/#x", "urn:api"] {
        assert_eq!(refused(Dpop::new(url.parse().unwrap())), Some(ConfigError::Dpop), "{url}");
    }
    for algorithms in [vec![], vec![Algorithm::Hs256]] {
        let dpop = Dpop { algorithms, ..Dpop::new(API.parse().unwrap()) };
        assert_eq!(refused(dpop), Some(ConfigError::Dpop));
    }
}
