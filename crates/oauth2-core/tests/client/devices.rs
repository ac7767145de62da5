//! Attacks through the endpoint for devices (RFC 8628).

use oauth_sansio::{Exchange as _, Moment, Progress};
use oauth2_core::{
    DocumentError, Scopes,
    client::{Client, Config, DeviceAuthorization, Error, Misuse, Server},
    metadata::{AuthorizationServerMetadata, MetadataError, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

fn client_at(endpoint: &str) -> Result<Client, MetadataError> {
    let metadata = json!({ "issuer": AS, "token_endpoint": "https://as.example/token", "response_types_supported": [],
        "device_authorization_endpoint": endpoint, "token_endpoint_auth_methods_supported": ["none"] });
    let metadata = AuthorizationServerMetadata::parse(metadata.to_string().as_bytes()).unwrap();
    Ok(Client::new(Config::new(Server::from_metadata(&metadata, Transport::Https)?, "tv")).unwrap())
}

fn answered(body: &Value) -> Result<DeviceAuthorization, Error> {
    let client = client_at("https://as.example/device").unwrap();
    let mut request = client.device(&"read".parse::<Scopes>().unwrap()).unwrap();
    let sent = request.request(moment(1)).unwrap().request;
    assert_eq!(sent.uri(), "https://as.example/device");
    assert_eq!(&sent.body()[..], b"scope=read&client_id=tv");
    match request.response(reply(200, body.to_string()), moment(2))? {
        Progress::Done(codes) => Ok(codes),
        other => panic!("{other:?}"),
    }
}

fn good() -> Value {
    json!({ "device_code": "the-device-code", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/device",
        "verification_uri_complete": "https://as.example/device?user_code=WDJB-MJHT", "expires_in": 1800, "interval": 5 })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = good();
    body[name] = value;
    body
}

#[test]
fn l32_a_person_is_led_to_a_safe_address_and_shown_a_code_that_is_one() {
    let codes = answered(&good()).unwrap();
    assert_eq!(
        (codes.user_code.as_str(), codes.expires),
        ("WDJB-MJHT", NOW.plus(std::time::Duration::from_secs(1800)))
    );
    assert!(!format!("{codes:?}").contains("the-device-code"));
    for name in ["verification_uri", "verification_uri_complete"] {
        for hostile in [
            "http://as.example/device",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://u:p@as.example/",
            "x",
            "",
        ] {
            let error = answered(&with(name, hostile.into())).unwrap_err();
            assert!(
                matches!(error, Error::Answer { problem: DocumentError::Value(at), .. } if at == name),
                "{hostile}"
            );
        }
    }
    for code in ["", "a\u{1b}[31mb", "a\nb", &"a".repeat(65)] {
        let error = answered(&with("user_code", code.into())).unwrap_err();
        assert!(
            matches!(error, Error::Answer { problem: DocumentError::Value("user_code"), .. }),
            "{code:?}"
        );
    }
    for (name, value) in [
        ("interval", json!("5")),
        ("interval", json!(-1)),
        ("expires_in", json!("x")),
        ("device_code", json!(5)),
    ] {
        assert!(matches!(answered(&with(name, value)), Err(Error::Answer { .. })), "{name}");
    }
    for name in ["device_code", "user_code", "verification_uri", "expires_in"] {
        let mut body = good();
        body.as_object_mut().unwrap().remove(name);
        let error = answered(&body).unwrap_err();
        assert!(
            matches!(error, Error::Answer { problem: DocumentError::Missing(at), .. } if at == name),
            "{name}"
        );
    }
}

#[test]
fn an_endpoint_for_devices_is_one_that_may_be_talked_to() {
    for hostile in [
        "http://as.example/device",
        "file:///x",
        "https://as.example/d#x",
        "https://as.example/d?client_id=x",
    ] {
        assert!(
            matches!(
                client_at(hostile),
                Err(MetadataError::Url { member: "device_authorization_endpoint", .. })
            ),
            "{hostile}"
        );
    }
    assert_eq!(
        client(|_| {}).device(&Scopes::none()).map(drop).unwrap_err(),
        Misuse::NoDeviceEndpoint.into()
    );
}

#[test]
fn a_server_that_fails_for_a_moment_is_asked_again_and_less_often() {
    let client = client_at("https://as.example/device").unwrap();
    let mut polling = answered(&good()).unwrap().poll(&client).unwrap();
    for seconds in [10, 15] {
        polling.request(moment(3)).unwrap();
        let failing = reply(503, r#"{"error":"temporarily_unavailable"}"#);
        let Ok(Progress::Wait(until, next)) = polling.response(failing, moment(4)) else { panic!() };
        assert_eq!(until, NOW.plus(std::time::Duration::from_secs(seconds)));
        polling = next;
    }
    assert!(polling.response(reply(400, r#"{"error":"expired_token"}"#), moment(5)).is_err());
}

#[test]
fn l32_a_device_that_gets_no_answer_asks_half_as_often_each_time_until_its_codes_have_ended() {
    let client = client_at("https://as.example/device").unwrap();
    let mut poll = answered(&good()).unwrap().poll(&client).unwrap();
    let mut waits = Vec::new();
    let mut now = NOW;
    let ended = loop {
        let at = || Moment::new(now, [3; 32]);
        if let Err(error) = poll.request(at()) {
            break error;
        }
        let Some(Progress::Wait(until, next)) = poll.unanswered(at()) else { panic!("it goes on") };
        waits.push(until.since(now).as_secs());
        (now, poll) = (until, next);
    };
    assert_eq!(waits[..5], [10, 20, 40, 80, 160]);
    assert_eq!(waits.iter().sum::<u64>(), 1800);
    assert!(matches!(ended, Error::Misuse(Misuse::DeviceExpired)));
}
