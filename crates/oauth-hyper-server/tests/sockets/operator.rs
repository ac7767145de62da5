//! The operator's hooks: asked before, told after, and a limit on guessing.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use oauth_clock::ManualClock;
use oauth_hyper_server::{
    Attempt, Endpoint, Event, Nobody, Operator, Reason, Throttle, Unavailable, Written,
};
use oauth_sansio::Timestamp;
use oauth1_core::client as core1_client;
use oauth1_core::server as core1;
use oauth2_core::server::{self as core2, Proposal, Verdict};

use crate::common::{CLIENT_ID, Plan, START, Stage, form_post};

/// Keeps what it hears.
#[derive(Default)]
struct Ears(Mutex<Vec<Heard>>);

#[derive(Debug, PartialEq)]
struct Heard {
    endpoint: Endpoint,
    client_id: Option<String>,
    peer: Option<IpAddr>,
    reason: Option<Reason>,
    put: Vec<&'static str>,
    revoked: usize,
}

#[async_trait]
impl Operator for Ears {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        match attempt.client_id {
            Some("unwelcome") => Err(Duration::from_secs(7)),
            _ => Ok(()),
        }
    }

    async fn review(&self, _: &Proposal) -> Result<Verdict, Unavailable> {
        Err(Unavailable("the directory is down".into()))
    }

    fn happened(&self, event: &Event<'_>) {
        let put = match event.written {
            None => vec![],
            Some(Written::OAuth1(batch)) => batch.put.iter().map(kind1).collect(),
            Some(Written::OAuth2(batch)) => batch.put.iter().map(kind2).collect(),
        };
        self.0.lock().unwrap().push(Heard {
            endpoint: event.attempt.endpoint,
            client_id: event.attempt.client_id.map(str::to_owned),
            peer: event.attempt.peer,
            reason: event.reason,
            put,
            revoked: event.written.map_or(0, |written| written.revoked()),
        });
    }
}

fn kind1(record: &core1::Record) -> &'static str {
    match record {
        core1::Record::Temporary(..) => "temporary credentials",
        core1::Record::Interaction(..) => "interaction",
        core1::Record::Approval(..) => "approval",
        core1::Record::Token(..) => "token credentials",
    }
}

fn kind2(record: &core2::Record) -> &'static str {
    match record {
        core2::Record::Access(..) => "access token",
        _ => "something else",
    }
}

async fn ask(stage: &Stage, client_id: &str, secret: &str) -> Response<Bytes> {
    let url = stage.provider.join("/oauth2/token").unwrap();
    let fields = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
    stage.line.send(form_post(&url, &fields)).await
}

#[tokio::test]
async fn k09_the_operator_hears_of_each_try_by_whom_and_from_where() {
    let ears = Arc::new(Ears::default());
    let stage = Stage::set(Plan { operator: ears.clone(), ..Plan::default() }).await;
    assert_eq!(ask(&stage, CLIENT_ID, stage.secret.expose()).await.status(), StatusCode::OK);
    for _ in 0..3 {
        assert_eq!(ask(&stage, CLIENT_ID, "guessed").await.status(), StatusCode::UNAUTHORIZED);
    }
    let heard = |reason: Option<Reason>| Heard {
        endpoint: core2::Endpoint::Token.into(),
        client_id: Some(CLIENT_ID.into()),
        peer: Some([127, 0, 0, 1].into()),
        reason,
        put: if reason.is_none() { vec!["access token"] } else { vec![] },
        revoked: 0,
    };
    let wrong = || heard(Some(core2::Reason::WrongSecret.into()));
    assert_eq!(*ears.0.lock().unwrap(), [heard(None), wrong(), wrong(), wrong()]);
}

