//! `oauth client-credentials`, `exchange`, `introspect` and `revoke`.

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_hyper_client::Client;
use oauth_sansio::Outgoing;
use serde_json::{Value, json};

use crate::{
    running::{Place, oauth},
    stage::{MACHINE, ROBOT, Stage},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_gets_a_token_asks_what_it_is_trades_it_and_gives_it_back() {
    let (stage, place) = (Stage::set().await, Place::new());
    let (issuer, secret) = (stage.issuer.as_str(), stage.secret.expose());
    let run = |command: &str, more: &[&str], input: &str| {
        let all = [&[command, "--issuer", issuer, "--client-id", MACHINE, "-v"], more].concat();
        oauth(&place, &all).env("OAUTH_CLIENT_SECRET", secret).input(input).end()
    };
    let ran = run("client-credentials", &["--scope", "photos"], "").await.well().hides(&[secret]);
    let token = ran.line().to_owned();
    assert!(token.starts_with("oat_"), "the token alone is on the standard output: {token}");
    assert!(!ran.err.contains(&token), "what is told beside it does not repeat it");
    let ran = ran.says(&["grant_type=client_credentials", "RFC 6749 section 4.4.2", "photos"]);
    assert!(ran.err.contains("Basic "));

    let told = run("introspect", &["--json"], &token).await.well().hides(&[secret, &token]).json();
    assert_eq!(
        (&told["active"], &told["client_id"], &told["scope"]),
        (&true.into(), &MACHINE.into(), &"photos".into())
    );
    run("introspect", &[], &token).await.well().hides(&[&token]).says(&["active", "in 1"]);

    let ran = run("client-credentials", &["--resource", &stage.api], "").await.well();
    let subject = ran.line().to_owned();
    let ran = run("exchange", &["--resource", &stage.api, "--scope", "photos"], &subject)
        .await
        .well()
        .hides(&[secret, &subject]);
    let traded = ran.line().to_owned();
    assert_ne!(traded, subject);
    assert_eq!(traded.split('.').count(), 3, "a JWT for the API: {traded}");
    let jwks = stage.endpoint("/oauth2/jwks");
    let all = ["inspect", "--jwks", &jwks, "--issuer", issuer, "--audience", &stage.api];
    oauth(&place, &all).input(&traded).end().await.well().says(&["✓ the signature", "✓ the audience"]);

    run("revoke", &[], &token).await.well().hides(&[secret, &token]);
    let told = run("introspect", &[], &token).await.code(1).hides(&[&token]);
    told.says(&["not active"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_keeps_a_token_with_its_key_and_proves_it_with_each_request() {
    let (stage, place) = (Stage::set().await, Place::new());
    let url = format!("{}/photos", stage.api);
    let run = |command: &str, more: &[&str], input: &str| {
        let identity = ["--issuer", &stage.issuer, "--client-id", MACHINE, "--scope", "photos"];
        let all = [&[command], &identity[..], more, &["-v"]].concat();
        oauth(&place, &all).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).input(input).end()
    };
    let bound = run("client-credentials", &["--dpop", "--name", "machine"], "").await.well();
    let subject = run("client-credentials", &[], "").await.well();
    let traded = run("exchange", &["--dpop", "--name", "traded"], subject.line()).await.well();
    for (name, ran) in [("machine", bound), ("traded", traded)] {
        let token = ran.line().to_owned();
        let profile: Value = serde_json::from_str(&place.kept(&format!("{name}.profile"))).unwrap();
        let key = profile["dpop_key"].as_str().unwrap();
        let ran = ran.hides(&[key]);
        assert!(!ran.err.contains(&token) && ran.err.contains("DPoP"), "{}", ran.err);

        let all = ["token", "--name", name, "--header", "--url", &url];
        let ran = oauth(&place, &all).end().await.well().hides(&[key]);
        let lines: Vec<_> = ran.out.lines().map(|line| line.split_once(": ").unwrap()).collect();
        assert_eq!(lines[0], ("Authorization", format!("DPoP {token}").as_str()));
        assert_eq!(get(&url, &lines).await, StatusCode::OK);
        assert_eq!(get(&url, &lines[..1]).await, StatusCode::UNAUTHORIZED, "without a proof");
        let bearer = format!("Bearer {token}");
        assert_eq!(get(&url, &[("Authorization", &bearer)]).await, StatusCode::UNAUTHORIZED);
    }

    // One that was traded cannot be had again without what it was traded for.
    expire(&place, "traded");
    let ran = oauth(&place, &["token", "--name", "traded"]).end().await.code(1);
    ran.says(&["next: trade for another one with the same server and client: oauth exchange --name traded"]);
}

/// The access token has ended, as the store has it.
fn expire(place: &Place, name: &str) {
    let file = format!("{name}.json");
    let mut kept: Value = serde_json::from_str(&place.kept(&file)).unwrap();
    kept["tokens"]["expires_at"] = json!(1);
    std::fs::write(place.file(&file), kept.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_machine_that_has_ended_is_asked_for_again_with_the_same_key_and_scope() {
    let (stage, place) = (Stage::set().await, Place::new());
    let identity = ["client-credentials", "--issuer", &stage.issuer, "--client-id", MACHINE];
    let all = [&identity[..], &["--scope", "photos", "--dpop", "--name", "machine"]].concat();
    let get = || oauth(&place, &all).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).end();
    let first = get().await.well().line().to_owned();
    // The secret is kept with the token: the environment is not needed.
    let url = format!("{}/photos", stage.api);
    let header = ["token", "--name", "machine", "--header", "--url", &url, "-v"];
    let ran = oauth(&place, &header).end().await.well();
    assert!(ran.out.contains(&first) && !ran.err.contains("grant_type"), "one that is good is used");

    expire(&place, "machine");
    let ran = oauth(&place, &header).end().await.well().hides(&[&first, stage.secret.expose()]);
    let ran = ran.says(&["grant_type=client_credentials&scope=photos", "RFC 6749 section 4.4.3"]);
    let lines: Vec<_> = ran.out.lines().map(|line| line.split_once(": ").unwrap()).collect();
    assert_eq!(self::get(&url, &lines).await, StatusCode::OK, "it is bound to the key that is kept");
    assert_eq!(self::get(&url, &lines[..1]).await, StatusCode::UNAUTHORIZED);
    let kept: Value = serde_json::from_str(&place.kept("machine.json")).unwrap();
    assert_eq!(lines[0].1, format!("DPoP {}", kept["tokens"]["access_token"].as_str().unwrap()));

    // Given back, it is asked for anew.
    oauth(&place, &["revoke", "--name", "machine"]).end().await.well();
    oauth(&place, &header).end().await.well().says(&["RFC 6749 section 4.4.3"]);

    // Where what is kept is not of these settings, the command that is advised brings another one.
    let mut kept: Value = serde_json::from_str(&place.kept("machine.json")).unwrap();
    kept["client_id"] = json!("stranger");
    std::fs::write(place.file("machine.json"), kept.to_string()).unwrap();
    let ran = oauth(&place, &header).end().await.code(1);
    ran.says(&[
        "next: get another one with the same server and client: oauth client-credentials --name machine",
    ]);
    let another = get().await.well().line().to_owned();
    let ran = oauth(&place, &header).end().await.well();
    assert!(ran.out.contains(&another));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_cannot_be_stored_cost_those_of_before_neither_key_nor_settings() {
    let (stage, place) = (Stage::set().await, Place::new());
    let keep = |name: &str, scope: &str| {
        let identity = ["--issuer", &stage.issuer, "--client-id", MACHINE, "--scope", scope];
        let all = [&["client-credentials", "--dpop", "--name", name], &identity[..]].concat();
        oauth(&place, &all).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).end()
    };
    keep("machine", "photos").await.well();
    let before = place.kept("machine.profile");
    // The settings can be written, and after them the tokens cannot.
    for name in ["machine", "other"] {
        std::fs::create_dir(place.file(&format!("{name}.new"))).unwrap();
        keep(name, "albums").await.code(1).says(&["the tokens cannot be stored"]);
    }
    assert!(place.kept("machine.profile") == before, "the settings are those of before");
    assert!(!place.file("other.profile").exists(), "where nothing was, nothing is");
    let url = format!("{}/photos", stage.api);
    let all = ["token", "--name", "machine", "--header", "--url", &url];
    let ran = oauth(&place, &all).end().await.well();
    let lines: Vec<_> = ran.out.lines().map(|line| line.split_once(": ").unwrap()).collect();
    assert_eq!(get(&url, &lines).await, StatusCode::OK, "the token of before has its key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_kept_nowhere_ends_with_its_command() {
    let (stage, place) = (Stage::set().await, Place::new());
    let all = ["client-credentials", "--issuer", &stage.issuer, "--client-id", MACHINE, "--dpop", "--json"];
    let ran = oauth(&place, &all).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).end().await.well();
    assert_eq!(ran.json()["token_type"], "DPoP");
    ran.says(&["a key that ends with this command", "--name keeps both"]);
    assert_eq!(std::fs::read_dir(place.file("")).unwrap().count(), 0, "nothing is kept");
    let all = ["client-credentials", "--issuer", &stage.issuer, "--client-id", MACHINE, "--store", "/tmp"];
    oauth(&place, &all).end().await.code(2).says(&["--name"]);
}

async fn get(url: &str, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = Request::get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = Outgoing::once(request.body(Bytes::new()).unwrap());
    Client::new().send(request).await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_an_api_finds_its_server_by_itself() {
    let (stage, place) = (Stage::set().await, Place::new());
    let file = place.with("secret", &format!("{}\n", stage.secret.expose()));
    let all = [
        "client-credentials",
        "--resource",
        &stage.api,
        "--client-id",
        MACHINE,
        "--client-secret-file",
        &file,
    ];
    let ran = oauth(&place, &[&all[..], &["--json"]].concat()).end().await.well();
    let told = ran.json();
    assert_eq!(told["token_type"], "Bearer");
    assert!(
        told["expires_in"].as_u64().unwrap() > 500 && told["access_token"].as_str().unwrap().contains('.')
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn l21_a_refusal_says_who_is_to_blame_and_what_to_do_and_no_secret() {
    let (stage, place) = (Stage::set().await, Place::new());
    let issuer = stage.issuer.as_str();
    let wrong = "hunter2";
    let run = |arguments: &[&str]| {
        let all = [&["client-credentials", "--issuer", issuer, "-v"], arguments].concat();
        oauth(&place, &all).env("OAUTH_CLIENT_SECRET", wrong).end()
    };
    // "machine:hunter2" in base64
    let ran = run(&["--client-id", MACHINE]).await.code(1).hides(&[wrong, "bWFjaGluZTpodW50ZXIy"]);
    ran.says(&["invalid_client", "blame: nobody", "next: check --client-id"]);
    let ran = run(&["--client-id", MACHINE, "--auth-method", "client_secret_post"]).await.code(1);
    ran.hides(&[wrong]).says(&["client_secret=…"]);
    run(&[]).await.code(1).says(&[
        "no client is named",
        "blame: this command line",
        "next: give --client-id",
    ]);
    let ran = run(&["--client-id", MACHINE, "--auth-method", "none"]).await.code(1);
    ran.says(&["client credentials need client authentication", "OAUTH_CLIENT_SECRET"]);
    let ran = run(&["--client-id", MACHINE, "--json"]).await.code(1).hides(&[wrong]);
    let told: serde_json::Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert!(told["error"].as_str().unwrap().contains("invalid_client") && told["next"].is_string(), "{told}");
    let empty = place.with("empty", "\n");
    let ran = run(&["--client-id", MACHINE, "--client-secret-file", &empty]).await.code(1);
    ran.says(&["it is empty"]);
    // An argument would be seen by everybody on the machine.
    run(&["--client-id", MACHINE, "--client-secret", wrong]).await.code(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_are_named_by_hand_where_nobody_publishes_them() {
    let (stage, place) = (Stage::set().await, Place::new());
    let token = stage.endpoint("/oauth2/token");
    let all = ["client-credentials", "--token-endpoint", &token, "--client-id", MACHINE, "-v"];
    let ran = oauth(&place, &all).env("OAUTH_CLIENT_SECRET", stage.secret.expose()).end().await.well();
    assert!(!ran.err.contains("well-known"), "nothing is looked up: {}", ran.err);
    let all = ["introspect", "--token-endpoint", &token, "--client-id", MACHINE];
    let ran = oauth(&place, &all)
        .env("OAUTH_CLIENT_SECRET", stage.secret.expose())
        .input("abc")
        .end()
        .await
        .code(1);
    ran.says(&["the server has no introspection endpoint", "by hand"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_signs_in_the_place_of_a_secret() {
    let (stage, place) = (Stage::set().await, Place::new());
    let key = place.with("key.pem", &stage.key);
    let all = ["client-credentials", "--issuer", &stage.issuer, "--client-id", ROBOT, "-v", "--private-key"];
    let ran = oauth(&place, &[&all[..], &[&key]].concat()).end().await.well();
    ran.says(&["client_assertion=eyJh…"]);
    let ran = oauth(&place, &[&all[..], &[&place.with("none", "hunter2")]].concat()).end().await.code(1);
    ran.hides(&["hunter2"]).says(&["holds no usable private key"]);
}
