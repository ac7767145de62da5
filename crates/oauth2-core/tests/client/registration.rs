//! A client registers itself (RFC 7591) and looks after its registration (RFC 7592): what is sent, and what is believed.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange, Outgoing, Progress, Secret, Timestamp};
use oauth2_core::{
    DocumentError,
    client::{
        Application, AssertionKey, Client, ClientAuthentication, ClientMetadata, Deregistration, Error,
        ErrorCode, Leniency, Misuse, Registered, Registration, Server,
    },
    jose::{Algorithm, JwkSet, LocalSigner},
    metadata::{AuthorizationServerMetadata, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

fn server_with(change: impl FnOnce(&mut Value)) -> Server {
    let mut document = metadata();
    document["registration_endpoint"] = "https://as.example/register".into();
    document["token_endpoint_auth_methods_supported"] =
        json!(["none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"]);
    document["token_endpoint_auth_signing_alg_values_supported"] = json!(["ES256", "HS256"]);
    change(&mut document);
    let metadata = AuthorizationServerMetadata::parse(document.to_string().as_bytes()).unwrap();
    Server::from_metadata(&metadata, Transport::Https).unwrap()
}

fn known_server() -> Server {
    server_with(|_| {})
}

fn asked() -> ClientMetadata {
    ClientMetadata::for_application("Photo prints", [CALLBACK])
}

/// What the honest server answers.
fn answer_of(change: impl FnOnce(&mut Value)) -> Value {
    let mut answer = json!({
        "client_id": "s6BhdRkqt3",
        "client_id_issued_at": 1_800_000_000_u64,
        "client_secret": "hunter2-hunter2-hunter2-hunter2-hunter2",
        "client_secret_expires_at": 0,
        "registration_access_token": "hunter3",
        "registration_client_uri": "https://as.example/register/s6BhdRkqt3",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "client_name": "Photo prints",
        "client_name#de": "Fotodrucke",
    });
    change(&mut answer);
    answer
}

fn done<E: Exchange>(exchange: E, response: Response<Bytes>) -> Result<E::Done, E::Error> {
    match exchange.response(response, moment(1))? {
        Progress::Done(done) => Ok(done),
        _ => panic!("not done"),
    }
}

fn registered(change: impl FnOnce(&mut Value)) -> Result<Registered, Error> {
    let registration = Registration::new(&known_server(), asked()).unwrap();
    done(registration, reply(201, answer_of(change).to_string()))
}

fn sent(exchange: &mut impl Exchange<Error = Error>) -> (String, Option<String>, Value) {
    let Outgoing { request, .. } = exchange.request(moment(1)).unwrap();
    let token = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(request.body()).unwrap_or_default();
    (format!("{} {}", request.method(), request.uri()), token, body)
}

#[test]
fn a_registration_says_what_the_application_is_and_nothing_that_is_not_known() {
    let mut metadata = asked();
    metadata.scope = Some("photos".parse().unwrap());
    metadata.software_statement = Some("a.b.c".into());
    metadata.extra.insert("client_name#de".into(), "Fotodrucke".into());
    let mut registration = Registration::new(&known_server(), metadata).unwrap();
    let (place, token, body) = sent(&mut registration);
    assert_eq!((place.as_str(), token), ("POST https://as.example/register", None));
    assert_eq!(
        body,
        json!({
            "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "client_name": "Photo prints", "client_name#de": "Fotodrucke", "application_type": "web",
            "scope": "photos", "software_statement": "a.b.c",
        })
    );
    let mut admitted = registration.with_initial_access_token(Secret::new("hunter1"));
    assert_eq!(sent(&mut admitted).1.as_deref(), Some("Bearer hunter1"));
    assert!(!format!("{admitted:?}").contains("hunter"));
    // Sent once: a second one would be a second client.
    assert!(!admitted.request(moment(1)).unwrap().safe_to_repeat);
}

#[test]
fn an_application_that_is_called_back_on_the_device_says_so() {
    let kind = |uri: &str| ClientMetadata::for_application("x", [uri]).application_type;
    assert_eq!(kind("https://app.example/cb"), Some(Application::Web));
    for uri in ["http://127.0.0.1:5000/cb", "http://localhost/cb", "com.example.app:/cb"] {
        assert_eq!(kind(uri), Some(Application::Native), "{uri}");
    }
}

#[test]
fn metadata_that_contradicts_itself_is_not_sent() {
    let key = LocalSigner::generate(Algorithm::Es256, "mine").unwrap().public().unwrap();
    let refused = |change: &dyn Fn(&mut ClientMetadata)| {
        let mut metadata = asked();
        change(&mut metadata);
        Registration::new(&known_server(), metadata).map(drop).unwrap_err()
    };
    let misuse = Error::Misuse;
    assert_eq!(refused(&|it| it.redirect_uris.clear()), misuse(Misuse::NoRedirectUri));
    for uri in ["http://app.example/cb", "https://app.example/cb#x", "/cb"] {
        assert_eq!(refused(&|it| it.redirect_uris = vec![uri.into()]), misuse(Misuse::RedirectUri), "{uri}");
    }
    let jwks = misuse(Misuse::ClientMetadata("jwks"));
    assert_eq!(refused(&|it| it.token_endpoint_auth_method = Some("private_key_jwt".into())), jwks);
    let both = |it: &mut ClientMetadata| {
        it.jwks = Some(JwkSet::new([key.clone()]));
        it.jwks_uri = Some("https://app.example/keys".parse().unwrap());
    };
    assert_eq!(refused(&both), jwks);
    let response_types = misuse(Misuse::ClientMetadata("response_types"));
    assert_eq!(refused(&|it| it.response_types = vec!["token".into()]), response_types);
    for name in ["client_id", "client_secret", "registration_access_token", "redirect_uris", "jwks"] {
        let error = refused(&|it| drop(it.extra.insert(name.into(), "x".into())));
        assert!(matches!(error, Error::Misuse(Misuse::ClientMetadata(named)) if named == name), "{name}");
    }
    let closed = Registration::new(&server(), asked()).map(drop).unwrap_err();
    assert_eq!(closed, misuse(Misuse::NoRegistrationEndpoint));
    // A machine has nowhere to come back to.
    let grant_types = vec!["client_credentials".into()];
    let machine = ClientMetadata { grant_types, ..ClientMetadata::default() };
    assert!(Registration::new(&known_server(), machine).is_ok());
}

#[test]
fn what_was_registered_is_read_stored_and_becomes_a_client() {
    let registered = registered(|_| {}).unwrap();
    assert_eq!((registered.issuer.as_str(), registered.client_id.as_str()), (AS, "s6BhdRkqt3"));
    assert_eq!((registered.secret_expires_at, registered.issued_at), (None, Some(NOW)));
    assert!(!registered.is_expired(NOW));
    assert_eq!(registered.metadata.extra["client_name#de"], "Fotodrucke");
    let stored = serde_json::to_string(&registered).unwrap();
    assert_eq!(serde_json::from_str::<Registered>(&stored).unwrap(), registered);
    let config = registered.config(known_server(), None).unwrap();
    assert_eq!((config.client_id.as_str(), config.redirect_uri.as_deref()), ("s6BhdRkqt3", Some(CALLBACK)));
    assert!(matches!(&config.authentication, ClientAuthentication::SecretBasic(secret)
        if secret.expose().starts_with("hunter2")));
    assert_eq!(Client::new(config).unwrap().client_id(), "s6BhdRkqt3");
}

#[test]
fn l21_a_registration_prints_no_secret() {
    let mut registered = registered(|_| {}).unwrap();
    registered.metadata.extra.insert("api_key".into(), "hunter4".into());
    let server = known_server();
    for printed in [
        format!("{registered:?}"),
        format!("{:?}", registered.read_again(&server).unwrap()),
        format!("{:?}", registered.replace(&server, asked()).unwrap()),
        format!("{:?}", registered.delete(&server).unwrap()),
    ] {
        assert!(!printed.contains("hunter"), "{printed}");
    }
}

#[test]
fn l11_a_registration_is_used_at_the_issuer_that_gave_it_and_at_no_other() {
    let registered = registered(|_| {}).unwrap();
    for other in ["https://evil.example", "https://as.example/", "https://AS.example"] {
        let server = server_with(|document| document["issuer"] = other.into());
        let errors = [
            registered.config(server.clone(), None).map(drop).unwrap_err(),
            registered.read_again(&server).map(drop).unwrap_err(),
            registered.replace(&server, asked()).map(drop).unwrap_err(),
            registered.delete(&server).map(drop).unwrap_err(),
        ];
        assert_eq!(errors, [(); 4].map(|()| Error::Misuse(Misuse::OtherIssuer)), "{other}");
    }
}

#[test]
fn each_method_gets_what_it_needs_or_an_error() {
    let by = |method: &str, secret: bool, key: Option<AssertionKey>| {
        let registered = registered(|answer| {
            answer["token_endpoint_auth_method"] = method.into();
            if !secret {
                answer.as_object_mut().unwrap().remove("client_secret");
            }
        });
        let config = registered.unwrap().config(known_server(), key);
        config.map(|config| config.authentication.method())
    };
    let key = || {
        let signer = LocalSigner::generate(Algorithm::Es256, "mine").unwrap();
        Some(AssertionKey::new(std::sync::Arc::new(signer)))
    };
    for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
        assert_eq!(by(method, true, None), Ok(method));
        assert_eq!(by(method, false, None), Err(Misuse::NoSecret.into()));
    }
    // A secret that nobody asked for is not used.
    assert_eq!(by("none", true, None), Ok("none"));
    assert_eq!(by("private_key_jwt", false, key()), Ok("private_key_jwt"));
    assert_eq!(by("private_key_jwt", false, None), Err(Misuse::NoKey.into()));
    assert_eq!(by("tls_client_auth", false, None), Ok("tls_client_auth"));
    assert_eq!(by("made_up", true, None), Err(Misuse::AuthenticationNotSupported.into()));
    // Who says nothing means this one, unless something else was asked for.
    let silent =
        registered(|answer| drop(answer.as_object_mut().unwrap().remove("token_endpoint_auth_method")));
    assert_eq!(silent.unwrap().config(known_server(), None).unwrap().authentication.method(), "none");
}

#[test]
fn an_answer_that_is_no_registration_is_refused() {
    let problem = |change: &dyn Fn(&mut Value)| match registered(change) {
        Err(Error::Answer { problem, .. }) => problem,
        other => panic!("{other:?}"),
    };
    let without = |name: &'static str| problem(&move |it| drop(it.as_object_mut().unwrap().remove(name)));
    assert_eq!(without("client_id"), DocumentError::Missing("client_id"));
    assert_eq!(without("client_secret_expires_at"), DocumentError::Missing("client_secret_expires_at"));
    for name in ["client_id", "client_secret", "registration_access_token"] {
        for wrong in [json!(""), json!("é"), json!("a\nb"), json!("x".repeat(5000))] {
            assert_eq!(
                problem(&|it| it[name] = wrong.clone()),
                DocumentError::Value(name),
                "{name} {wrong:.9}"
            );
        }
        assert_eq!(problem(&|it| it[name] = json!(7)), DocumentError::Type(name));
    }
    for name in ["client_secret_expires_at", "client_id_issued_at"] {
        for wrong in [json!("0"), json!(-1), json!(1.5)] {
            assert_eq!(problem(&|it| it[name] = wrong.clone()), DocumentError::Type(name), "{wrong}");
        }
    }
    assert_eq!(problem(&|it| it["redirect_uris"] = json!([1])), DocumentError::Type("redirect_uris"));
    assert_eq!(problem(&|it| it["scope"] = json!("a\"b")), DocumentError::Value("scope"));
    assert_eq!(problem(&|it| it["error"] = json!("x")), DocumentError::Contradictory);
    // Statuses.
    for status in [200, 202, 302, 400] {
        let registration = Registration::new(&known_server(), asked()).unwrap();
        let error = done(registration, reply(status, answer_of(|_| {}).to_string())).unwrap_err();
        assert!(matches!(error, Error::Answer { problem: DocumentError::Status, .. }), "{status}: {error}");
    }
}

#[test]
fn l06_a_registration_is_not_looked_after_at_a_hostile_address() {
    for uri in [
        "http://as.example/register/1",
        "http://127.0.0.1/register/1",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:password@as.example/1",
        "https://as.example/1#x",
        "/register/1",
        "",
    ] {
        let refused = registered(|answer| answer["registration_client_uri"] = uri.into()).unwrap_err();
        let problem = DocumentError::Value("registration_client_uri");
        assert!(matches!(refused, Error::Answer { problem: found, .. } if found == problem), "{uri}");
    }
}

#[test]
fn a_lenient_client_reads_what_servers_in_the_wild_write() {
    let server = known_server().with_leniency(Leniency::Lenient);
    let read = |status, answer: Value| {
        done(Registration::new(&server, asked()).unwrap(), reply(status, answer.to_string()))
    };
    let registered = read(
        200,
        answer_of(|answer| {
            answer["scope"] = Value::Null;
            answer["logo_uri"] = Value::Null;
            answer["policy_uri"] = "".into();
            answer.as_object_mut().unwrap().remove("client_secret_expires_at");
            answer.as_object_mut().unwrap().remove("registration_client_uri");
            answer.as_object_mut().unwrap().remove("redirect_uris");
        }),
    );
    let registered = registered.unwrap();
    assert_eq!(registered.metadata.redirect_uris, [CALLBACK], "as it was asked for");
    assert_eq!((registered.secret_expires_at, &registered.access), (None, &None));
    assert_eq!(registered.read_again(&server).map(drop), Err(Misuse::NoRegistrationAccess.into()));
}

#[test]
fn a_refusal_tells_what_is_wrong_with_the_metadata() {
    for (code, wanted) in [
        ("invalid_redirect_uri", ErrorCode::InvalidRedirectUri),
        ("invalid_client_metadata", ErrorCode::InvalidClientMetadata),
        ("invalid_software_statement", ErrorCode::InvalidSoftwareStatement),
        ("unapproved_software_statement", ErrorCode::UnapprovedSoftwareStatement),
    ] {
        let registration = Registration::new(&known_server(), asked()).unwrap();
        let error = done(registration, reply(400, json!({ "error": code }).to_string())).unwrap_err();
        assert!(matches!(&error, Error::Refused(refusal) if refusal.code == wanted), "{error}");
        assert_eq!(wanted.as_str(), code);
    }
    // A token is refused by a challenge, with or without a body.
    let challenged = |status: u16, challenge: &str| {
        let response = Response::builder().status(status).header("www-authenticate", challenge);
        let registration = Registration::new(&known_server(), asked()).unwrap();
        done(registration, response.body(Bytes::new()).unwrap()).unwrap_err()
    };
    let error = challenged(401, "Basic realm=\"x\", Bearer error=\"invalid_token\"");
    assert!(matches!(&error, Error::Refused(refusal) if refusal.code == ErrorCode::InvalidToken), "{error}");
    for other in ["Bearer", "Basic error=\"invalid_token\"", "Bearer error=\"\""] {
        assert!(matches!(challenged(401, other), Error::Answer { .. }), "{other}");
    }
    assert!(matches!(challenged(400, "Bearer error=\"invalid_token\""), Error::Answer { .. }));
}

#[test]
fn a_registration_is_read_replaced_and_deleted_with_its_own_token() {
    let (server, known) = (known_server(), registered(|_| {}).unwrap());
    let place = "https://as.example/register/s6BhdRkqt3";
    let token = Some("Bearer hunter3".to_owned());
    let mut reading = known.read_again(&server).unwrap();
    assert_eq!(sent(&mut reading), (format!("GET {place}"), token.clone(), Value::Null));
    let mut replacing = known.replace(&server, asked()).unwrap();
    let (asked_at, sent_token, body) = sent(&mut replacing);
    assert_eq!((asked_at, sent_token), (format!("PUT {place}"), token.clone()));
    assert_eq!((&body["client_id"], &body["client_name"]), (&json!("s6BhdRkqt3"), &json!("Photo prints")));
    // RFC 7592 section 2.2: what the server alone says is not said back.
    for name in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        assert!(body.get(name).is_none(), "{name}");
    }
    let mut deleting: Deregistration = known.delete(&server).unwrap();
    assert_eq!(sent(&mut deleting), (format!("DELETE {place}"), token, Value::Null));
    assert_eq!(done(deleting, Response::builder().status(204).body(Bytes::new()).unwrap()), Ok(()));
    for status in [200, 302, 404, 500] {
        let deleting = known.delete(&server).unwrap();
        assert!(done(deleting, reply(status, "{}")).is_err(), "{status}");
    }
}

