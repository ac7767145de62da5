//! Attacks on client authentication, and the shared vectors of whole token requests.

use http::{Method, StatusCode, header};
use oauth_sansio::{Digest, Reply, Secret, form};
use oauth2_core::server::{
    Authentication, Client, ClientError, Endpoint, GrantType, Reason, SecretMethods, StoredSecret,
};
use serde_json::Value;

use crate::world::*;

fn assert_invalid_client(reply: &Reply<Reason>, what: &str) {
    assert_eq!(reply.response.status(), StatusCode::UNAUTHORIZED, "{what}: {:?}", reply.reason);
    assert_eq!(error(reply), "invalid_client", "{what}");
    assert_eq!(reply.response.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"oauth2\"", "{what}");
    assert_eq!(reply.response.headers()[header::CACHE_CONTROL], "no-store", "{what}");
}

/// One token request per grant, without credentials.
fn grants<'a>(code: &'a Issued, refresh: &'a str) -> [Vec<(&'a str, &'a str)>; 3] {
    [
        vec![
            ("grant_type", "authorization_code"),
            ("code", code.code.as_str()),
            ("code_verifier", code.verifier.as_str()),
        ],
        vec![("grant_type", "refresh_token"), ("refresh_token", refresh)],
        vec![("grant_type", "client_credentials")],
    ]
}

/// A world in which `web` may use every grant, with a code and a refresh token of it.
fn prepared() -> (World, Issued, String) {
    let world = World::new();
    let mut client = web();
    client.grants.push(GrantType::ClientCredentials);
    world.register(client);
    let (code, refresh) = (world.code("web"), world.tokens("web").refresh);
    (world, code, refresh)
}

#[test]
fn k01_a_confidential_client_authenticates_for_every_grant() {
    let (world, code, refresh) = prepared();
    let before = world.store.borrow().size();
    for grant in grants(&code, &refresh) {
        for credentials in
            [&[] as &[_], &[("client_id", "web")], &[("client_id", "web"), ("client_secret", "")]]
        {
            let reply = world.token(&[], &[&grant, credentials].concat());
            assert_invalid_client(&reply, grant[0].1);
            assert_eq!(reply.reason, Some(Reason::Unauthenticated));
        }
    }
    assert_eq!(world.store.borrow().size(), before);
}

#[test]
fn k02_two_methods_in_one_request_are_refused() {
    let (world, code, refresh) = prepared();
    let basic = basic("web", SECRET);
    let header = [("authorization", basic.as_str())];
    for grant in grants(&code, &refresh) {
        let body = [("client_id", "web"), ("client_secret", SECRET)];
        let reply = world.token(&header, &[&grant, &body[..]].concat());
        assert_eq!(error(&reply), "invalid_request");
        assert_eq!(reply.reason, Some(Reason::SeveralAuthentications));
        let assertion = [("client_assertion", "x.y.z")];
        let reply = world.token(&header, &[&grant, &assertion[..]].concat());
        assert_eq!(reply.reason, Some(Reason::SeveralAuthentications));
        let reply = world.token(&[header[0], header[0]], &grant);
        assert_eq!(reply.reason, Some(Reason::SeveralAuthentications));
    }
}

#[test]
fn k03_the_client_in_the_body_is_the_one_that_authenticated() {
    let (world, code, refresh) = prepared();
    for grant in grants(&code, &refresh) {
        let body = [grant.as_slice(), &[("client_id", "other")]].concat();
        let reply = world.token(&[("authorization", &basic("web", SECRET))], &body);
        assert_eq!(error(&reply), "invalid_request");
        assert_eq!(reply.reason, Some(Reason::ClientIdMismatch));
    }
}

#[test]
fn k04_only_the_registered_method_authenticates() {
    let world = World::new();
    let body = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    let header = basic("machine", SECRET);
    for (methods, by_header, by_body) in [
        (SecretMethods::Basic, true, false),
        (SecretMethods::Post, false, true),
        (SecretMethods::Both, true, true),
    ] {
        let authentication = Authentication::secret(&Secret::new(SECRET), methods);
        world.register(Client { authentication, ..machine() });
        let reply = world.token(&[("authorization", &header)], &body[..1]);
        assert_eq!(reply.reason.is_none(), by_header, "{methods:?}");
        let reply = world.token(&[], &body);
        assert_eq!(reply.reason.is_none(), by_body, "{methods:?}");
    }
    // A secret of a client that has none.
    let reply = world.token(&[("authorization", &basic("native", "x"))], &body[..1]);
    assert_invalid_client(&reply, "public client with a secret");
}

