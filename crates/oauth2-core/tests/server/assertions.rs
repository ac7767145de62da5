//! Clients that authenticate with assertions (RFC 7523), at the token endpoint.

use http::StatusCode;
use oauth_sansio::{Reply, Secret, form};
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner, Signer, Unsigned},
    server::{
        AssertionAudience, Authentication, AuthenticationMethod, Client, ClientKeys, Demands, Endpoint,
        JsonText, MutualTls, Reason, SecretMethods,
    },
};
use serde_json::{Value, json};

use crate::world::*;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn key(algorithm: Algorithm) -> LocalSigner {
    LocalSigner::generate(algorithm, "key").unwrap()
}

fn with_keys(signer: &LocalSigner) -> Client {
    let keys = JwkSet::new([signer.public().unwrap()]).to_value();
    Client {
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Jwks(JsonText::of(&keys))),
        ..machine()
    }
}

fn claims(world: &World, id: &str) -> Value {
    json!({ "iss": "machine", "sub": "machine", "aud": ISSUER, "jti": id, "exp": world.now.get() + 60 })
}

fn assertion(signer: &LocalSigner, claims: &Value) -> String {
    let unsigned = Unsigned::new(signer, Some("client-authentication+jwt"), claims.to_string().as_bytes());
    let signature = signer.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

fn ask(world: &World, assertion: &str) -> Reply<Reason> {
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    world.token(&[], &parameters)
}

#[test]
fn a_private_key_authenticates_with_each_algorithm() {
    for algorithm in Algorithm::ASYMMETRIC {
        let (world, key) = (World::new(), key(algorithm));
        world.register(with_keys(&key));
        let reply = ask(&world, &assertion(&key, &claims(&world, "1")));
        assert_eq!(reply.response.status(), StatusCode::OK, "{algorithm} {:?}", reply.reason);
    }
}

#[test]
fn a_shared_secret_authenticates_by_signing() {
    let world = World::new();
    let secret = Secret::new("a secret of two hundred and fifty six bits");
    world.register(Client {
        authentication: Authentication::SecretJwt { secret: secret.clone() },
        ..machine()
    });
    let key = LocalSigner::from_secret(&secret).unwrap();
    assert_eq!(ask(&world, &assertion(&key, &claims(&world, "1"))).response.status(), StatusCode::OK);
    let other =
        LocalSigner::from_secret(&Secret::new("another secret of two hundred and fifty six bits")).unwrap();
    assert_eq!(error(&ask(&world, &assertion(&other, &claims(&world, "2")))), "invalid_client");
}

#[test]
fn k10_an_assertion_works_once_by_its_exact_identifier() {
    let (world, key) = (World::new(), key(Algorithm::Es256));
    world.register(with_keys(&key));
    let once = assertion(&key, &claims(&world, "abc"));
    assert_eq!(ask(&world, &once).response.status(), StatusCode::OK);
    for text in [once, assertion(&key, &claims(&world, "abc"))] {
        let reply = ask(&world, &text);
        assert_eq!((error(&reply), reply.reason), ("invalid_client".into(), Some(Reason::AssertionReplayed)));
        assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(ask(&world, &assertion(&key, &claims(&world, "ABC"))).response.status(), StatusCode::OK);
}

#[test]
fn k10_of_64_requests_at_once_with_one_assertion_one_is_answered() {
    let (world, key) = (World::new(), key(Algorithm::EdDsa));
    world.register(with_keys(&key));
    let text = assertion(&key, &claims(&world, "1"));
    let parameters = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", text.as_str()),
    ];
    let racing: Vec<_> = (0..64).map(|_| world.advance(world.token_step(&[], &parameters))).collect();
    let replies: Vec<_> = racing.into_iter().map(|step| world.drive(step, None)).collect();
    let count = |reason| replies.iter().filter(|reply| reply.reason == reason).count();
    assert_eq!((count(None), count(Some(Reason::AssertionReplayed))), (1, 63));
}

#[test]
fn a_refused_request_spends_no_assertion() {
    let (world, key) = (World::new(), key(Algorithm::Es256));
    world.register(with_keys(&key));
    let text = assertion(&key, &claims(&world, "1"));
    let marks = world.store.borrow().size();
    let parameters = [
        ("grant_type", "client_credentials"),
        ("scope", "unheard-of"),
        ("client_assertion_type", TYPE),
        ("client_assertion", text.as_str()),
    ];
    assert_eq!(error(&world.token(&[], &parameters)), "invalid_scope");
    assert_eq!(world.store.borrow().size(), marks);
    assert_eq!(ask(&world, &text).response.status(), StatusCode::OK);
}

#[test]
fn k02_k03_an_assertion_comes_alone_and_for_the_client_that_is_named() {
    let (world, key) = (World::new(), key(Algorithm::Es256));
    world.register(with_keys(&key));
    let text = assertion(&key, &claims(&world, "1"));
    let ask = |headers: &[(&str, &str)], more: &[(&str, &str)]| {
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", TYPE),
            ("client_assertion", text.as_str()),
        ];
        world.token(headers, &[&parameters, more].concat())
    };
    let basic = basic("machine", SECRET);
    assert_eq!(ask(&[("authorization", &basic)], &[]).reason, Some(Reason::SeveralAuthentications));
    assert_eq!(ask(&[], &[("client_secret", SECRET)]).reason, Some(Reason::SeveralAuthentications));
    assert_eq!(ask(&[], &[("client_id", "web")]).reason, Some(Reason::ClientIdMismatch));
    assert_eq!(ask(&[], &[("client_id", "machine")]).reason, None);
}

