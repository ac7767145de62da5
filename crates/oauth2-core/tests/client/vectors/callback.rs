//! The authorization response.

use http::Uri;
use oauth_sansio::{Exchange as _, form::Form};
use oauth2_core::{
    client::{CallbackError, Client, Config, Error, Pending, Server, Untrusted},
    metadata::Transport,
};
use serde_json::Value;

use super::{Verdict, cases, ensure, run};
use crate::common::{NOW, moment};

#[test]
fn every_authorization_response_is_judged_as_the_vectors_say() {
    let cases =
        cases(include_str!("../../../../../vectors/oauth2_redirect.json"), Some("authorization_response"));
    run("oauth2_redirect authorization_response", &cases, 50, |case| {
        let Some(state) = case["expected_state"].as_str() else {
            return Err(Verdict::Excluded("no state was sent, which this client never does"));
        };
        let (client, pending) = pending_of(case, state);
        let uri: Uri = case["response_url"].as_str().unwrap().parse().unwrap();
        let expected = &case["expected"];
        let failed = match pending.callback(&client, &uri, NOW) {
            Ok(mut exchange) => {
                let body = exchange.request(moment(1)).unwrap().request.into_body();
                let form = Form::parse(&body, &Default::default()).unwrap();
                let code = form.one("code").unwrap();
                return ensure(expected["code"].as_str() == code, || format!("code {code:?}"));
            }
            Err(failed) => failed.error,
        };
        match &failed {
            Error::Refused(refusal) => {
                let text =
                    |text: &Option<Untrusted>| text.as_ref().map(|text| text.as_untrusted_str().to_owned());
                let right = expected["error"] == refusal.code.as_str()
                    && expected["error_description"].as_str() == text(&refusal.description).as_deref()
                    && expected["error_uri"].as_str() == text(&refusal.uri).as_deref();
                ensure(right, || format!("{refusal:?}"))
            }
            Error::Callback(error) => {
                let reason = callback_reason(*error);
                // Without a state nobody looks further; the vectors look for the code first.
                let right = expected["reason"] == reason
                    || (expected["outcome"] == "reject" && reason == "missing_state")
                    || (expected["reason"] == "state_mismatch" && reason == "missing_state");
                ensure(right, || format!("{error:?}"))
            }
            other => Err(Verdict::Wrong(format!("{other:?}"))),
        }
    });
}

fn pending_of(case: &Value, state: &str) -> (Client, Pending) {
    let issuer = case["issuer"].as_str().unwrap();
    let mut server = Server::new(
        issuer,
        Some("https://as.example/authorize"),
        "https://as.example/token",
        Transport::Https,
    )
    .unwrap();
    if case["iss_parameter_supported"] == true {
        server = server.with_iss_parameter();
    }
    let mut config = Config::new(server, "client");
    config.redirect_uri = Some(case["redirect_uri"].as_str().unwrap().to_owned());
    let client = Client::new(config).unwrap();
    let (_, pending) = client.authorize().start(moment(1)).unwrap();
    let mut stored = serde_json::to_value(&pending).unwrap();
    stored["state"] = state.into();
    (client, serde_json::from_value(stored).unwrap())
}

fn callback_reason(error: CallbackError) -> &'static str {
    match error {
        CallbackError::Form(_) => "invalid_percent_encoding",
        CallbackError::Repeated(_) => "duplicate_parameter",
        CallbackError::WrongPath => "wrong_redirect_uri",
        CallbackError::MissingState => "missing_state",
        CallbackError::StateMismatch => "state_mismatch",
        CallbackError::Expired => "expired",
        CallbackError::MissingIss => "missing_iss",
        CallbackError::IssMismatch => "iss_mismatch",
        CallbackError::MissingCode => "missing_code",
        CallbackError::CodeAndError => "code_and_error",
        CallbackError::Unexpected(_) => "unexpected_parameter",
        CallbackError::Signed(_) => "not_signed",
        CallbackError::Hmac => "hmac",
        CallbackError::OtherSite => "other_site",
    }
}
