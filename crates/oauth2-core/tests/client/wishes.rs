//! What a client asks for beside scopes: resources (RFC 8707), details (RFC 9396), and how the person logs in (RFC 9470).

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange as _, Secret, form::Form};
use oauth2_core::{
    DocumentError, Scopes,
    client::{
        AuthorizationDetails, AuthorizationRequest, ClientAuthentication, Error, Leniency, Misuse, Pending,
        TokenExchange, Tokens,
    },
};
use serde_json::{Value, json};

use crate::common::*;

const API: &str = "https://api.example/v1";
const OTHER: &str = "urn:example:photos";

fn details() -> AuthorizationDetails {
    AuthorizationDetails::default()
        .with("payment", json!({ "amount": 100, "payee": "Bob & Son" }))
        .unwrap()
        .with("accounts", json!({ "actions": ["read"] }))
        .unwrap()
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let form = Form::parse(text.as_bytes(), &Default::default()).unwrap();
    form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn all(pairs: &[(String, String)], name: &str) -> Vec<String> {
    pairs.iter().filter(|(one, _)| one == name).map(|(_, value)| value.clone()).collect()
}

fn sent(mut exchange: TokenExchange) -> Vec<(String, String)> {
    let body: Bytes = exchange.request(moment(3)).unwrap().request.into_body();
    pairs(std::str::from_utf8(&body).unwrap())
}

#[test]
fn a_resource_is_named_when_asking_and_again_with_the_code() {
    let client = client(|_| {});
    let (url, pending) = client.authorize().resource(API).resource(OTHER).start(moment(1)).unwrap();
    assert_eq!(all(&pairs(url.query().unwrap()), "resource"), [API, OTHER]);
    // Also after a night in the session.
    let stored = serde_json::to_string(&pending).unwrap();
    let pending: Pending = serde_json::from_str(&stored).unwrap();
    let uri = callback_uri(&pending, "");
    assert_eq!(all(&sent(pending.callback(&client, &uri, NOW).unwrap()), "resource"), [API, OTHER]);
    // Nothing is named that nobody asked for; a session of before has no such member.
    let pending = start(&client);
    assert!(!serde_json::to_string(&pending).unwrap().contains("resources"));
    let uri = callback_uri(&pending, "");
    assert!(all(&sent(pending.callback(&client, &uri, NOW).unwrap()), "resource").is_empty());
}

#[test]
fn every_token_request_may_name_resources_and_details() {
    let confidential =
        client(|config| config.authentication = ClientAuthentication::SecretPost("secret".into()));
    let refresh = confidential.refresh(&Secret::new("r"));
    let machine = confidential.client_credentials(&Scopes::none()).unwrap();
    let pending = start(&confidential);
    let uri = callback_uri(&pending, "");
    let code = pending.callback(&confidential, &uri, NOW).unwrap();
    for exchange in [refresh, machine, code] {
        let exchange = exchange.with_resource(API).unwrap().with_resource(OTHER).unwrap();
        let sent = sent(exchange.with_authorization_details(&details()));
        assert_eq!(all(&sent, "resource"), [API, OTHER]);
        let json: Value = serde_json::from_str(&all(&sent, "authorization_details")[0]).unwrap();
        assert_eq!(json, serde_json::to_value(details()).unwrap());
        assert_eq!((all(&sent, "client_id").len(), all(&sent, "client_secret").len()), (1, 1));
    }
    let none = confidential.refresh(&Secret::new("r")).with_authorization_details(&Default::default());
    assert!(all(&sent(none), "authorization_details").is_empty());
}

#[test]
fn a_resource_is_an_absolute_uri_without_a_fragment_on_the_clients_side_too() {
    let client = client(|_| {});
    for wrong in ["", "/v1", "api.example", "https://api.example/#x", "https://api.example/a b", "https://"] {
        let refused = client.authorize().resource(wrong).start(moment(1)).map(drop);
        assert_eq!(refused, Err(Misuse::Resource.into()), "{wrong}");
        let refused = client.refresh(&Secret::new("r")).with_resource(wrong).map(drop);
        assert_eq!(refused, Err(Misuse::Resource.into()), "{wrong}");
    }
    for right in [API, OTHER, "https://api.example?x=1", "HTTPS://API.example:443/"] {
        let (url, _) = client.authorize().resource(right).start(moment(1)).unwrap();
        assert_eq!(all(&pairs(url.query().unwrap()), "resource"), [right], "as it was written");
    }
}

#[test]
fn how_the_person_logs_in_is_asked_for_once() {
    let client = client(|_| {});
    let request = || {
        let request = client.authorize().prompt("login consent").max_age(300);
        request.acr_values(&["gold", "silver"]).login_hint("ann@example.com").extra("display", "page")
    };
    let (url, _) = request().authorization_details(&details()).start(moment(1)).unwrap();
    let asked = pairs(url.query().unwrap());
    for (name, value) in [
        ("prompt", "login consent"),
        ("max_age", "300"),
        ("acr_values", "gold silver"),
        ("login_hint", "ann@example.com"),
        ("display", "page"),
    ] {
        assert_eq!(all(&asked, name), [value]);
    }
    let json: Value = serde_json::from_str(&all(&asked, "authorization_details")[0]).unwrap();
    assert_eq!(json[0], json!({ "type": "payment", "amount": 100, "payee": "Bob & Son" }));

    let refused = |request: AuthorizationRequest<'_>| request.start(moment(1)).map(drop).unwrap_err();
    for (name, value) in
        [("prompt", "none"), ("max_age", "0"), ("acr_values", "x"), ("login_hint", "x"), ("display", "x")]
    {
        assert_eq!(refused(request().extra(name, value)), Misuse::RepeatedParameter.into(), "{name}");
    }
    let twice = request().authorization_details(&details()).authorization_details(&details());
    assert_eq!(refused(twice), Misuse::RepeatedParameter.into());
    for name in ["resource", "authorization_details", "request", "request_uri", "response_mode", "iss", "exp"]
    {
        assert_eq!(refused(request().extra(name, "x")), Misuse::ReservedParameter.into(), "{name}");
    }
}

#[test]
fn details_are_objects_with_a_type_and_not_too_large() {
    let refused = |kind: &str, members: Value| AuthorizationDetails::default().with(kind, members).map(drop);
    let misuse = Err(Error::Misuse(Misuse::AuthorizationDetails));
    for members in [json!([]), json!("x"), json!(null), json!({ "type": "other" })] {
        assert_eq!(refused("payment", members.clone()), misuse, "{members}");
    }
    assert_eq!(refused("", json!({})), misuse);
    assert_eq!(refused("payment", json!({ "x": "y".repeat(AuthorizationDetails::MAX_BYTES) })), misuse);
    assert_eq!(details().of_type("payment").count(), 1);
    assert_eq!(details().iter().count(), 2);
}

#[test]
fn what_was_granted_in_detail_comes_with_the_tokens() {
    let read = |granted: Value, leniency| {
        let client = client(|config| config.server = server().with_leniency(leniency));
        let mut body = json!({ "access_token": "a", "token_type": "Bearer" });
        body["authorization_details"] = granted;
        let response: Response<Bytes> = reply(200, body.to_string());
        answer(client.refresh(&Secret::new("r")), response)
    };
    let tokens = read(serde_json::to_value(details()).unwrap(), Leniency::Strict).unwrap();
    assert_eq!(tokens.authorization_details, Some(details()));
    assert!(tokens.extra.is_empty());
    let stored = serde_json::to_string(&tokens).unwrap();
    assert_eq!(serde_json::from_str::<Tokens>(&stored).unwrap(), tokens);
    for wrong in [json!({}), json!("x"), json!(null), json!([1]), json!([{}]), json!([{ "type": 1 }])] {
        let refused = read(wrong.clone(), Leniency::Strict).unwrap_err();
        let problem = DocumentError::Value("authorization_details");
        assert!(matches!(refused, Error::Answer { problem: found, .. } if found == problem), "{wrong}");
        assert_eq!(read(wrong.clone(), Leniency::Lenient).unwrap().authorization_details, None, "{wrong}");
        // Nor does it come out of a store.
        let mut stored: Value = serde_json::from_str(&stored).unwrap();
        stored["authorization_details"] = wrong.clone();
        assert!(wrong.is_null() || serde_json::from_value::<Tokens>(stored).is_err(), "{wrong}");
    }
}
