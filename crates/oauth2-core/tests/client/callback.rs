//! Attacks through the browser, on its way back.

use std::time::Duration;

use http::Uri;
use oauth_sansio::{Exchange as _, Timestamp};
use oauth2_core::{
    client::{CallbackError, Error, ErrorCode, Misuse, Server},
    metadata::Transport,
};

use crate::common::*;

#[test]
fn l01_a_callback_without_this_browsers_state_starts_nothing_and_ends_nothing() {
    let client = client(|_| {});
    let mut pending = start(&client);
    let attackers = start_with_seed(&client, 2);
    for (query, wanted) in [
        ("code=evil".to_owned(), CallbackError::MissingState),
        ("code=evil&state=".to_owned(), CallbackError::StateMismatch),
        ("code=evil&state=guess".to_owned(), CallbackError::StateMismatch),
        // One that is good in the attacker's own browser.
        (format!("code=evil&state={}", attackers.state().expose()), CallbackError::StateMismatch),
        (format!("code=evil&state={}x", pending.state().expose()), CallbackError::StateMismatch),
    ] {
        let (error, kept) = flaw(pending.callback_query(&client, &query, NOW).unwrap_err());
        assert_eq!(error, wanted, "{query}");
        pending = kept.expect("the right callback may still come");
    }
    let right = callback_uri(&pending, "");
    assert!(pending.callback(&client, &right, NOW).is_ok());
}

#[test]
fn l01_a_callback_that_comes_too_late_is_refused() {
    let client = client(|_| {});
    let late = NOW.plus(Duration::from_secs(600));
    let just = Timestamp::from_unix(late.as_unix() - 1);
    let pending = start(&client);
    let uri = callback_uri(&pending, "");
    assert!(pending.clone().callback(&client, &uri, just).is_ok());
    let (error, kept) = flaw(pending.callback(&client, &uri, late).unwrap_err());
    assert_eq!((error, kept), (CallbackError::Expired, None));
}

#[test]
fn l02_an_answered_authorization_is_used_up() {
    // `callback` consumes the pending authorization, so a replay has nothing to be compared with; a session that
    // holds another one refuses it.
    let client = client(|_| {});
    let first = start(&client);
    let uri = callback_uri(&first, "");
    assert!(first.callback(&client, &uri, NOW).is_ok());
    let second = start_with_seed(&client, 2);
    let (error, kept) = flaw(second.callback(&client, &uri, NOW).unwrap_err());
    assert_eq!(error, CallbackError::StateMismatch);
    assert!(kept.is_some());
}

#[test]
fn l03_a_response_of_another_issuer_leads_to_no_request() {
    let plain = client(|_| {});
    let advertised = with_iss();
    let other = "&iss=https%3A%2F%2Fevil.example";
    let right = "&iss=https%3A%2F%2Fas.example";
    // Advertised and present, advertised and absent, not advertised and present, neither: RFC 9207 section 2.4.
    for (client, iss, wanted) in [
        (&advertised, right, None),
        (&advertised, other, Some(CallbackError::IssMismatch)),
        (&advertised, "", Some(CallbackError::MissingIss)),
        (&plain, right, None),
        (&plain, other, Some(CallbackError::IssMismatch)),
        (&plain, "", None),
        // Simple string comparison: nothing is normalised.
        (&advertised, "&iss=https%3A%2F%2Fas.example%2F", Some(CallbackError::IssMismatch)),
        (&advertised, "&iss=https%3A%2F%2FAS.example", Some(CallbackError::IssMismatch)),
        (&advertised, "&iss=https%3A%2F%2Fas.example%3A443", Some(CallbackError::IssMismatch)),
        (&advertised, "&iss=http%3A%2F%2Fas.example", Some(CallbackError::IssMismatch)),
        (&advertised, "&iss=", Some(CallbackError::MissingIss)),
    ] {
        let pending = start(client);
        let uri = callback_uri(&pending, iss);
        let result = pending.callback(client, &uri, NOW);
        assert_eq!(result.map(drop).map_err(|failed| flaw(failed).0).err(), wanted, "{iss}");
    }
}

#[test]
fn l03_an_error_of_another_issuer_is_not_believed() {
    let client = with_iss();
    let pending = start(&client);
    let query = format!("error=access_denied&state={}&iss=https://evil.example", pending.state().expose());
    let (error, _) = flaw(pending.callback_query(&client, &query, NOW).unwrap_err());
    assert_eq!(error, CallbackError::IssMismatch);
}

#[test]
fn l03_a_pending_authorization_is_not_finished_at_another_server() {
    let elsewhere = client(|config| {
        config.server = Server::new(
            "https://evil.example",
            Some("https://evil.example/a"),
            "https://evil.example/t",
            Transport::Https,
        )
        .unwrap();
    });
    let pending = start(&client(|_| {}));
    let uri = callback_uri(&pending, "");
    let failed = pending.callback(&elsewhere, &uri, NOW).unwrap_err();
    assert_eq!(failed.error, Error::Misuse(Misuse::OtherClient));
    assert!(failed.pending.is_some());
    let other_id = client(|config| config.client_id = "other".into());
    let failed = failed.pending.unwrap().callback(&other_id, &uri, NOW).unwrap_err();
    assert_eq!(failed.error, Error::Misuse(Misuse::OtherClient));
}