#[test]
fn what_an_answer_does_not_tell_stays_and_what_is_new_counts() {
    let (server, known) = (known_server(), registered(|_| {}).unwrap());
    let told = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let answer = answer_of(|answer| change(answer.as_object_mut().unwrap()));
        done(known.read_again(&server).unwrap(), reply(200, answer.to_string()))
    };
    let kept = told(&|answer| {
        answer.retain(|name, _| !name.starts_with("client_secret") && !name.starts_with("registration_"));
    });
    assert_eq!(kept.unwrap(), known);
    let renewed = told(&|answer| {
        answer.insert("client_secret".into(), "new".into());
        answer.insert("client_secret_expires_at".into(), 1_800_000_100_u64.into());
        answer.insert("registration_access_token".into(), "newer".into());
    });
    let renewed = renewed.unwrap();
    assert_eq!(renewed.client_secret, Some(Secret::new("new")));
    assert_eq!(renewed.access.as_ref().unwrap().token, Secret::new("newer"));
    let ends = Timestamp::from_unix(1_800_000_100);
    assert!(renewed.is_expired(ends) && !renewed.is_expired(NOW));
    let public = told(&|answer| {
        answer.retain(|name, _| !name.starts_with("client_secret"));
        answer.insert("token_endpoint_auth_method".into(), "none".into());
    });
    assert_eq!(public.unwrap().client_secret, None, "a client without a secret has none");
    // The identifier never changes.
    let other = told(&|answer| drop(answer.insert("client_id".into(), "other".into()))).unwrap_err();
    assert!(matches!(other, Error::Answer { problem: DocumentError::Value("client_id"), .. }));
}
