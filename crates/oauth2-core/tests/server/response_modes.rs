//! How the answer to an authorization request comes back (OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0
//! Form Post Response Mode, JARM).

use std::collections::BTreeMap;

use http::{StatusCode, header};
use oauth_sansio::{Answer, Reply, form};
use oauth2_core::{
    jose::{Algorithm, Claims, JwkSet, Jws, LocalSigner},
    server::{
        Application, Client, Demands, Endpoint, FormPost, KeyRing, Profile, Reason, ResponseMode, RingKey,
    },
};
use serde_json::Value;

use crate::world::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server with a key for each of these algorithms.
fn world(algorithms: &[Algorithm]) -> World {
    let signer = |algorithm: &Algorithm| LocalSigner::generate(*algorithm, algorithm.as_str()).unwrap();
    let keys: Vec<_> = algorithms.iter().map(signer).collect();
    let ring = KeyRing::new(keys.iter().map(|key| RingKey::always(key.public().unwrap()))).unwrap();
    let mut world = World::with(|config| config.signing = ring);
    world.keys = keys;
    world
}

/// What comes of a request of `web` in this mode when the person answers so.
fn decided(world: &World, mode: &str, answer: Option<Answer>) -> Reply<Reason> {
    let request = changed(&world.request("web", CHALLENGE), "response_mode", mode);
    let reply = world.authorize(&request);
    world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer)
}

/// What is wrong with a request, told in this mode.
fn refused(world: &World, mode: &str) -> Reply<Reason> {
    let request = world.request("web", CHALLENGE);
    world.authorize(&changed(&changed(&request, "response_mode", mode), "scope", "admin"))
}

/// The parameters of an answer, wherever they are.
fn parameters(reply: &Reply<Reason>) -> BTreeMap<String, String> {
    if let Some(page) = reply.response.extensions().get::<FormPost>() {
        assert_eq!((page.action.as_str(), page.origin.as_str()), (CALLBACK, "https://app.example"));
        assert_eq!(reply.response.status(), StatusCode::OK);
        let fields = page.fields.iter();
        return fields.map(|(name, value)| ((*name).to_owned(), value.expose().to_owned())).collect();
    }
    let location = location(&reply.response);
    match location.split_once('#').unwrap() {
        (_, "") => query(&location),
        (before, fragment) => {
            assert_eq!(before, CALLBACK);
            let read = form::Form::parse(fragment.as_bytes(), &form::Limits::default()).unwrap();
            read.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        }
    }
}

/// The claims of a signed answer, verified with what the server publishes.
fn opened(world: &World, reply: &Reply<Reason>) -> (Algorithm, serde_json::Map<String, Value>) {
    let parameters = parameters(reply);
    let [(name, text)] = &parameters.iter().collect::<Vec<_>>()[..] else { panic!("{parameters:?}") };
    assert_eq!(*name, "response");
    let keys = world.drive(world.receive(Endpoint::Jwks, get("/oauth2/jwks", &[], &[])), None);
    let keys = JwkSet::parse(keys.response.body()).unwrap();
    let jws = Jws::parse(text, &Default::default()).unwrap();
    (jws.header().algorithm, Claims::parse(jws.verify_by(&keys).unwrap()).unwrap().rest())
}

#[test]
fn an_answer_and_a_refusal_come_back_the_way_that_was_asked_for() {
    let world = world(&[]);
    for mode in ["query", "fragment", "form_post"] {
        let told = parameters(&decided(&world, mode, allow()));
        assert_eq!(told.keys().collect::<Vec<_>>(), ["code", "iss", "state"], "{mode}");
        assert_eq!((told["state"].as_str(), told["iss"].as_str()), ("st", ISSUER));
        for (error, reply) in [
            ("access_denied", decided(&world, mode, Some(Answer::Denied))),
            ("invalid_scope", refused(&world, mode)),
        ] {
            let told = parameters(&reply);
            assert_eq!(
                (told["error"].as_str(), told["state"].as_str(), told["iss"].as_str()),
                (error, "st", ISSUER),
                "{mode}"
            );
            assert!(!told.contains_key("code"));
        }
    }
}

#[test]
fn a_code_works_whichever_way_it_came() {
    let world = world(&[]);
    for mode in ["fragment", "form_post"] {
        let verifier = oauth2_core::pkce::Verifier::generate(&mut world.moment().entropy());
        let challenge = verifier.challenge().to_string();
        let request = changed(&world.request("web", &challenge), "response_mode", mode);
        let reply = world.authorize(&request);
        let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), allow());
        let code = parameters(&reply)["code"].clone();
        let issued = Issued { code, verifier: verifier.expose().to_owned() };
        assert_eq!(world.redeem("web", &issued).response.status(), StatusCode::OK, "{mode}");
    }
}

