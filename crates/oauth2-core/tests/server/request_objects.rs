//! Signed authorization requests (RFC 9101), and what must not pass for one.

use http::StatusCode;
use oauth_sansio::{Reply, base64url};
use oauth2_core::{
    jose::{Algorithm, ClaimError, JwkSet, JwsError, LocalSigner, Signer as _, Unsigned},
    jwt::{AssertionError, RequestObjectError},
    server::{
        Authentication, Client, ClientKeys, Config, Demands, DocumentKind, Endpoint, JsonText, Profile,
        Reason,
    },
};
use serde_json::{Value, json};

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const KEYS: &str = "https://app.example/keys";

struct Signed {
    world: World,
    key: LocalSigner,
}

fn keys(signers: &[&LocalSigner]) -> ClientKeys {
    let set = JwkSet::new(signers.iter().map(|signer| signer.public().unwrap()));
    ClientKeys::Jwks(JsonText::of(&set.to_value()))
}

impl Signed {
    fn new() -> Self {
        Self::with(Algorithm::Es256, |_| {}, Demands::default())
    }

    /// `web` has a key of this algorithm, and these demands.
    fn with(algorithm: Algorithm, change: impl FnOnce(&mut Config), demands: Demands) -> Self {
        let (world, key) = (World::with(change), LocalSigner::generate(algorithm, "app").unwrap());
        world.register(Client { keys: Some(keys(&[&key])), demands, ..web() });
        Self { world, key }
    }

    /// The claims of a good request object.
    fn claims(&self) -> Value {
        json!({
            "iss": "web",
            "aud": ISSUER,
            "exp": self.world.now.get() + 300,
            "nbf": self.world.now.get(),
            "client_id": "web",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "read",
            "state": "inner",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        })
    }

    fn changed(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        claims
    }

    fn sign(&self, claims: &Value) -> String {
        sign(&self.key, Some("oauth-authz-req+jwt"), claims)
    }

    /// At the authorization endpoint.
    fn ask(&self, object: &str) -> Reply<Reason> {
        self.world.authorize(&[("client_id", "web"), ("request", object)])
    }

    fn push(&self, parameters: &[(&str, &str)]) -> Reply<Reason> {
        let credentials = basic("web", SECRET);
        let request = post("/oauth2/par", &[("authorization", &credentials)], parameters);
        self.world.drive(self.world.receive(Endpoint::PushedAuthorization, request), None)
    }

    /// It is refused in both places, and nobody is sent anywhere.
    fn refused(&self, object: &str, reason: impl Into<RequestObjectError>) {
        let reason = Some(Reason::RequestObject(reason.into()));
        let reply = self.ask(object);
        assert_eq!(reply.reason, reason);
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
        assert!(!reply.response.headers().contains_key("location"));
        let body = String::from_utf8_lossy(reply.response.body());
        assert!(body.starts_with("invalid_request_object"), "{body}");
        let reply = self.push(&[("request", object)]);
        assert_eq!((reply.reason, error(&reply).as_str()), (reason, "invalid_request_object"));
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
        assert!(self.world.store.borrow().pushed.is_empty());
    }
}