#[test]
fn l04_whoever_knows_the_state_and_lies_ends_the_authorization() {
    let client = with_iss();
    let pending = start(&client);
    let wrong = callback_uri(&pending, "&iss=https%3A%2F%2Fevil.example");
    let (error, kept) = flaw(pending.callback(&client, &wrong, NOW).unwrap_err());
    assert_eq!(error, CallbackError::IssMismatch);
    assert_eq!(kept, None, "nothing is left to try the right issuer with");
}

#[test]
fn l04_the_state_is_checked_against_what_was_stored_also_after_a_forgery() {
    let client = with_iss();
    let pending = start(&client);
    let stored = serde_json::to_string(&pending).unwrap();
    let right = callback_uri(&pending, "&iss=https%3A%2F%2Fas.example");
    let forged: Uri =
        format!("{CALLBACK}?code=evil&state=guess&iss=https%3A%2F%2Fas.example").parse().unwrap();
    let (_, kept) = flaw(pending.callback(&client, &forged, NOW).unwrap_err());
    assert_eq!(serde_json::to_string(&kept).unwrap(), stored);
    let mut exchange = kept.unwrap().callback(&client, &right, NOW).unwrap();
    let body = exchange.request(moment(3)).unwrap().request.into_body();
    assert!(body.starts_with(b"grant_type=authorization_code&code=the-code&"));
}

#[test]
fn l14_duplicates_and_contradictions_in_a_callback_are_refused() {
    let client = client(|_| {});
    for (more, wanted) in [
        ("&code=other", CallbackError::Repeated("code")),
        ("&code=the-code", CallbackError::Repeated("code")),
        ("&iss=https://as.example&iss=https://as.example", CallbackError::Repeated("iss")),
        ("&state=x", CallbackError::Repeated("state")),
        ("&c%6Fde=other", CallbackError::Repeated("code")),
        ("&error=access_denied", CallbackError::CodeAndError),
        ("&error=x&error=y", CallbackError::Repeated("error")),
        ("&access_token=x", CallbackError::Unexpected("access_token")),
        ("&id_token=x", CallbackError::Unexpected("id_token")),
        ("&response=x.y.z", CallbackError::Unexpected("response")),
    ] {
        let pending = start(&client);
        let uri = callback_uri(&pending, more);
        assert_eq!(flaw(pending.callback(&client, &uri, NOW).unwrap_err()).0, wanted, "{more}");
    }
    let pending = start(&client);
    let elsewhere: Uri =
        format!("https://app.example/other?code=c&state={}", pending.state().expose()).parse().unwrap();
    let (error, kept) = flaw(pending.callback(&client, &elsewhere, NOW).unwrap_err());
    assert_eq!(error, CallbackError::WrongPath);
    let long = format!("code={}&state={}", "a".repeat(20_000), kept.as_ref().unwrap().state().expose());
    let (error, kept) = flaw(kept.unwrap().callback_query(&client, &long, NOW).unwrap_err());
    assert!(matches!(error, CallbackError::Form(_)) && kept.is_some());
}

#[test]
fn an_authorization_comes_back_where_it_was_sent_though_its_client_has_moved() {
    let moved = client(|config| config.redirect_uri = Some("https://app.example/moved".into()));
    let pending = start(&client(|_| {}));
    let elsewhere: Uri = "https://app.example/moved?code=c".parse().unwrap();
    let (error, kept) = flaw(pending.callback(&moved, &elsewhere, NOW).unwrap_err());
    assert_eq!(error, CallbackError::WrongPath);
    let uri = callback_uri(kept.as_ref().unwrap(), "");
    assert!(kept.unwrap().callback(&moved, &uri, NOW).is_ok());
}

#[test]
fn l25_a_refusal_tells_the_code_and_keeps_the_text_apart() {
    let client = client(|_| {});
    let pending = start(&client);
    let query = format!(
        "error=access_denied&error_description=%3Cscript%3E&error_uri=javascript:x&state={}",
        pending.state().expose()
    );
    let failed = pending.callback_query(&client, &query, NOW).unwrap_err();
    assert!(failed.pending.is_none(), "a refused authorization is over");
    let printed = failed.to_string();
    let Error::Refused(refusal) = failed.error else { panic!() };
    assert_eq!(refusal.code, ErrorCode::AccessDenied);
    assert_eq!(refusal.description.unwrap().as_untrusted_str(), "<script>");
    assert_eq!(refusal.uri.unwrap().as_untrusted_str(), "javascript:x");
    assert!(!printed.contains('<'), "{printed}");
}
