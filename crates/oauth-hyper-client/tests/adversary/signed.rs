//! Signed answers that are forged, or none, or for others (JARM).

use http::Uri;
use oauth_hyper_client::Client as Http;
use oauth_sansio::{Timestamp, base64url};
use oauth2_core::client::{CallbackError, Client, Error, Misuse, Pending, SignedAnswerError, SignedMode};
use oauth2_core::jose::{Algorithm, JwkSet, LocalSigner, Signer as _, Unsigned};
use serde_json::{Value, json};

use crate::common::START;
use crate::provider::*;

/// A server that signs its answers.
struct Signing {
    server: Provider,
    client: Client,
    key: LocalSigner,
    keys: JwkSet,
}

impl Signing {
    async fn start() -> Self {
        let key = LocalSigner::generate(Algorithm::Es256, "theirs").unwrap();
        let set = JwkSet::new([key.public().unwrap()]).to_value();
        let server = Provider::stating(KEYS, move |document, _| *document = set.clone()).await;
        let client = server.client_with(|config| config.signed_answers = Some(SignedMode::Query)).await;
        let keys = Http::new().run(client.server_keys().unwrap()).await.unwrap();
        Self { server, client, key, keys }
    }

    fn claims(&self, pending: &Pending) -> Value {
        json!({
            "iss": self.client.issuer(), "aud": "app", "exp": START + 60, "code": CODE,
            "state": pending.state().expose(),
        })
    }

    fn read(&self, pending: Pending, query: &str) -> Result<oauth2_core::client::TokenExchange, Error> {
        let uri: Uri = format!("{CALLBACK}?{query}").parse().unwrap();
        let came = pending.signed_callback(&self.client, &self.keys, &uri, Timestamp::from_unix(START));
        came.map_err(|failed| failed.error)
    }
}

fn sign(key: &LocalSigner, claims: &Value) -> String {
    let unsigned = Unsigned::new(key, None, claims.to_string().as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

fn unsigned(claims: &Value) -> String {
    let part = |text: &str| base64url::encode(text.as_bytes());
    format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&claims.to_string()))
}

#[tokio::test]
async fn l26_no_answer_but_the_servers_own_for_this_client_now_leads_to_a_token_request() {
    let signing = Signing::start().await;
    let lies: [fn(&mut Value); 6] = [
        |claims| claims["iss"] = "https://evil.example".into(),
        |claims| claims["aud"] = "other".into(),
        |claims| claims["exp"] = START.into(),
        |claims| claims["state"] = "other".into(),
        |claims| drop(claims.as_object_mut().unwrap().remove("iss")),
        |claims| drop(claims.as_object_mut().unwrap().remove("exp")),
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let pending = start(&signing.client);
        let mut claims = signing.claims(&pending);
        lie(&mut claims);
        let query = format!("response={}", sign(&signing.key, &claims));
        assert!(signing.read(pending, &query).is_err(), "{number}");
    }
    // Signed by another key of the same name, by nobody, or changed after it was signed.
    let stranger = LocalSigner::generate(Algorithm::Es256, "theirs").unwrap();
    let pending = start(&signing.client);
    let claims = signing.claims(&pending);
    let good = sign(&signing.key, &claims);
    let mut other = claims.clone();
    other["code"] = "other".into();
    let parts: Vec<_> = good.split('.').collect();
    let swapped = format!("{}.{}.{}", parts[0], base64url::encode(other.to_string().as_bytes()), parts[2]);
    for text in [
        sign(&stranger, &claims),
        unsigned(&claims),
        swapped,
        format!("{}.{}.", parts[0], parts[1]),
        "x".into(),
    ] {
        let error = signing.read(pending.clone(), &format!("response={text}")).unwrap_err();
        assert!(
            matches!(error, Error::Callback(CallbackError::Signed(SignedAnswerError::Signature(_)))),
            "{error}"
        );
    }
    assert_eq!(signing.server.times(TOKEN), 0);
    Http::new().run(signing.read(pending, &format!("response={good}")).unwrap()).await.unwrap();
    assert_eq!(signing.server.times(TOKEN), 1);
}

#[tokio::test]
async fn l27_nothing_plain_is_taken_in_the_place_of_a_signed_answer_or_beside_it() {
    let signing = Signing::start().await;
    let pending = start(&signing.client);
    let (state, iss) = (pending.state().expose().to_owned(), signing.client.issuer());
    let plain = format!("code={CODE}&state={state}&iss={iss}");
    let text = sign(&signing.key, &signing.claims(&pending));
    assert_eq!(
        signing.read(pending.clone(), &plain).unwrap_err(),
        CallbackError::from(SignedAnswerError::NotSigned).into()
    );
    for (query, wanted) in [
        (format!("response={text}&code=other"), CallbackError::Unexpected("code")),
        (format!("response={text}&state={state}"), CallbackError::Unexpected("state")),
        (format!("response={text}&response={text}"), CallbackError::Repeated("response")),
    ] {
        assert_eq!(signing.read(pending.clone(), &query).unwrap_err(), wanted.into());
    }
    // Neither does the way for plain answers take one.
    let failed = back(pending, &signing.client, &plain).unwrap_err();
    assert_eq!(failed.error, CallbackError::from(SignedAnswerError::NotSigned).into());
    // And a client that did not ask for a signature does not read one.
    let other = signing.server.client().await;
    let uri: Uri = format!("{CALLBACK}?response={text}").parse().unwrap();
    let failed =
        start(&other).signed_callback(&other, &signing.keys, &uri, Timestamp::from_unix(START)).unwrap_err();
    assert_eq!(failed.error, Misuse::NoSignedAnswer.into());
    assert_eq!(signing.server.times(TOKEN), 0);
}