#[test]
fn k05_basic_credentials_are_decoded_once_and_strictly() {
    let world = World::new();
    let grant = [("grant_type", "client_credentials")];
    let encode = |text: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    let right = encode("machine:a+secret%2Bwith%25odd%3Acharacters");
    assert_eq!(world.token(&[("authorization", &right)], &grant).reason, None);
    // A raw colon after the first is part of the secret.
    let colon = encode("machine:a+secret%2Bwith%25odd:characters");
    assert_eq!(world.token(&[("authorization", &colon)], &grant).reason, None);
    for wrong in [
        encode("machine:a secret+with%odd:characters"),
        encode("machine:a%2520secret%252Bwith%2525odd%253Acharacters"),
        encode("machine"),
        encode(":a+secret%2Bwith%25odd%3Acharacters"),
        encode("machine:%ff"),
        encode("machine:%00"),
        right.trim_end_matches('=').to_owned() + "!",
        right.replace("Basic ", "Basic"),
        right.replace("Basic ", "Basic\t"),
        format!("{right} x"),
        format!("{right}, {right}"),
        "Basic".to_owned(),
        "Basic ====".to_owned(),
    ] {
        assert_invalid_client(&world.token(&[("authorization", &wrong)], &grant), &wrong);
    }
}

#[test]
fn k06_a_secret_in_the_url_is_refused_unread() {
    let world = World::new();
    let query = form::encode([("client_id", "machine"), ("client_secret", SECRET)]);
    let path = format!("/oauth2/token?{query}");
    let mut request = request_with(Method::POST, &path, form::MEDIA_TYPE, "grant_type=client_credentials");
    let reply = world.drive(world.receive(Endpoint::Token, request.clone()), None);
    assert_eq!(error(&reply), "invalid_request");
    assert_eq!(reply.reason, Some(Reason::InUrl("client_secret")));
    // As is whatever else is as good as one.
    for name in
        ["client_assertion", "assertion", "password", "code", "refresh_token", "subject_token", "actor_token"]
    {
        *request.uri_mut() = format!("/oauth2/token?{name}=x").parse().unwrap();
        let reply = world.drive(world.receive(Endpoint::Token, request.clone()), None);
        assert_eq!(reply.reason, Some(Reason::InUrl(name)));
    }
    // Whatever else stands in the URL is not read.
    *request.uri_mut() = "/oauth2/token?client_id=machine&grant_type=client_credentials".parse().unwrap();
    *request.body_mut() = "x=y".into();
    let reply = world.drive(world.receive(Endpoint::Token, request.clone()), None);
    assert_eq!(reply.reason, Some(Reason::Unauthenticated));
    let authenticated = basic("machine", SECRET).parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, authenticated);
    let reply = world.drive(world.receive(Endpoint::Token, request), None);
    assert_eq!(reply.reason, Some(Reason::Missing("grant_type")));
}

#[test]
fn k07_an_empty_secret_authenticates_nobody() {
    let world = World::new();
    let secrets = vec![StoredSecret { digest: Digest::of(""), until: None }];
    let authentication = Authentication::Secret { secrets, methods: SecretMethods::Both };
    let client = Client { authentication, ..machine() };
    assert_eq!(client.check(), Err(ClientError::EmptySecret));
    // Even if it got into the table.
    world.register(client);
    let grant = [("grant_type", "client_credentials")];
    let reply = world.token(&[("authorization", &basic("machine", ""))], &grant);
    assert_invalid_client(&reply, "Basic");
    let body = [grant[0], ("client_id", "machine"), ("client_secret", "")];
    assert_invalid_client(&world.token(&[], &body), "body");
}

#[test]
fn k08_an_unknown_client_looks_like_a_wrong_secret() {
    let world = World::new();
    let grant = [("grant_type", "client_credentials")];
    let unknown = world.token_step(&[("authorization", &basic("nobody", "wrong"))], &grant);
    let known = world.token_step(&[("authorization", &basic("machine", "wrong"))], &grant);
    // Both are looked up and compared …
    assert!(matches!(
        (&unknown, &known),
        (oauth2_core::server::Step::Load(_), oauth2_core::server::Step::Load(_))
    ));
    let (unknown, known) = (world.drive(unknown, None), world.drive(known, None));
    // … and only the operator sees a difference.
    assert_eq!(unknown.reason, Some(Reason::UnknownClient));
    assert_eq!(known.reason, Some(Reason::WrongSecret));
    assert_eq!(unknown.response.body(), known.response.body());
    assert_eq!(unknown.response.headers(), known.response.headers());
    assert_eq!(unknown.response.status(), known.response.status());
}

#[test]
fn k21_the_token_endpoint_takes_posted_forms_only() {
    let world = World::new();
    let body = form::encode([("grant_type", "client_credentials")]);
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        let request = request_with(method, "/oauth2/token", form::MEDIA_TYPE, &body);
        let reply = world.drive(world.receive(Endpoint::Token, request), None);
        assert_eq!(reply.response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(reply.response.headers()[header::ALLOW], "POST");
    }
    let json = "{\"grant_type\":\"client_credentials\"}";
    for (content_type, body) in [("application/json", json), ("text/plain", &body), ("", &body)] {
        let mut request = request_with(Method::POST, "/oauth2/token", content_type, body);
        request.headers_mut().insert(header::AUTHORIZATION, basic("machine", SECRET).parse().unwrap());
        let reply = world.drive(world.receive(Endpoint::Token, request), None);
        assert_eq!(reply.response.status(), StatusCode::BAD_REQUEST, "{content_type}");
        assert_eq!(error(&reply), "invalid_request");
        assert_eq!(reply.reason, Some(Reason::NotAForm));
    }
    let with_charset = "Application/X-WWW-Form-URLEncoded; charset=UTF-8";
    let mut request = request_with(Method::POST, "/oauth2/token", with_charset, &body);
    request.headers_mut().insert(header::AUTHORIZATION, basic("machine", SECRET).parse().unwrap());
    assert_eq!(world.drive(world.receive(Endpoint::Token, request), None).reason, None);
}

