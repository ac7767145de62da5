//! `oauth register`.

use serde_json::{Value, json};

use crate::{
    running::{Place, first_line, oauth},
    stage::{MACHINE, Stage, decide},
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
async fn a_registration_is_kept_shown_changed_and_deleted_and_its_token_is_told_to_whoever_asks() {
    let (stage, place) = (Stage::set().await, Place::new());
    let run = |arguments: &[&str]| oauth(&place, &[arguments, &["--name", "tool", "-v"]].concat()).end();
    let register =
        ["register", "--issuer", &stage.issuer, "--auth-method", "client_secret_basic", "--scope", "photos"];
    let ran = run(&register).await.well();
    let kept = || serde_json::from_str::<Value>(&place.kept("tool.profile")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let registered = kept()["registered"].clone();
    let (id, secret) = (text(&registered["client_id"]), text(&registered["client_secret"]));
    let token = text(&registered["access"]["token"]);
    let secrets = [secret.as_str(), token.as_str()];
    ran.hides(&secrets).says(&[&id, "kept as tool"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.file("tool.profile")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    run(&register).await.code(1).says(&["something is kept as tool already"]);
    assert_eq!(kept()["registered"], registered, "it is what it was");

    let ran = run(&["registration", "show"]).await.well().hides(&secrets);
    ran.says(&[&id, "photos", "RFC 7592 section 2.1"]);
    let told = run(&["registration", "show", "--json"]).await.well().hides(&secrets).json();
    assert_eq!(told["client_id"], id);
    run(&["registration", "show", "--secrets"]).await.well().says(&secrets);

    // What is not named stays.
    run(&["registration", "update"]).await.code(1).says(&["nothing is to be changed"]);
    let update =
        ["registration", "update", "--client-name", "Prints", "--redirect-uri", "https://app.example/cb"];
    let ran = run(&[&update[..], &["--json"]].concat()).await.well().hides(&secrets);
    let metadata = &ran.json()["metadata"];
    assert_eq!((&metadata["client_name"], &metadata["scope"]), (&json!("Prints"), &json!("photos")));
    assert_eq!(kept()["registered"]["metadata"]["redirect_uris"], json!(["https://app.example/cb"]));
    let plain = ["registration", "update", "--redirect-uri", "http://app.example/cb"];
    run(&plain).await.code(1).hides(&secrets).says(&["the redirect URI cannot be used"]);
    assert_eq!(kept()["registered"]["metadata"]["redirect_uris"], json!(["https://app.example/cb"]));

    // A login is of the client that is kept.
    let ran = oauth(&place, &["login", "--name", "tool", "--no-browser", "--timeout", "1"]).end().await;
    ran.code(1).hides(&secrets).says(&[&format!("client_id={id}")]);

    std::fs::copy(place.file("tool.profile"), place.file("before")).unwrap();
    run(&["registration", "delete"]).await.well().hides(&secrets).says(&["known no more"]);
    assert!(!place.file("tool.profile").exists() && !place.file("tool.json").exists());
    run(&["registration", "show"]).await.code(1).says(&["nobody has logged in as tool"]);
    // The server has forgotten it too.
    std::fs::rename(place.file("before"), place.file("tool.profile")).unwrap();
    run(&["registration", "show"]).await.code(1).hides(&secrets).says(&["invalid_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_registration_is_told_how_to_get_one() {
    let (stage, place) = (Stage::set().await, Place::new());
    let machine = ["client-credentials", "--issuer", &stage.issuer, "--client-id", MACHINE, "--name", "tool"];
    oauth(&place, &machine).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).end().await.well();
    let ran = oauth(&place, &["registration", "show"]).end().await.code(1);
    ran.says(&["tool has no registration with it", "next: oauth register --name"]);
    // One that was written to a file goes with the login.
    let out = place.file("client.json");
    let out = out.to_str().unwrap();
    oauth(&place, &["register", "--issuer", &stage.issuer, "--out", out]).end().await.well();
    let all = ["login", "--issuer", &stage.issuer, "--registration", out, "--name", "home"];
    let (line, end) =
        first_line(oauth(&place, &[&all[..], &["--no-browser", "--json"]].concat()).start()).await;
    let told: Value = serde_json::from_str(&line).unwrap();
    decide(told["authorization_url"].as_str().unwrap(), "allow").await;
    end.await.well();
    oauth(&place, &["registration", "show", "--name", "home"]).end().await.well();
    // With the client its tokens go.
    oauth(&place, &["registration", "delete", "--name", "home"]).end().await.well();
    assert!(!place.file("home.json").exists());
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