#[tokio::test]
async fn the_operator_hears_of_each_request_of_oauth_1_what_was_issued_to_whom_and_why_not() {
    use core1::Endpoint::{Authorize, Consent, Temporary, Token};

    let ears = Arc::new(Ears::default());
    let stage = Stage::set(Plan { operator: ears.clone(), ..Plan::default() }).await;
    stage.token1().await;
    let stranger = stage.client1_with(|config| core1_client::Config { secret: "guessed".into(), ..config });
    let callback = core1_client::Callback::OutOfBand;
    stage.line.run(stranger.temporary_credentials(callback)).await.unwrap_err();

    let heard = |endpoint: core1::Endpoint, reason: Option<core1::Reason>, put: &[&'static str]| Heard {
        endpoint: endpoint.into(),
        // The link that leads a person there names nobody.
        client_id: (endpoint != Authorize).then(|| CLIENT_ID.to_owned()),
        peer: Some([127, 0, 0, 1].into()),
        reason: reason.map(Reason::OAuth1),
        put: put.to_vec(),
        revoked: 0,
    };
    let expected = [
        heard(Temporary, None, &["temporary credentials"]),
        heard(Authorize, None, &["interaction"]),
        heard(Consent, None, &["approval"]),
        heard(Token, None, &["token credentials"]),
        heard(Temporary, Some(core1::Reason::Signature), &[]),
    ];
    assert_eq!(*ears.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn whom_the_operator_does_not_admit_waits_and_nothing_is_looked_up() {
    let stage = Stage::set(Plan { operator: Arc::new(Ears::default()), ..Plan::default() }).await;
    let answer = ask(&stage, "unwelcome", "any").await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "7");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn an_operator_that_cannot_tell_is_503_and_nothing_is_issued() {
    let ears = Arc::new(Ears::default());
    let plan = Plan { operator: ears.clone(), server2: |config| config.reviews = true, ..Plan::default() };
    let stage = Stage::set(plan).await;
    let answer = ask(&stage, CLIENT_ID, stage.secret.expose()).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ears.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn k09_n05_whoever_was_wrong_too_often_waits_however_right_he_is_then() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix(START)));
    let throttle = Throttle::new(Nobody, clock.clone(), 100, Duration::from_secs(600));
    let stage = Stage::set(Plan { operator: Arc::new(throttle), clock, ..Plan::default() }).await;
    // Being right does not count.
    assert_eq!(ask(&stage, CLIENT_ID, stage.secret.expose()).await.status(), StatusCode::OK);
    let device = stage.provider.join("/device").unwrap();
    for n in 0..100 {
        // Half of them guess codes of devices, half secrets.
        let answer = match n % 2 {
            0 => stage.line.send(form_post(&device, &[("user_code", "BCDF-GHJK")])).await,
            _ => ask(&stage, CLIENT_ID, "guessed").await,
        };
        assert!(answer.status().is_client_error() && answer.status() != StatusCode::TOO_MANY_REQUESTS, "{n}");
    }
    let typed = stage.line.send(form_post(&device, &[("user_code", "BCDF-GHJK")])).await;
    assert_eq!(typed.status(), StatusCode::TOO_MANY_REQUESTS);
    let asked = ask(&stage, CLIENT_ID, stage.secret.expose()).await;
    assert_eq!(asked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(asked.headers()[header::RETRY_AFTER], "600");
    stage.clock.advance(Duration::from_secs(600));
    assert_eq!(ask(&stage, CLIENT_ID, stage.secret.expose()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn k09_o08_guesses_at_secrets_of_oauth_1_count_with_those_of_oauth_2() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix(START)));
    let throttle = Throttle::new(Nobody, clock.clone(), 4, Duration::from_secs(600));
    let stage = Stage::set(Plan { operator: Arc::new(throttle), clock, ..Plan::default() }).await;
    let of = |secret: &str| {
        let client = stage.client1_with(|config| core1_client::Config { secret: secret.into(), ..config });
        stage.line.run(client.temporary_credentials(core1_client::Callback::OutOfBand))
    };
    let status = |answered: Result<_, core1_client::Error>| match answered {
        Ok(_) => StatusCode::OK,
        Err(core1_client::Error::Refused { status, .. }) => status,
        Err(other) => panic!("{other:?}"),
    };
    for n in 0..4 {
        match n % 2 {
            0 => assert_eq!(status(of("guessed").await), StatusCode::UNAUTHORIZED),
            _ => assert_eq!(ask(&stage, CLIENT_ID, "guessed").await.status(), StatusCode::UNAUTHORIZED),
        }
    }
    assert_eq!(status(of(stage.secret.expose()).await), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&stage, CLIENT_ID, stage.secret.expose()).await.status(), StatusCode::TOO_MANY_REQUESTS);
    stage.clock.advance(Duration::from_secs(600));
    assert_eq!(status(of(stage.secret.expose()).await), StatusCode::OK);
}
