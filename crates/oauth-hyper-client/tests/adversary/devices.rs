//! What a device is told to show and to do (RFC 8628).

use std::time::Duration;

use oauth_hyper_client::Client as Http;
use oauth_sansio::{Exchange as _, Progress, Timestamp};
use oauth2_core::client::{Client, DeviceAuthorization, Error, Misuse, Tokens};
use serde_json::{Value, json};

use crate::common::{self, Hands, START, moment};
use crate::provider::*;

async fn codes(client: &Client, hands: &Hands) -> Result<DeviceAuthorization, Error> {
    let mut asking = client.device(&"read".parse().unwrap()).unwrap();
    let answer = Http::new().send(asking.request(moment(hands)).unwrap()).await.unwrap();
    match asking.response(answer, moment(hands))? {
        Progress::Done(codes) => Ok(codes),
        _ => panic!(),
    }
}

/// Polls until it ends; whoever waits moves the clock. Also tells the second of each poll.
async fn poll(client: &Client, hands: &Hands) -> (Result<Tokens, Error>, Vec<u64>) {
    let mut polling = codes(client, hands).await.unwrap().poll(client).unwrap();
    let mut polls = Vec::new();
    loop {
        let outgoing = match polling.request(moment(hands)) {
            Ok(outgoing) => outgoing,
            Err(error) => return (Err(error), polls),
        };
        polls.push(moment(hands).now().as_unix() - START);
        let answer = Http::new().send(outgoing).await.unwrap();
        polling = match polling.response(answer, moment(hands)) {
            Ok(Progress::Done(tokens)) => return (Ok(tokens), polls),
            Ok(Progress::Again(next)) => next,
            Ok(Progress::Wait(until, next)) => {
                let now = moment(hands).now();
                assert!(until > now, "it waits");
                hands.pass(until.since(now).as_secs());
                next
            }
            Err(error) => return (Err(error), polls),
        };
    }
}

async fn answering(answers: &'static [(u16, &'static str)]) -> Provider {
    Provider::lying(move |asked| {
        let (status, body) = answers[asked.before.min(answers.len() - 1)];
        (asked.path == TOKEN).then(|| common::json(status, body))
    })
    .await
}

const PENDING: (u16, &str) = (400, r#"{"error":"authorization_pending"}"#);
const SLOWER: (u16, &str) = (400, r#"{"error":"slow_down"}"#);

#[tokio::test]
async fn l32_a_device_is_as_slow_as_it_is_told_and_asks_nothing_once_its_codes_have_ended() {
    for (answers, polls) in [
        (&[PENDING][..], &[0, 5, 10, 15, 20, 25][..]),
        // Five seconds more each time, for good.
        (&[SLOWER, PENDING][..], &[0, 10, 20][..]),
        (&[SLOWER][..], &[0, 10, 25][..]),
        (&[(503, "busy")][..], &[0, 10, 25][..]),
    ] {
        let server = answering(answers).await;
        let (ended, seen) = poll(&server.client().await, &Hands::default()).await;
        assert_eq!(ended.unwrap_err(), Misuse::DeviceExpired.into());
        assert_eq!(seen, polls);
        assert_eq!(server.times(TOKEN), polls.len());
    }
    // What is decided is not asked for again.
    for (answer, count) in
        [((400, r#"{"error":"access_denied"}"#), 1), ((400, r#"{"error":"expired_token"}"#), 1)]
    {
        let server = Provider::answering(TOKEN, move || common::json(answer.0, answer.1)).await;
        let (ended, _) = poll(&server.client().await, &Hands::default()).await;
        assert!(matches!(ended.unwrap_err(), Error::Refused(_)));
        assert_eq!(server.times(TOKEN), count);
    }
}

#[tokio::test]
async fn l32_a_server_cannot_have_a_device_poll_without_a_pause_or_for_ever() {
    for (interval, pause) in [(json!(0), 1), (json!(1), 1), (json!(u64::MAX), 30)] {
        let server = Provider::lying(move |asked| match asked.path {
            DEVICE => {
                let mut codes = device(asked.origin);
                codes["interval"] = interval.clone();
                Some(ok(&codes))
            }
            TOKEN => Some(common::json(PENDING.0, PENDING.1)),
            _ => None,
        })
        .await;
        let (ended, polls) = poll(&server.client().await, &Hands::default()).await;
        assert_eq!(ended.unwrap_err(), Misuse::DeviceExpired.into());
        assert_eq!(polls.len(), 30 / pause);
    }
    let server = Provider::stating(DEVICE, |document, _| document["expires_in"] = u64::MAX.into()).await;
    let codes = codes(&server.client().await, &Hands::default()).await.unwrap();
    assert!(
        codes.expires > Timestamp::from_unix(START).plus(Duration::from_secs(1 << 40)),
        "and it does not wrap"
    );
}

#[tokio::test]
async fn l32_a_person_is_led_to_no_unsafe_page_and_shown_no_tricks() {
    let long = "W".repeat(65);
    let lies = [
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri", json!("http://192.0.2.1/activate")),
        ("verification_uri", json!("https://bank.example@evil.example/")),
        ("verification_uri", json!("file:///etc/passwd")),
        ("verification_uri", json!("x")),
        ("verification_uri", Value::Null),
        ("verification_uri_complete", json!("data:text/html,x")),
        ("verification_uri_complete", json!("http://192.0.2.1/activate?c=x")),
        ("user_code", json!("WDJB\u{1b}[2J")),
        ("user_code", json!("WDJB\nMJHT")),
        ("user_code", json!("")),
        ("user_code", json!(long)),
        ("user_code", json!(7)),
        ("device_code", json!("")),
        ("device_code", json!(["x"])),
        ("expires_in", json!(-1)),
        ("expires_in", json!("30")),
        ("interval", json!(-5)),
        ("interval", json!("5")),
    ];
    for (member, value) in lies {
        let lie = value.clone();
        let server = Provider::stating(DEVICE, move |document, _| document[member] = lie.clone()).await;
        let error = codes(&server.client().await, &Hands::default()).await.unwrap_err();
        assert!(matches!(error, Error::Answer { .. }), "{member} {value}: {error}");
        assert_eq!(server.times(TOKEN), 0);
    }
    // Codes of one server are polled for at no other.
    let (one, two) = (Provider::honest().await, Provider::honest().await);
    let given = codes(&one.client().await, &Hands::default()).await.unwrap();
    assert_eq!(given.poll(&two.client().await).unwrap_err(), Misuse::OtherClient.into());
    assert_eq!(two.times(TOKEN), 0);
}
