//! `oauth register`.

use crate::{
    running::{Place, oauth},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_registers_and_its_secret_goes_where_it_was_asked_to() {
    let (stage, place) = (Stage::set().await, Place::new());
    let out = place.file("registration.json");
    let out = out.to_str().unwrap();
    let method = ["--auth-method", "client_secret_basic", "--scope", "photos", "-v"];
    let all = [&["register", "--issuer", &stage.issuer, "--out", out], &method[..]].concat();
    let ran = oauth(&place, &all).end().await.well();
    let kept: serde_json::Value = serde_json::from_str(&place.kept("registration.json")).unwrap();
    let (secret, id) = (kept["client_secret"].as_str().unwrap(), kept["client_id"].as_str().unwrap());
    let token = kept["access"]["token"].as_str().unwrap();
    let ran = ran.hides(&[secret, token]).says(&[id, "client_secret_basic", "RFC 7591 section 3.1"]);
    assert!(ran.out.contains("http://127.0.0.1/callback"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(out).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // What is there is not overwritten: it may be the only place where a secret is.
    oauth(&place, &all).end().await.code(1).says(&["registration.json cannot be made", "exists"]);

    // What one server has registered, another never sees.
    let other = ["login", "--token-endpoint", "https://other.example/token", "--registration", out];
    oauth(&place, &other).end().await.code(1).hides(&[secret]).says(&["belongs to another issuer"]);

    // Without a file it is printed, which is what was asked for; what is told of the requests is not.
    let all = [&["register", "--issuer", &stage.issuer, "--json"], &method[..]].concat();
    let ran = oauth(&place, &all).end().await.well();
    let secret = ran.json()["client_secret"].as_str().unwrap().to_owned();
    assert!(!ran.err.contains(&secret), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_does_not_register_is_told() {
    let (stage, place) = (Stage::set().await, Place::new());
    let all = ["register", "--issuer", &stage.issuer, "--redirect-uri", "http://app.example/cb"];
    oauth(&place, &all).end().await.code(1).says(&["the redirect URI cannot be used"]);
    let token = stage.endpoint("/oauth2/token");
    let ran = oauth(&place, &["register", "--token-endpoint", &token]).end().await.code(1);
    ran.says(&["the server has no registration endpoint", "next:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_others_may_read_is_not_used() {
    let (stage, place) = (Stage::set().await, Place::new());
    let file = place.with("open.json", "{\"client_secret\":\"hunter2\"}");
    let all = ["client-credentials", "--issuer", &stage.issuer, "--registration", &file];
    let ran = oauth(&place, &all).end().await.code(1).hides(&["hunter2"]);
    if cfg!(unix) {
        ran.says(&["others may read", "chmod 600"]);
    }
}