#[test]
fn k04_a_client_has_the_method_it_is_registered_for_and_no_other() {
    let (world, key) = (World::new(), key(Algorithm::Es256));
    let text = assertion(&key, &claims(&world, "1"));
    // It has a secret.
    assert_eq!(ask(&world, &text).reason, Some(Reason::AuthenticationMethod));
    world.register(with_keys(&key));
    let reply =
        world.token(&[("authorization", &basic("machine", SECRET))], &[("grant_type", "client_credentials")]);
    assert_eq!(reply.reason, Some(Reason::AuthenticationMethod));
    // A policy may close a method for all.
    let world = World::with(|config| {
        config.policy.authentication_methods.remove(&AuthenticationMethod::PrivateKeyJwt);
    });
    world.register(with_keys(&key));
    assert_eq!(ask(&world, &text).reason, Some(Reason::AuthenticationMethod));
}

#[test]
fn k01_k23_what_is_no_assertion_is_no_authentication() {
    let (world, key) = (World::new(), key(Algorithm::Es256));
    world.register(with_keys(&key));
    for text in ["", "x", "a.b.c", "....", &"A".repeat(8000)] {
        let reply = ask(&world, text);
        assert!(matches!(&*error(&reply), "invalid_client" | "invalid_request"), "{text} {:?}", reply.reason);
    }
    let reply = world.token(&[], &[("grant_type", "client_credentials"), ("client_id", "machine")]);
    assert_eq!((error(&reply), reply.reason), ("invalid_client".into(), Some(Reason::Unauthenticated)));
    let text = assertion(&key, &claims(&world, "1"));
    for kind in [None, Some("urn:ietf:params:oauth:client-assertion-type:saml2-bearer")] {
        let mut parameters = vec![("grant_type", "client_credentials"), ("client_assertion", text.as_str())];
        parameters.extend(kind.map(|kind| ("client_assertion_type", kind)));
        assert_eq!(world.token(&[], &parameters).reason, Some(Reason::AssertionType));
    }
    assert!(
        form::encode([("client_assertion", text.as_str())]).len() < 8000,
        "honest ones are far below the limit"
    );
}