fn sign(key: &LocalSigner, typ: Option<&str>, claims: &Value) -> String {
    let unsigned = Unsigned::new(key, typ, claims.to_string().as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

/// The state that comes back when the person allows it.
fn state(world: &World, reply: &Reply<Reason>) -> Option<String> {
    assert_eq!(reply.reason, None);
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let mut answer = query(&location(&reply.response));
    assert!(answer.contains_key("code"));
    answer.remove("state")
}

#[test]
fn a_signed_request_leads_to_a_code_directly_and_pushed() {
    let signed = Signed::new();
    let object = signed.sign(&signed.claims());
    assert_eq!(state(&signed.world, &signed.ask(&object)).as_deref(), Some("inner"));
    let reply = signed.push(&[("request", &object)]);
    assert_eq!(reply.response.status(), StatusCode::CREATED, "{:?}", reply.reason);
    let request_uri = json(&reply.response)["request_uri"].as_str().unwrap().to_owned();
    let reply = signed.world.authorize(&[("client_id", "web"), ("request_uri", &request_uri)]);
    assert_eq!(state(&signed.world, &reply).as_deref(), Some("inner"));
}

#[test]
fn only_what_is_inside_counts() {
    let signed = Signed::new();
    let object = signed.sign(&signed.changed("state", Value::Null));
    let outside = [
        ("client_id", "web"),
        ("request", &*object),
        ("state", "outer"),
        ("scope", "admin"),
        ("redirect_uri", "https://evil.example/cb"),
        ("response_type", "token"),
    ];
    let reply = signed.world.authorize(&outside);
    assert_eq!(state(&signed.world, &reply), None);
    assert_eq!(signed.push(&outside[1..]).response.status(), StatusCode::CREATED);
    // What is missing inside is missing.
    let object = signed.sign(&signed.changed("code_challenge", Value::Null));
    let reply =
        signed.world.authorize(&[("client_id", "web"), ("request", &object), ("code_challenge", CHALLENGE)]);
    assert_eq!(reply.reason, Some(Reason::Missing("code_challenge")));
    // A request is one thing.
    let reply = signed.world.authorize(&[
        ("client_id", "web"),
        ("request", &object),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
    ]);
    assert_eq!(reply.reason, Some(Reason::TwoRequests));
    let reply = signed.world.authorize(&[("request", &object)]);
    assert_eq!(reply.reason, Some(Reason::Missing("client_id")));
}

#[test]
fn an_error_inside_is_told_at_the_redirect_uri_inside_if_that_is_registered() {
    let signed = Signed::new();
    let reply = signed.ask(&signed.sign(&signed.changed("scope", "admin".into())));
    let answer = query(&location(&reply.response));
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("invalid_scope", "inner"));
    let mut claims = signed.changed("scope", "admin".into());
    claims["redirect_uri"] = "https://evil.example/cb".into();
    let reply = signed.ask(&signed.sign(&claims));
    assert_eq!(reply.reason, Some(Reason::RedirectUriUnregistered));
    assert!(!reply.response.headers().contains_key("location"));
}

#[test]
fn p10_a_request_object_is_signed_by_the_client_as_registered() {
    let signed = Signed::new();
    let good = signed.sign(&signed.claims());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    // Unsigned, in each spelling.
    for alg in ["none", "None", "NONE"] {
        let header = base64url::encode(json!({ "alg": alg }).to_string().as_bytes());
        for text in [format!("{header}.{payload}."), format!("{header}.{payload}.{signature}")] {
            let reply = signed.ask(&text);
            assert!(matches!(
                reply.reason,
                Some(Reason::RequestObject(RequestObjectError::Assertion(AssertionError::Jws(_))))
            ));
        }
    }
    // Tampered with.
    let other = base64url::encode(signed.changed("scope", "read write".into()).to_string().as_bytes());
    let reply = signed.ask(&format!("{header}.{other}.{signature}"));
    assert_eq!(reply.reason, Some(Reason::RequestObject(AssertionError::from(JwsError::Signature).into())));
    // By a key of the same name, and by one of another.
    let stranger = LocalSigner::generate(Algorithm::Es256, "app").unwrap();
    signed.refused(&sign(&stranger, None, &signed.claims()), AssertionError::from(JwsError::Signature));
    let stranger = LocalSigner::generate(Algorithm::Es256, "stranger").unwrap();
    signed.refused(&sign(&stranger, None, &signed.claims()), AssertionError::from(JwsError::NoKey));
    // By another algorithm than the one that is registered.
    let demands = Demands { request_object_signing_alg: Some(Algorithm::EdDsa), ..Demands::default() };
    let strict = Signed::with(Algorithm::Es256, |_| {}, demands);
    strict.refused(&strict.sign(&strict.claims()), AssertionError::from(JwsError::Algorithm));
    // By one that the profile has not.
    let fapi =
        |config: &mut Config| config.policy.signing_algorithms = Profile::Fapi2.policy().signing_algorithms;
    let rsa = Signed::with(Algorithm::Rs256, fapi, Demands::default());
    rsa.refused(&rsa.sign(&rsa.claims()), AssertionError::from(JwsError::Algorithm));
    // By a client that has no keys, or of another client.
    let reply = signed.world.authorize(&[("client_id", "other"), ("request", &good)]);
    assert_eq!(reply.reason, Some(Reason::RequestObjectKeys));
    assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST);
    signed.refused(&signed.sign(&signed.changed("iss", "other".into())), AssertionError::OtherIssuer);
    signed.refused(
        &signed.sign(&signed.changed("iss", Value::Null)),
        AssertionError::from(ClaimError::Missing("iss")),
    );
    signed
        .refused(&signed.sign(&signed.changed("client_id", "other".into())), RequestObjectError::OtherClient);
    signed.refused(
        &signed.sign(&signed.changed("client_id", Value::Null)),
        AssertionError::from(ClaimError::Missing("client_id")),
    );
    assert_eq!(signed.ask(&good).reason, None);
}

