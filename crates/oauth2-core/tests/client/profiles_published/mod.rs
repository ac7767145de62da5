//! Provider profiles against what providers have published and clients have captured: each request as the provider wants
//! it, each answer read into tokens or a typed error.

mod leisure;
mod login;
mod trade;
mod work;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Exchange as _, Secret};
use oauth2_core::{
    Scopes,
    client::{
        Client, Config, Error, ErrorCode, Refusal, TokenExchange, Tokens,
        profile::{self, Profile, Site},
    },
};
use url::Url;

use crate::common::*;

/// A client with the credentials of the published Basic headers.
fn client_of(profile: &Profile, site: Option<Site<'_>>) -> Client {
    let config = match site {
        Some(site) => profile.config_at(site, "client_id", "client secret"),
        None => profile.config("client_id", "client secret"),
    };
    Client::new(Config { redirect_uri: Some(CALLBACK.into()), ..config.unwrap() }).unwrap()
}

/// The address for the browser, and the request for tokens with the code that comes back.
fn dance(client: &Client, scope: &str, more: &str) -> (Url, Request<Bytes>, TokenExchange) {
    let (url, pending) = client.authorize().scope(scope).offline().start(moment(1)).unwrap();
    let query = format!("code=the-code&state={}{more}", pending.state().expose());
    let mut exchange = pending.callback_query(client, &query, NOW).unwrap();
    let request = exchange.request(moment(2)).unwrap().request;
    (url, request, exchange)
}

fn granted(client: &Client, scope: &str, body: &str) -> Tokens {
    answer(dance(client, scope, "").2, reply(200, body.to_owned())).unwrap()
}

fn refused(client: &Client, status: u16, body: &str) -> Refusal {
    match answer(client.refresh(&Secret::new("old")), reply(status, body.to_owned())) {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// What becomes of an error that comes through the browser.
fn denied(client: &Client, code: &str) -> ErrorCode {
    let pending = start(client);
    let query = format!("error={code}&state={}", pending.state().expose());
    match pending.callback_query(client, &query, NOW).map_err(|failed| failed.error) {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn said(refusal: &Refusal) -> (&str, Option<&str>) {
    (refusal.code.as_str(), refusal.description.as_ref().map(|text| text.as_untrusted_str()))
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut values = url.query_pairs().filter(|(one, _)| one == name).map(|(_, value)| value.into_owned());
    let value = values.next();
    assert_eq!(values.next(), None, "{name} once");
    value
}

fn body(request: &Request<Bytes>) -> &str {
    std::str::from_utf8(request.body()).unwrap()
}

fn header<'r>(request: &'r Request<Bytes>, name: &str) -> Option<&'r str> {
    request.headers().get(name).map(|value| value.to_str().unwrap())
}

fn scopes(text: &str) -> Option<Scopes> {
    Some(text.parse().unwrap())
}

fn ends_in(tokens: &Tokens) -> Option<Duration> {
    tokens.expires_at.map(|end| Duration::from_secs(end.as_unix() - NOW.as_unix()))
}

/// `client_id:client secret`, as Fitbit's documentation has it.
const RAW: &str = "Basic Y2xpZW50X2lkOmNsaWVudCBzZWNyZXQ=";

/// The same with both parts encoded first (RFC 6749 section 2.3.1).
const ENCODED: &str = "Basic Y2xpZW50X2lkOmNsaWVudCtzZWNyZXQ=";

#[test]
fn l21_what_a_provider_repeats_of_a_secret_is_not_told() {
    let echo = "Refresh token invalid: cb4c377e10fa9b5fa715d63bbd8925f2";
    for (profile, body) in [
        (
            &profile::FITBIT,
            format!(r#"{{"errors":[{{"errorType":"invalid_grant","message":"{echo}"}}],"success":false}}"#),
        ),
        (&profile::STRIPE, format!(r#"{{"error":"invalid_grant","error_description":"{echo}"}}"#)),
    ] {
        let refusal = refused(&client_of(profile, None), 400, &body);
        assert!(!format!("{refusal:?} {refusal}").contains("cb4c377e"), "{}", profile.name);
        assert!(Error::Refused(refusal).is_dead_grant());
    }
}