#[test]
fn k22_invalid_client_and_invalid_grant_do_not_tell_why() {
    let (world, code, refresh) = prepared();
    let mut bodies = Vec::new();
    for (id, secret) in [("web", "wrong"), ("nobody", SECRET), ("native", "x"), ("web", "")] {
        let reply =
            world.token(&[("authorization", &basic(id, secret))], &[("grant_type", "client_credentials")]);
        bodies.push(reply.response.into_body());
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));

    let mut bodies = Vec::new();
    let wrong = Issued { verifier: "x".repeat(43), code: code.code.clone() };
    let unknown = Issued { code: "x".into(), verifier: code.verifier.clone() };
    bodies.push(world.redeem("web", &wrong).response.into_body());
    bodies.push(world.redeem("web", &unknown).response.into_body());
    bodies.push(world.redeem("other", &code).response.into_body());
    bodies.push(world.refresh("other", &refresh).response.into_body());
    world.pass(60);
    bodies.push(world.redeem("web", &code).response.into_body());
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn k24_every_failed_authentication_is_a_challenge() {
    let (world, code, refresh) = prepared();
    for grant in grants(&code, &refresh) {
        for value in [basic("web", "wrong"), "Basic x".to_owned(), "Bearer abc".to_owned(), "é".to_owned()] {
            assert_invalid_client(&world.token(&[("authorization", &value)], &grant), &value);
        }
        let assertion = [grant.as_slice(), &[("client_id", "web"), ("client_assertion", "x.y.z")]].concat();
        assert_invalid_client(&world.token(&[], &assertion), "assertion");
    }
}

#[test]
fn every_token_request_of_the_vectors_authenticates_as_they_say() {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../../vectors/oauth2_client_auth.json")).unwrap();
    let cases: Vec<_> = all.iter().filter(|case| case["kind"] == "request_auth").collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let world = World::new();
        for client in case["clients"].as_array().unwrap() {
            world.register(registered(client));
        }
        let url = case["request"]["url"].as_str().unwrap_or("https://as.example.com/token");
        let body = case["request"]["body"].as_str().unwrap();
        let mut request = request_with(Method::POST, url, form::MEDIA_TYPE, body);
        for header in case["request"]["headers"].as_array().unwrap() {
            let name: http::HeaderName = header[0].as_str().unwrap().parse().unwrap();
            request.headers_mut().append(name, header[1].as_str().unwrap().parse().unwrap());
        }
        let reply = world.drive(world.receive(Endpoint::Token, request), None);
        if !fits(&case["expected"], &reply) {
            wrong.push(format!("{case}\n   answered {:?}", reply.reason));
        }
    }
    assert_eq!(cases.len(), 26);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fits(expected: &Value, reply: &Reply<Reason>) -> bool {
    if expected["ok"] == true {
        // A public client is recognised, and then not allowed to act on its own behalf.
        return match expected["method"] == "none" {
            true => reply.reason == Some(Reason::GrantNotAllowed),
            false => reply.reason.is_none(),
        };
    }
    let answered = error(reply);
    let right = [&expected["error"], &expected["also_acceptable_error"]].iter().any(|e| **e == answered);
    let status =
        expected["http_status"].as_u64().is_none_or(|s| s == u64::from(reply.response.status().as_u16()));
    let challenge = reply.response.headers().get(header::WWW_AUTHENTICATE);
    let challenged = expected["www_authenticate"]
        .as_str()
        .is_none_or(|scheme| challenge.is_some_and(|c| c.to_str().unwrap().starts_with(scheme)));
    right && status && challenged
}

fn registered(client: &Value) -> Client {
    let methods: Vec<&str> =
        client["methods"].as_array().unwrap().iter().map(|method| method.as_str().unwrap()).collect();
    let methods = match methods.as_slice() {
        ["none"] => None,
        ["client_secret_basic"] => Some(SecretMethods::Basic),
        ["client_secret_post"] => Some(SecretMethods::Post),
        ["client_secret_basic", "client_secret_post"] => Some(SecretMethods::Both),
        other => panic!("{other:?}"),
    };
    let authentication = match methods {
        None => Authentication::None,
        Some(methods) => {
            Authentication::secret(&Secret::new(client["client_secret"].as_str().unwrap()), methods)
        }
    };
    Client { client_id: client["client_id"].as_str().unwrap().into(), authentication, ..machine() }
}