#[test]
fn p11_a_request_object_is_for_this_server_and_this_hour() {
    let signed = Signed::new();
    let now = signed.world.now.get();
    for (name, value, error) in [
        ("aud", json!("https://other.example"), AssertionError::Audience),
        ("aud", json!(["https://other.example"]), AssertionError::Audience),
        ("aud", json!("https://as.example/"), AssertionError::Audience),
        ("aud", json!("https://as.example/oauth2/par"), AssertionError::Audience),
        ("aud", json!(7), ClaimError::Type("aud").into()),
        ("aud", Value::Null, ClaimError::Missing("aud").into()),
        ("exp", Value::Null, ClaimError::Missing("exp").into()),
        ("exp", json!("soon"), ClaimError::Type("exp").into()),
        ("exp", json!(now - 10), AssertionError::Expired),
        ("exp", json!(now + 3611), AssertionError::TooLong),
        ("nbf", json!(now + 11), AssertionError::NotYet),
        ("nbf", json!(now + 61), AssertionError::NotYet),
        ("iat", json!(now + 61), AssertionError::IssuedInFuture),
    ] {
        signed.refused(&signed.sign(&signed.changed(name, value)), error);
    }
    for (name, value) in [
        ("exp", json!(now - 9)),
        ("exp", json!(now + 3600)),
        ("nbf", json!(now + 8)),
        ("nbf", Value::Null),
        ("aud", json!([ISSUER])),
        ("aud", json!(["https://other.example", ISSUER])),
    ] {
        assert_eq!(
            signed.ask(&signed.sign(&signed.changed(name, value.clone()))).reason,
            None,
            "{name} {value}"
        );
    }
    let alone = |config: &mut Config| config.policy.lone_request_object_audience = true;
    let strict = Signed::with(Algorithm::Es256, alone, Demands::default());
    strict.refused(&strict.sign(&strict.changed("aud", json!([ISSUER]))), AssertionError::Audience);
    assert_eq!(strict.ask(&strict.sign(&strict.claims())).reason, None);
    assert!(Profile::Fapi2.policy().lone_request_object_audience);
    // Its whole life counts where that is wanted, not only what is left of it.
    let whole = |config: &mut Config| config.policy.bounded_request_objects = true;
    let strict = Signed::with(Algorithm::Es256, whole, Demands::default());
    let from = |begins: Value| {
        let mut claims = strict.changed("nbf", begins);
        claims["exp"] = json!(now + 60);
        strict.sign(&claims)
    };
    strict.refused(&from(Value::Null), AssertionError::from(ClaimError::Missing("nbf")));
    strict.refused(&from(json!(now - 3541)), AssertionError::TooLong);
    assert_eq!(strict.ask(&from(json!(now - 3540))).reason, None);
    assert!(Profile::Fapi2.policy().bounded_request_objects);
}