#[test]
fn a_signed_answer_says_by_whom_for_whom_and_until_when() {
    let world = world(&[Algorithm::Es256]);
    for mode in ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"] {
        let reply = decided(&world, mode, allow());
        assert_eq!(reply.response.extensions().get::<FormPost>().is_some(), mode == "form_post.jwt");
        let (_, claims) = opened(&world, &reply);
        assert_eq!(claims.len(), 5, "{mode}: {claims:?}");
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["aud"], "web");
        assert_eq!(claims["exp"], world.now.get() + 60);
        assert_eq!(claims["state"], "st");
        assert!(claims["code"].is_string());
        for (error, reply) in [
            ("access_denied", decided(&world, mode, Some(Answer::Denied))),
            ("invalid_scope", refused(&world, mode)),
        ] {
            let (_, claims) = opened(&world, &reply);
            assert_eq!((claims["error"].as_str(), claims["aud"].as_str()), (Some(error), Some("web")));
            assert!(!claims.contains_key("code"));
        }
    }
    // `jwt` alone is the query, where codes go.
    assert!(
        location(&decided(&world, "jwt", allow()).response).starts_with("https://app.example/cb?response=")
    );
}

#[test]
fn no_code_is_stored_before_its_answer_is_signed() {
    use oauth2_core::server::Step;
    let world = world(&[Algorithm::EdDsa]);
    let request = changed(&world.request("web", CHALLENGE), "response_mode", "jwt");
    let reply = world.authorize(&request);
    let mut step = world.visit(&location(&reply.response), Some(&cookie(&reply.response)));
    while !matches!(step, Step::Sign(_)) {
        step = match step {
            Step::Interact(pause) => pause.answer(allow().unwrap(), world.moment()),
            other => world.advance(other),
        };
    }
    assert!(world.store.borrow().codes.is_empty());
    assert_eq!(world.drive(step, None).reason, None);
    assert_eq!(world.store.borrow().codes.len(), 1);
}

#[test]
fn an_answer_is_signed_with_the_algorithm_that_the_client_is_registered_for() {
    let world = world(&[Algorithm::EdDsa, Algorithm::Es256]);
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let demands = Demands { authorization_signed_response_alg: Some(algorithm), ..Demands::default() };
        world.register(Client { demands, ..web() });
        assert_eq!(opened(&world, &decided(&world, "jwt", allow())).0, algorithm);
        assert_eq!(opened(&world, &refused(&world, "jwt")).0, algorithm);
    }
    let demands = Demands { authorization_signed_response_alg: Some(Algorithm::Ps256), ..Demands::default() };
    world.register(Client { demands, ..web() });
    let before = world.store.borrow().codes.len();
    let reply = decided(&world, "jwt", allow());
    assert_eq!(reply.reason, Some(Reason::NoSigningKey));
    assert!(!reply.response.headers().contains_key(header::LOCATION));
    assert_eq!(world.store.borrow().codes.len(), before);
}

#[test]
fn a_mode_that_is_not_open_is_told_in_the_query() {
    let world = World::with(|config| config.policy = Profile::Fapi2.policy());
    assert!(!world.server.metadata().response_modes_supported.contains(&"form_post".to_owned()));
    let world = World::with(|config| config.policy.response_modes = [ResponseMode::Query].into());
    for mode in ["fragment", "form_post", "jwt"] {
        let reply = refused(&world, mode);
        assert_eq!(reply.reason, Some(Reason::ResponseMode));
        assert!(
            location(&reply.response).starts_with("https://app.example/cb?error=invalid_request"),
            "{mode}"
        );
    }
}

#[test]
fn an_application_on_the_device_is_sent_no_form() {
    let world = world(&[]);
    let app = Client {
        client_id: "app".into(),
        redirect_uris: vec!["com.example.app:/cb".into()],
        application: Application::Native,
        ..native()
    };
    world.register(app);
    let request = changed(&world.request("app", CHALLENGE), "redirect_uri", "com.example.app:/cb");
    let reply = world.authorize(&changed(&request, "response_mode", "form_post"));
    assert_eq!(reply.reason, Some(Reason::ResponseMode));
    assert!(location(&reply.response).starts_with("com.example.app:/cb?error=invalid_request"));
    assert_eq!(world.authorize(&changed(&request, "response_mode", "fragment")).reason, None);
}

#[test]
fn the_page_of_a_form_shows_no_code_where_nobody_renders_it() {
    let world = world(&[]);
    let reply = decided(&world, "form_post", allow());
    let code = parameters(&reply)["code"].clone();
    let body = String::from_utf8_lossy(reply.response.body());
    assert!(!body.contains(&code));
    assert!(!format!("{:?}", reply.response.extensions().get::<FormPost>()).contains(&code));
}

#[test]
fn the_metadata_names_the_modes_that_are_served() {
    let world = world(&[Algorithm::Es256, Algorithm::EdDsa]);
    let told = serde_json::to_value(world.server.metadata()).unwrap();
    assert_eq!(
        told["response_modes_supported"],
        serde_json::json!([
            "query",
            "fragment",
            "form_post",
            "query.jwt",
            "fragment.jwt",
            "form_post.jwt",
            "jwt"
        ])
    );
    assert_eq!(told["authorization_signing_alg_values_supported"], serde_json::json!(["ES256", "EdDSA"]));
    assert_eq!(
        serde_json::to_value(self::world(&[]).server.metadata())
            .unwrap()
            .get("authorization_signing_alg_values_supported"),
        None
    );
}
