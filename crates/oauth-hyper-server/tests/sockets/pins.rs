//! A PIN of OAuth 1.0a: shown to a person, typed into the application, tried by others.

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::Exchange as _;
use oauth1_core::client::{Callback, Pending};
use oauth1_core::server::Pin;

use crate::common::{Plan, Stage};
use crate::races::{at_once, counts};

/// Temporary credentials, and the PIN that the person has been shown.
async fn shown() -> (Stage, Pending, String) {
    let plan = Plan { provider1: |config| config.pin = Some(Pin { digits: 8, tries: 5 }), ..Plan::default() };
    let stage = Stage::set(plan).await;
    let client = stage.client1();
    let pending = stage.line.run(client.temporary_credentials(Callback::OutOfBand)).await.unwrap();
    let mut browser = stage.browser();
    let consent = browser.begin(&pending.authorization_url(&client)).await;
    let page = browser.decide(&consent, "allow").await;
    assert_eq!(page.status(), StatusCode::OK);
    let pin = String::from_utf8(page.body().to_vec()).unwrap();
    assert!(pin.len() == 8 && pin.bytes().all(|byte| byte.is_ascii_digit()), "{pin}");
    (stage, pending, pin)
}

fn guess(stage: &Stage, pending: &Pending, pin: &str) -> Request<Bytes> {
    pending.verifier(&stage.client1(), pin).request(stage.moment()).unwrap().request
}

fn wrong(pin: &str) -> &'static str {
    if pin == "00000000" { "00000001" } else { "00000000" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn o08_a_wrong_pin_sent_32_times_in_parallel_takes_one_try() {
    let (stage, pending, pin) = shown().await;
    let answers = at_once(&stage, &guess(&stage, &pending, wrong(&pin)), 32).await;
    assert_eq!(counts(&answers), [(401, 32)]);
    for _ in 0..3 {
        let refused = stage.line.send(guess(&stage, &pending, wrong(&pin))).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    // One is left, and that is enough for the owner.
    assert!(stage.line.run(pending.verifier(&stage.client1(), &pin)).await.is_ok());
}

#[tokio::test]
async fn o08_the_fifth_wrong_pin_is_the_last() {
    let (stage, pending, pin) = shown().await;
    for _ in 0..5 {
        let refused = stage.line.send(guess(&stage, &pending, wrong(&pin))).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    assert!(stage.line.run(pending.verifier(&stage.client1(), &pin)).await.is_err());
}