#[test]
fn p12_a_client_assertion_is_no_request_object_and_the_reverse() {
    let signed = Signed::new();
    let world = &signed.world;
    let mut assertion = signed.claims();
    assertion["sub"] = "web".into();
    assertion["jti"] = "1".into();
    // Whatever its type says.
    signed.refused(
        &sign(&signed.key, Some("client-authentication+jwt"), &assertion),
        AssertionError::from(JwsError::Typ),
    );
    for typ in [None, Some("JWT"), Some("oauth-authz-req+jwt")] {
        signed.refused(&sign(&signed.key, typ, &assertion), RequestObjectError::ClientAssertion);
    }
    for typ in ["at+jwt", "dpop+jwt", "oauth-id-jag+jwt"] {
        signed.refused(&sign(&signed.key, Some(typ), &signed.claims()), AssertionError::from(JwsError::Typ));
    }
    // The other way round.
    world.register(Client {
        client_id: "machine".into(),
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(keys(&[&signed.key])),
        ..machine()
    });
    let mut claims = signed.claims();
    (claims["iss"], claims["client_id"]) = ("machine".into(), "machine".into());
    claims["jti"] = "2".into();
    let authenticate = |typ, claims: &Value| {
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &sign(&signed.key, typ, claims)),
        ];
        world.token(&[], &parameters)
    };
    assert_eq!(error(&authenticate(None, &claims)), "invalid_client");
    claims["sub"] = "machine".into();
    let reply = authenticate(Some("oauth-authz-req+jwt"), &claims);
    assert_eq!(reply.reason, Some(Reason::Assertion(AssertionError::Jws(JwsError::Typ))));
    assert_eq!(authenticate(None, &claims).response.status(), StatusCode::OK);
}

#[test]
fn p13_a_request_object_refers_to_no_other_and_whoever_must_sign_does() {
    let signed = Signed::new();
    let inner = signed.sign(&signed.claims());
    for (name, value) in [
        ("request", json!(inner)),
        ("request", json!("")),
        ("request_uri", json!("https://app.example/request")),
        ("request_uri", json!("urn:ietf:params:oauth:request_uri:x")),
        ("request_uri", json!(7)),
    ] {
        signed.refused(&signed.sign(&signed.changed(name, value)), RequestObjectError::Nested);
    }
    // A reference to somewhere else is not followed.
    let reply =
        signed.world.authorize(&[("client_id", "web"), ("request_uri", "https://app.example/request")]);
    assert_eq!(reply.reason, Some(Reason::ForeignReference));
    assert!(signed.world.web.asked().is_empty());
    let demands = Demands { require_signed_request_object: true, ..Demands::default() };
    let rule = |config: &mut Config| config.policy.require_signed_request_object = true;
    for strict in [
        Signed::with(Algorithm::Es256, |_| {}, demands),
        Signed::with(Algorithm::Es256, rule, Demands::default()),
    ] {
        let plain = strict.world.request("web", CHALLENGE);
        let reply = strict.push(&plain);
        assert_eq!(
            (reply.reason, error(&reply).as_str()),
            (Some(Reason::SignatureRequired), "invalid_request")
        );
        let reply = strict.world.authorize(&plain);
        assert_eq!(reply.reason, Some(Reason::SignatureRequired));
        assert!(strict.world.store.borrow().pushed.is_empty());
        let object = strict.sign(&strict.claims());
        assert_eq!(strict.ask(&object).reason, None);
        assert_eq!(strict.push(&[("request", &object)]).response.status(), StatusCode::CREATED);
    }
}

#[test]
fn p18_an_empty_member_of_a_request_object_is_absent() {
    let signed = Signed::new();
    let reply = signed.ask(&signed.sign(&signed.changed("scope", "".into())));
    let reply = signed.world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    let code = query(&location(&reply.response))["code"].clone();
    let granted = |code: &str| {
        let store = signed.world.store.borrow();
        store.codes[&oauth_sansio::Digest::of_token(code)].authorization.scopes.clone()
    };
    let with_empty = granted(&code);
    let reply = signed.ask(&signed.sign(&signed.changed("scope", Value::Null)));
    let reply = signed.world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
    assert_eq!(with_empty, granted(&query(&location(&reply.response))["code"]));
    for name in ["state", "response_mode", "redirect_uri", "dpop_jkt", "resource"] {
        let reply = signed.ask(&signed.sign(&signed.changed(name, "".into())));
        assert_eq!(reply.reason, None, "{name}");
    }
    let reply = signed.ask(&signed.sign(&signed.changed("code_challenge", "".into())));
    assert_eq!(reply.reason, Some(Reason::Missing("code_challenge")));
}

