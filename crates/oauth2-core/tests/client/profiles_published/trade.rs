//! Where people trade.

use std::time::Duration;

use http::Request;
use oauth_sansio::Exchange as _;
use oauth2_core::{
    Scopes,
    client::{
        CallbackError, Client, Config, Error, ErrorCode, Pending,
        profile::{self, Site},
    },
};

use super::*;
use crate::common::*;

#[test]
fn paypal_as_published() {
    let client = client_of(&profile::PAYPAL, None);
    let mut exchange = client.client_credentials(&Scopes::none()).unwrap();
    let request = exchange.request(moment(1)).unwrap().request;
    assert_eq!(request.uri(), "https://api-m.paypal.com/v1/oauth2/token");
    assert_eq!(
        (body(&request), header(&request, "authorization")),
        ("grant_type=client_credentials", Some(RAW))
    );
    let tokens = answer(
        exchange,
        reply(
            200,
            r#"{"scope": "scope", "access_token": "Access-Token", "token_type": "Bearer",
                "app_id": "APP-80W284485P519543T", "expires_in": 31349, "nonce": "nonce"}"#,
        ),
    );
    assert_eq!(ends_in(&tokens.unwrap()), Some(Duration::from_secs(31_349)));
    let captured = r#"{"error":"invalid_client","error_description":"Client Authentication failed"}"#;
    assert_eq!(
        said(&refused(&client, 401, captured)),
        ("invalid_client", Some("Client Authentication failed"))
    );
}

#[test]
fn a_sandbox_is_a_profile_with_other_addresses() {
    let token_endpoint = "https://api-m.sandbox.paypal.com/v1/oauth2/token";
    let sandbox = Profile { token_endpoint: token_endpoint.into(), ..profile::PAYPAL.clone() };
    let mut exchange = client_of(&sandbox, None).client_credentials(&Scopes::none()).unwrap();
    assert_eq!(exchange.request(moment(1)).unwrap().request.uri(), token_endpoint);
}

#[test]
fn ebay_as_published() {
    let config = profile::EBAY.config("client_id", "client secret").unwrap();
    let client =
        Client::new(Config { redirect_uri: Some("Some_Body-SomeBody-Printe-abcdef".into()), ..config })
            .unwrap();
    let scope = "https://api.ebay.com/oauth/api_scope";
    let (url, request, exchange) = dance(&client, scope, "&isAuthSuccessful=true&expires_in=299");
    assert_eq!(parameter(&url, "redirect_uri").as_deref(), Some("Some_Body-SomeBody-Printe-abcdef"));
    assert_eq!(header(&request, "authorization"), Some(RAW));
    let tokens = answer(
        exchange,
        reply(
            200,
            r#"{"access_token": "v^1.1#i^1#p^3#r^1...XzMjRV4xMjg0", "expires_in": 7200,
                "refresh_token": "v^1.1#i^1#p^3#r^1...zYjRV4xMjg0", "refresh_token_expires_in": 47304000,
                "token_type": "User Access Token"}"#,
        ),
    );
    let tokens = tokens.unwrap();
    let mut request = Request::get("https://api.ebay.com/sell/account/v1/privilege").body(()).unwrap();
    tokens.authorize(&mut request).unwrap();
    assert_eq!(request.headers()["authorization"], "Bearer v^1.1#i^1#p^3#r^1...XzMjRV4xMjg0");
    let captured = r#"{"error":"invalid_grant","error_description":"the provided authorization refresh token is invalid or was issued to another client"}"#;
    assert!(Error::Refused(refused(&client, 400, captured)).is_dead_grant());
}

