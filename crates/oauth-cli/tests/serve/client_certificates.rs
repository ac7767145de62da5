//! Clients of `oauth serve` that are known by their certificates (RFC 8705).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use oauth_hyper_client::Client as Http;
use serde_json::json;

use crate::certificates::{Authority, Identity, pem};
use crate::provider::{CREDENTIALS, Provider, bound, is_invalid_client, methods, told};

#[tokio::test]
async fn a_client_is_known_by_a_certificate_of_the_authorities_that_the_settings_name() {
    let provider = Provider::with_tls("client_authorities = \"authority.pem\"");
    let metadata = provider.metadata().await;
    assert_eq!(methods(&metadata), ["tls_client_auth", "self_signed_tls_client_auth"]);
    assert_eq!(metadata["tls_client_certificate_bound_access_tokens"], true);
    let machine =
        provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
    assert_eq!(machine.get("client_secret"), None);

    let (own, other) = (provider.authority.vouches_for("machine"), provider.authority.vouches_for("other"));
    let token = told(&provider.token(Some(&own)).await);
    let token = token["access_token"].as_str().unwrap();
    let seen = told(&provider.introspects(&own, token).await);
    assert_eq!((&seen["active"], &seen["cnf"]), (&json!(true), &bound(&own)));
    // The next certificate in its name is another one, and so is what its tokens are bound to.
    let renewed = provider.authority.vouches_for("machine");
    let next = told(&provider.token(Some(&renewed)).await);
    let seen = told(&provider.introspects(&own, next["access_token"].as_str().unwrap()).await);
    assert_eq!(seen["cnf"], bound(&renewed));

    is_invalid_client(&provider.introspects(&other, token).await);
    is_invalid_client(&provider.token(Some(&other)).await);
    is_invalid_client(&provider.token(Some(&Authority::new().vouches_for("machine"))).await);
    is_invalid_client(&provider.token(Some(&Identity::self_signed("machine"))).await);
    is_invalid_client(&provider.token(None).await);
}

#[tokio::test]
async fn without_settings_no_certificate_is_asked_for_and_none_is_advertised() {
    let provider = Provider::with_tls("");
    let metadata = provider.metadata().await;
    assert!(methods(&metadata).is_empty(), "{metadata}");
    assert_eq!(metadata.get("tls_client_certificate_bound_access_tokens"), None);
    let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
    assert!(provider.refuses("tls_client_auth", &named).contains("token_endpoint_auth_method"));
    // Whoever has one is served as everybody else.
    let secret = provider.registers("client_secret_post", &json!({}))["client_secret"].clone();
    let http = provider.showing(Some(&provider.authority.vouches_for("machine")));
    let secret = ("client_secret", secret.as_str().unwrap());
    let token = told(&provider.asks(&http, "/oauth2/token", &[CREDENTIALS[0], secret], &[]).await);
    let token = ("token", token["access_token"].as_str().unwrap());
    let seen = told(&provider.asks(&http, "/oauth2/introspect", &[token, secret], &[]).await);
    assert_eq!((&seen["active"], seen.get("cnf")), (&json!(true), None));
}

#[tokio::test]
async fn k18_a_certificate_in_a_header_is_believed_from_the_address_in_the_settings_alone() {
    let told_by = |address: &str, verified: bool| {
        let header = format!("{{ header = \"client-cert\", verified = {verified} }}");
        Provider::with_proxy(&format!("addresses = [\"{address}\"], client_certificate = {header}"))
    };
    let (trusted, other) = (told_by("127.0.0.1", true), told_by("192.0.2.1", true));
    let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
    let own = trusted.authority.vouches_for("machine");
    let value = format!(":{}:", STANDARD.encode(&own.certificate));
    let asks = async |provider: &Provider, header| {
        provider.asks(&Http::new(), "/oauth2/token", &CREDENTIALS, &[(header, value.as_str())]).await
    };
    for provider in [&trusted, &other] {
        assert_eq!(methods(&provider.metadata().await).len(), 2);
        provider.registers("tls_client_auth", &named);
    }
    told(&asks(&trusted, "client-cert").await);
    is_invalid_client(&asks(&trusted, "x-client-cert").await);
    is_invalid_client(&asks(&other, "client-cert").await);

    // One that checks no authority vouches for no name.
    let unverified = told_by("127.0.0.1", false);
    assert_eq!(methods(&unverified.metadata().await), ["self_signed_tls_client_auth"]);
    unverified.refuses("tls_client_auth", &named);
}

#[tokio::test]
async fn a_client_is_known_by_the_key_of_its_certificate_that_nobody_vouches_for() {
    let provider = Provider::with_tls("client_certificates = true");
    assert_eq!(methods(&provider.metadata().await), ["self_signed_tls_client_auth"]);
    let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
    let refused = provider.refuses("tls_client_auth", &named);
    assert!(refused.contains("token_endpoint_auth_method"), "no authority vouches for a name: {refused}");

    let own = Identity::self_signed("machine");
    let [x, y] = own.coordinates();
    let keys = json!({ "jwks": { "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] } });
    provider.registers("self_signed_tls_client_auth", &keys);
    let token = told(&provider.token(Some(&own)).await);
    let seen = told(&provider.introspects(&own, token["access_token"].as_str().unwrap()).await);
    assert_eq!(seen["cnf"], bound(&own));
    is_invalid_client(&provider.token(Some(&Identity::self_signed("machine"))).await);
    is_invalid_client(&provider.token(None).await);
}

#[tokio::test]
async fn an_authority_that_is_taken_away_vouches_for_no_new_connection() {
    let provider = Provider::with_tls("client_authorities = \"authority.pem\", read_every = \"1s\"");
    provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
    let next = Authority::new();
    let (old, new) = (provider.authority.vouches_for("machine"), next.vouches_for("machine"));
    // Each request comes over a new connection, which may go on with the session of the one before.
    let http = provider.showing(Some(&old));
    told(&provider.asks(&http, "/oauth2/token", &CREDENTIALS, &[]).await);
    is_invalid_client(&provider.token(Some(&new)).await);

    provider.place.with("authority.pem", &pem("CERTIFICATE", &next.certificate));
    let taken = async {
        while provider.token(Some(&new)).await.status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), taken).await.unwrap();
    is_invalid_client(&provider.asks(&http, "/oauth2/token", &CREDENTIALS, &[]).await);
    is_invalid_client(&provider.token(Some(&old)).await);
}