#[test]
fn k11_the_legacy_audience_must_be_asked_for() {
    let key = key(Algorithm::Es256);
    let strict = World::new();
    let lenient =
        World::with(|config| config.policy.assertion_audience = AssertionAudience::IssuerOrEndpoint);
    let aliased = World::with(|config| {
        config.policy.assertion_audience = AssertionAudience::IssuerOrEndpoint;
        config.mutual_tls = Some(MutualTls { aliases: Some("https://mtls.as.example".parse().unwrap()) });
    });
    for (world, good) in [(&lenient, false), (&aliased, true)] {
        world.register(with_keys(&key));
        let mut claims = claims(world, "alias");
        claims["aud"] = json!("https://mtls.as.example/oauth2/token");
        assert_eq!(ask(world, &assertion(&key, &claims)).reason.is_none(), good);
    }
    for (world, good) in [(strict, false), (lenient, true)] {
        world.register(with_keys(&key));
        for (n, audience) in [
            json!("https://as.example/oauth2/token"),
            json!(["https://as.example/oauth2/token"]),
            json!([ISSUER]),
        ]
        .into_iter()
        .enumerate()
        {
            let mut claims = claims(&world, &n.to_string());
            claims["aud"] = audience;
            assert_eq!(ask(&world, &assertion(&key, &claims)).reason.is_none(), good, "{claims}");
        }
    }
}

#[test]
fn k11_the_endpoint_that_is_asked_may_be_the_audience_and_no_other_but_the_token_endpoint() {
    let key = key(Algorithm::Es256);
    let world = World::with(|config| config.policy.assertion_audience = AssertionAudience::IssuerOrEndpoint);
    world.register(with_keys(&key));
    let introspect = |id: &str, path: &str| {
        let mut claims = claims(&world, id);
        claims["aud"] = json!(format!("https://as.example{path}"));
        let text = assertion(&key, &claims);
        let parameters = [
            ("token", "x"),
            ("client_assertion", text.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];
        world
            .drive(world.receive(Endpoint::Introspection, post("/oauth2/introspect", &[], &parameters)), None)
    };
    assert_eq!(introspect("1", "/oauth2/introspect").reason, None);
    assert_eq!(introspect("2", "/oauth2/token").reason, None);
    for other in ["/oauth2/par", "/oauth2/revoke"] {
        assert_eq!(error(&introspect(other, other)), "invalid_client", "{other}");
    }
}

#[test]
fn k14_a_client_that_is_registered_for_one_algorithm_signs_with_that() {
    let (world, key) = (World::new(), key(Algorithm::EdDsa));
    let only = |name: &str| Demands {
        token_endpoint_auth_signing_alg: Some(name.parse().unwrap()),
        ..Demands::default()
    };
    world.register(Client { demands: only("ES256"), ..with_keys(&key) });
    assert_eq!(error(&ask(&world, &assertion(&key, &claims(&world, "1")))), "invalid_client");
    // By either of its names (RFC 9864).
    for name in ["EdDSA", "Ed25519"] {
        world.register(Client { demands: only(name), ..with_keys(&key) });
        assert_eq!(ask(&world, &assertion(&key, &claims(&world, name))).reason, None);
    }
}

#[test]
fn an_old_secret_is_good_until_its_time_is_over() {
    use oauth2_core::server::StoredSecret;
    let world = World::new();
    let old = StoredSecret {
        until: Some(oauth_sansio::Timestamp::from_unix(START + 100)),
        ..StoredSecret::new(&Secret::new("old"))
    };
    let secrets = vec![StoredSecret::new(&Secret::new(SECRET)), old];
    world.register(Client {
        authentication: Authentication::Secret { secrets, methods: SecretMethods::Basic },
        ..machine()
    });
    let ask = |secret: &str| {
        world
            .token(&[("authorization", &basic("machine", secret))], &[("grant_type", "client_credentials")])
            .reason
    };
    assert_eq!((ask(SECRET), ask("old")), (None, None));
    world.pass(100);
    assert_eq!((ask(SECRET), ask("old")), (None, Some(Reason::WrongSecret)));
}