#[test]
fn stripe_as_published() {
    let client = client_of(&profile::STRIPE, None);
    let (url, request, _) = dance(&client, "read_write", "");
    assert_eq!(parameter(&url, "code_challenge"), None);
    assert!(body(&request).ends_with("&client_secret=client+secret"));
    let tokens = granted(
        &client,
        "read_write",
        r#"{"access_token":"sk_test_access_token","livemode":false,"refresh_token":"rt_123","token_type":"bearer",
            "stripe_publishable_key":"pk_test_123","stripe_user_id":"acct_123","scope":"read_write"}"#,
    );
    assert_eq!(tokens.extra["stripe_user_id"], "acct_123");
    let captured = r#"{"error":"invalid_grant","error_description":"This authorization code has already been used. All tokens issued with this code have been revoked."}"#;
    assert_eq!(said(&refused(&client, 400, captured)), ("invalid_grant", None));
    let captured =
        r#"{"error": "invalid_grant", "error_description": "Authorization code does not exist: ac_123"}"#;
    let refusal = refused(&client, 400, captured);
    assert!(!format!("{refusal:?} {refusal}").contains("ac_123"));
    assert!(Error::Refused(refusal).is_dead_grant());
}

/// An authorization that waits for the published response.
fn shop(secret: &str, state: &str) -> (Client, Pending) {
    let config = profile::SHOPIFY.config_at(Site::Shop("some-shop.myshopify.com"), "id", secret).unwrap();
    let client = Client::new(Config { redirect_uri: Some(CALLBACK.into()), ..config }).unwrap();
    let (url, pending) = client.authorize().scope("write_orders read_customers").start(moment(1)).unwrap();
    assert!(url.as_str().starts_with("https://some-shop.myshopify.com/admin/oauth/authorize?"));
    assert_eq!(parameter(&url, "scope").as_deref(), Some("write_orders,read_customers"));
    let mut stored = serde_json::to_value(pending).unwrap();
    stored["state"] = state.into();
    (client, serde_json::from_value(stored).unwrap())
}

#[test]
fn shopify_as_published() {
    let state = "0.6784241404160823";
    let query = "code=0907a61c0c8d55e99db179b68161bc00&hmac=700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173";
    let (client, pending) = shop("hush", state);
    let mut exchange = pending.clone().callback_query(&client, query, NOW).unwrap();
    let request = exchange.request(moment(2)).unwrap().request;
    assert_eq!(request.uri(), "https://some-shop.myshopify.com/admin/oauth/access_token");
    let tokens = answer(
        exchange,
        reply(
            200,
            r#"{"access_token": "f85632530bf277ec9ac6f649fc327f17", "scope": "write_orders,read_customers"}"#,
        ),
    );
    let tokens = tokens.unwrap();
    assert_eq!(tokens.scope, scopes("write_orders read_customers"));
    let mut request = Request::get("https://some-shop.myshopify.com/admin/api").body(()).unwrap();
    client.authorize_api(&tokens, &mut request).unwrap();
    assert_eq!(request.headers()["x-shopify-access-token"], "f85632530bf277ec9ac6f649fc327f17");
    assert!(!request.headers().contains_key("authorization"));
    let captured = r#"{"error":"invalid_request","error_description":"The authorization code was not found or was already used"}"#;
    assert_eq!(refused(&client, 400, captured).code, ErrorCode::InvalidRequest);

    // Whatever was changed on the way, added or left out.
    let without = query.split('&').filter(|part| !part.starts_with("hmac=")).collect::<Vec<_>>().join("&");
    for forged in [
        query.replace("0907a6", "0907a7"),
        query.replace("some-shop", "evil-shop"),
        query.replace("1337178173", "1337178174"),
        format!("{query}&more=1"),
        format!("{query}&hmac=00"),
        without,
    ] {
        let failed = pending.clone().callback_query(&client, &forged, NOW).unwrap_err();
        assert_eq!(flaw(failed).0, CallbackError::Hmac, "{forged}");
    }
    let (other, pending) = shop("another secret", state);
    assert_eq!(flaw(pending.callback_query(&other, query, NOW).unwrap_err()).0, CallbackError::Hmac);
}