#[test]
fn members_have_their_types_and_come_once() {
    let signed = Signed::new();
    for name in ["scope", "state", "redirect_uri", "response_type", "code_challenge", "max_age", "resource"] {
        for value in [json!({}), json!(true), json!([7]), json!(-1.5)] {
            let name: &'static str = name;
            let error = AssertionError::from(ClaimError::Type(name));
            signed.refused(&signed.sign(&signed.changed(name, value)), error);
        }
    }
    assert_eq!(signed.ask(&signed.sign(&signed.changed("whatever", json!({ "a": [1] })))).reason, None);
    let claims = signed.claims().to_string();
    let twice = claims.replacen('{', "{\"scope\":\"read\",", 1);
    let unsigned = Unsigned::new(&signed.key, None, twice.as_bytes());
    let signature = signed.key.sign(unsigned.input()).unwrap();
    signed.refused(&unsigned.signed(&signature), AssertionError::from(ClaimError::Malformed));
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let deep = claims.replacen('{', &format!("{{\"whatever\":{deep},"), 1);
    let unsigned = Unsigned::new(&signed.key, None, deep.as_bytes());
    let signature = signed.key.sign(unsigned.input()).unwrap();
    signed.refused(&unsigned.signed(&signature), AssertionError::from(ClaimError::Malformed));
}

#[test]
fn several_resources_stand_in_an_array() {
    use oauth2_core::server::Resource;
    let apis = ["https://one.example", "https://two.example"];
    let with_apis = |config: &mut Config| config.resources = apis.map(Resource::new).into();
    let signed = Signed::with(Algorithm::Es256, with_apis, Demands::default());
    for resource in [json!(apis), json!(apis[1])] {
        assert_eq!(signed.ask(&signed.sign(&signed.changed("resource", resource))).reason, None);
    }
    let reply =
        signed.ask(&signed.sign(&signed.changed("resource", json!([apis[0], "https://three.example"]))));
    assert_eq!(reply.reason, Some(Reason::TargetUnknown));
}

#[test]
fn keys_that_a_client_publishes_are_fetched_for_its_request_object() {
    let signed = Signed::new();
    let world = &signed.world;
    world.register(Client { keys: Some(ClientKeys::Uri(KEYS.parse().unwrap())), ..web() });
    let object = signed.sign(&signed.claims());
    // Nothing is there: nobody is sent anywhere.
    let reply = signed.ask(&object);
    assert!(matches!(reply.reason, Some(Reason::ClientKeySet(_))));
    assert!(!reply.response.headers().contains_key("location"));
    assert!(String::from_utf8_lossy(reply.response.body()).starts_with("invalid_request_object"));
    world.web.publish(KEYS, &json!({ "keys": [signed.key.public().unwrap().to_value()] }));
    assert_eq!(world.web.asked().len(), 1);
    assert_eq!(signed.ask(&object).reason, None);
    assert_eq!(signed.push(&[("request", &object)]).response.status(), StatusCode::CREATED);
    let asked = world.web.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|wanted| wanted.kind == DocumentKind::KeySet && wanted.newer_than.is_none()));
    // One whose name is not among them is looked for once more.
    let stranger = LocalSigner::generate(Algorithm::Es256, "stranger").unwrap();
    assert_eq!(
        signed.ask(&sign(&stranger, None, &signed.claims())).response.status(),
        StatusCode::BAD_REQUEST
    );
    let newer: Vec<_> = world.web.asked().into_iter().map(|wanted| wanted.newer_than.is_some()).collect();
    assert_eq!(newer, [false, true]);
    // A plain request fetches nothing.
    assert_eq!(world.authorize(&world.request("web", CHALLENGE)).reason, None);
    assert!(world.web.asked().is_empty());
}

#[test]
fn the_metadata_tells_of_signed_requests() {
    let told = |change: fn(&mut Config)| serde_json::to_value(World::with(change).server.metadata()).unwrap();
    let metadata = told(|_| {});
    assert_eq!(metadata["request_parameter_supported"], true);
    assert_eq!(metadata.get("require_signed_request_object"), None);
    let metadata = told(|config| {
        config.policy = Profile::Fapi2.policy();
        config.policy.require_signed_request_object = true;
    });
    assert_eq!(metadata["require_signed_request_object"], true);
    assert_eq!(
        metadata["request_object_signing_alg_values_supported"],
        json!(["ES256", "EdDSA", "Ed25519", "PS256"])
    );
}
