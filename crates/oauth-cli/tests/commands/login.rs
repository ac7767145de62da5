//! `oauth login` with a browser, and `oauth token`.

use std::process::Child;

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake::fake,
    running::{Place, Ran, ended, first_line, oauth},
    stage::{CAREFUL, DESKTOP, Stage, decide},
    tls::own,
};

/// Logs in as somebody who follows the address; `more` is what else is on the command line.
async fn login(stage: &Stage, place: &Place, more: &[&str], decision: &str) -> Ran {
    let all = [&["login", "--issuer", &stage.issuer, "--no-browser", "--json", "-v"], more].concat();
    let (line, end) = first_line(oauth(place, &all).start()).await;
    let told: Value = serde_json::from_str(&line).unwrap();
    decide(told["authorization_url"].as_str().unwrap(), decision).await;
    end.await
}

/// What is kept under the name `home`.
fn kept(place: &Place) -> (Value, Vec<String>) {
    let kept: Value = serde_json::from_str(&place.kept("home.json")).unwrap();
    let secrets =
        ["access_token", "refresh_token"].map(|name| kept["tokens"][name].as_str().unwrap().to_owned());
    (kept, secrets.to_vec())
}

/// The access token has ended, as the store has it.
fn expire(place: &Place) {
    let (mut all, _) = kept(place);
    all["tokens"]["expires_at"] = json!(1);
    std::fs::write(place.file("home.json"), all.to_string()).unwrap();
}

fn token(place: &Place, more: &[&str]) -> Child {
    oauth(place, &[&["token", "-v"], more].concat()).start()
}

#[tokio::test(flavor = "multi_thread")]
async fn l21_a_login_is_kept_where_only_its_owner_reads_it_and_prints_no_token() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran =
        login(&stage, &place, &["--client-id", DESKTOP, "--scope", "photos", "--name", "home"], "allow")
            .await;
    let (kept, secrets) = kept(&place);
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let ran = ran.well().hides(&secrets);
    let told = ran.json();
    assert_eq!((&told["name"], &told["issuer"]), (&json!("home"), &json!(stage.issuer)));
    assert_eq!((&told["scope"], &told["renewable"]), (&json!("photos"), &json!(true)));
    assert_eq!((&kept["issuer"], &kept["client_id"]), (&json!(stage.issuer), &json!(DESKTOP)));
    let ran = ran.says(&["RFC 7636 section 4.5", "grant_type=authorization_code"]);
    assert!(ran.out.lines().next().unwrap().contains("code_challenge_method=S256"), "PKCE is in it always");
    #[cfg(unix)]
    for name in ["home.json", "home.profile"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    // The token is what `oauth token` is for: it alone, and the refresh token never.
    let ran = ended(token(&place, &[])).await.well().hides(&secrets[1..]);
    assert_eq!(ran.line(), secrets[0]);
    assert!(!ran.err.contains(secrets[0]));
    let ran = ended(token(&place, &["--header"])).await.well();
    assert_eq!(ran.line(), format!("Authorization: Bearer {}", secrets[0]));
    let told = ended(token(&place, &["--name", "home", "--json"])).await.well().hides(&secrets[1..]).json();
    assert_eq!(told["access_token"], secrets[0]);
    assert!(told["expires_in"].as_u64().unwrap() > 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn l17_a_token_that_has_ended_is_renewed_and_several_who_ask_at_once_renew_it_once() {
    let (stage, place) = (Stage::set().await, Place::new());
    login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "allow").await.well();
    let (_, before) = kept(&place);
    expire(&place);
    // The server has no grace period: a second use of one refresh token ends the whole login.
    let children: Vec<Child> = (0..4).map(|_| token(&place, &[])).collect();
    let mut tokens = Vec::new();
    let mut renewals = 0;
    for child in children {
        let ran = ended(child).await.well();
        renewals += ran.err.matches("grant_type=refresh_token").count();
        tokens.push(ran.hides(&[&before[0], &before[1]]).line().to_owned());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), renewals), (1, 1), "{tokens:?}");
    let (_, after) = kept(&place);
    assert_eq!(tokens[0], after[0]);
    assert!(before[0] != after[0] && before[1] != after[1]);
    // And once more, with what the renewal has brought.
    expire(&place);
    assert_ne!(ended(token(&place, &[])).await.well().line(), after[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_names_the_apis_that_the_login_was_for() {
    let (stage, place) = (Stage::set().await, Place::new());
    let more = ["--client-id", DESKTOP, "--resource", &stage.api, "--name", "home"];
    login(&stage, &place, &more, "allow").await.well();
    let resource = format!("resource={}", oauth_sansio::percent::encode(&stage.api));
    expire(&place);
    let ran = ended(token(&place, &[])).await.well();
    let renewal = ran.err.lines().find(|line| line.contains("grant_type=refresh_token")).unwrap();
    assert!(renewal.contains(&resource), "RFC 8707 section 2.2: {renewal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_renewed_and_cannot_be_stored_is_printed_all_the_same() {
    let (stage, place) = (Stage::set().await, Place::new());
    for json in [false, true] {
        login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "allow").await.well();
        expire(&place);
        let before = kept(&place).1;
        std::fs::create_dir(place.file("home.new")).unwrap();
        let ran = oauth(&place, if json { &["token", "--json"] } else { &["token"] }).end().await.well();
        let ran = ran.says(&["the token is good, and what was renewed cannot be stored"]);
        let ran = ran.says(&["make room for it", "log in again: oauth login --name home"]);
        let token = match json {
            true => {
                let told: Value = serde_json::from_str(ran.err.trim_end()).unwrap();
                assert!(told["error"].is_string() && told["next"].is_string(), "{told}");
                ran.json()["access_token"].as_str().unwrap().to_owned()
            }
            false => ran.line().to_owned(),
        };
        assert!(token.starts_with("oat_") && token != before[0] && !ran.err.contains(&token), "{}", ran.out);
        assert_eq!(kept(&place).1, before);
        std::fs::remove_dir(place.file("home.new")).unwrap();
    }
    // Where no token can be printed, it is a failure.
    std::fs::write(place.file("home.json"), "{").unwrap();
    ended(token(&place, &[])).await.code(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_dead_is_forgotten_and_the_way_back_is_told() {
    let (stage, place) = (Stage::set().await, Place::new());
    login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "allow").await.well();
    let (_, secrets) = kept(&place);
    let ran = oauth(&place, &["revoke", "--name", "home", "-v"]).end().await.well();
    ran.hides(&[&secrets[0], &secrets[1]]).says(&["worth nothing any more"]);
    let ran = ended(token(&place, &[])).await.code(1);
    ran.says(&["access must be granted first", "next: log in again: oauth login --name home"]);

    // The settings are still there: the name is enough.
    let (line, end) =
        first_line(oauth(&place, &["login", "--name", "home", "--no-browser", "--json"]).start()).await;
    let told: Value = serde_json::from_str(&line).unwrap();
    decide(told["authorization_url"].as_str().unwrap(), "allow").await;
    end.await.well();
    // Somebody else revokes it.
    let (mut all, _) = kept(&place);
    all["tokens"]["refresh_token"] = json!("ort_nobody");
    all["tokens"]["expires_at"] = json!(1);
    std::fs::write(place.file("home.json"), all.to_string()).unwrap();
    let ran = ended(token(&place, &[])).await.code(1).hides(&["ort_nobody"]);
    ran.says(&["invalid_grant", "next: log in again: oauth login --name home"]);
    assert!(!place.file("home.json").exists(), "what is dead is not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_is_taken_at_their_word() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran = login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "deny").await.code(1);
    ran.says(&["access_denied", "nobody: the server did its part", "the person or the server said no"]);
    assert!(!place.file("home.json").exists() && !place.file("home.profile").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_pushed_where_it_is_asked_for() {
    let (stage, place) = (Stage::set().await, Place::new());
    let ran =
        login(&stage, &place, &["--client-id", CAREFUL, "--par", "--name", "home"], "allow").await.well();
    let url = ran.out.lines().next().unwrap().to_owned();
    assert!(url.contains("request_uri=") && !url.contains("code_challenge"), "{url}");
    ran.says(&["RFC 9126 section 2.1"]);
    let ran = login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "allow").await.well();
    ran.says(&["this takes the place of the login of careful"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_registers_itself_once_and_its_tokens_are_bound_to_a_key() {
    let (stage, place) = (Stage::set().await, Place::new());
    let more = ["--register", "--dpop", "--resource", &stage.api, "--name", "home"];
    let ran = login(&stage, &place, &more, "allow").await.well();
    let told = ran.json();
    assert_eq!(told["token_type"], "DPoP");
    let profile: Value = serde_json::from_str(&place.kept("home.profile")).unwrap();
    let key = profile["dpop_key"].as_str().unwrap().to_owned();
    let ran = ran.hides(&[&key, profile["registered"]["access"]["token"].as_str().unwrap()]);
    assert_eq!(ran.err.matches("RFC 7591 section 3.1").count(), 1);

    // A request has a proof for itself alone, and a renewal is proven too.
    ended(token(&place, &["--header"])).await.code(1).says(&["each request needs a proof", "--url"]);
    expire(&place);
    let url = format!("{}/photos", stage.api);
    let ran =
        ended(token(&place, &["--header", "--method", "POST", "--url", &url])).await.well().hides(&[&key]);
    let mut lines = ran.out.lines();
    let bound = lines.next().unwrap().strip_prefix("Authorization: DPoP ").unwrap().to_owned();
    let proof = lines.next().unwrap();
    let inspected = oauth(&place, &["inspect", "--method", "POST", "--url", &url]).env("OAUTH_TOKEN", &bound);
    inspected.input(proof).end().await.well().says(&["✓ ath", "✓ htu"]);

    // Whoever says so is registered, whatever the environment names.
    let all = ["login", "--issuer", &stage.issuer, "--register", "--no-browser", "--timeout", "1", "-v"];
    let ran = oauth(&place, &all).env("OAUTH_CLIENT_ID", "stranger").end().await.code(1);
    assert!(ran.err.contains("RFC 7591 section 3.1") && !ran.err.contains("client_id=stranger"));

    // The same client logs in the next time.
    let ran = login(&stage, &place, &more, "allow").await.well();
    assert_eq!(ran.err.matches("RFC 7591 section 3.1").count(), 0);
    assert_eq!(ran.json()["client_id"], told["client_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_browser_the_address_is_shown_and_the_wait_ends() {
    let (stage, place) = (Stage::set().await, Place::new());
    let all = ["login", "--issuer", &stage.issuer, "--client-id", DESKTOP, "--timeout", "1"];
    let ran = oauth(&place, &all).end().await.code(1);
    ran.says(&[
        "Open this address to log in",
        &stage.issuer,
        "did not come back within",
        "--timeout waits longer",
    ]);
    let ran = oauth(&place, &["login", "--issuer", &stage.issuer]).end().await.code(1);
    ran.says(&["no client is named", "--register"]);
    oauth(&place, &["token"]).end().await.code(1).says(&["nobody has logged in", "next: log in first"]);
    oauth(&place, &["login"]).end().await.code(1).says(&["nobody has logged in"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_publishes_nothing_is_written_down() {
    let (stage, place) = (Stage::set().await, Place::new());
    let (authorize, token) = (stage.endpoint("/oauth2/authorize"), stage.endpoint("/oauth2/token"));
    let by_hand =
        ["--authorization-endpoint", &authorize, "--token-endpoint", &token, "--client-id", DESKTOP];
    let ran = login(&stage, &place, &[&by_hand[..], &["--name", "home"]].concat(), "allow").await.well();
    assert!(!ran.err.contains("well-known"), "nothing is looked up: {}", ran.err);
    // And renewed without looking anything up.
    expire(&place);
    let ran = ended(self::token(&place, &[])).await.well();
    assert_eq!(ran.line(), kept(&place).1[0]);
    assert!(!ran.err.contains("well-known"));
}

#[tokio::test(flavor = "multi_thread")]
async fn l18_a_server_that_fails_costs_no_login() {
    let (stage, place) = (Stage::set().await, Place::new());
    login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "allow").await.well();
    let sick = fake(|_, _| (StatusCode::SERVICE_UNAVAILABLE, "", json!({}))).await;
    let mut profile: Value = serde_json::from_str(&place.kept("home.profile")).unwrap();
    profile["server"]["metadata"]["token_endpoint"] = json!(sick);
    std::fs::write(place.file("home.profile"), profile.to_string()).unwrap();
    let (mut all, secrets) = kept(&place);
    // It ends soon, and is good until then.
    let soon = all["tokens"]["expires_at"].as_u64().unwrap() - 600 + 30;
    all["tokens"]["expires_at"] = json!(soon);
    all["came_at"] = json!(1);
    std::fs::write(place.file("home.json"), all.to_string()).unwrap();
    let ran = ended(token(&place, &[])).await.well();
    assert_eq!(ran.line(), secrets[0]);
    ran.says(&["not renewed ahead of time", "503"]);
    // When it has ended, nothing is forgotten.
    expire(&place);
    ended(token(&place, &[])).await.code(1).says(&["503", "next: try again later"]);
    assert!(kept(&place).1 == secrets);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_takes_nothing_back_keeps_nobody_from_forgetting() {
    let (stage, place) = (Stage::set().await, Place::new());
    login(&stage, &place, &["--client-id", DESKTOP, "--name", "home"], "allow").await.well();
    let mut profile: Value = serde_json::from_str(&place.kept("home.profile")).unwrap();
    profile["server"]["metadata"].as_object_mut().unwrap().remove("revocation_endpoint");
    std::fs::write(place.file("home.profile"), profile.to_string()).unwrap();
    oauth(&place, &["revoke", "--name", "home"]).end().await.code(1).says(&["--forget"]);
    let ran = oauth(&place, &["revoke", "--name", "home", "--forget"]).end().await.well();
    ran.says(&["forgotten", "the server was not told"]);
    assert!(!place.file("home.json").exists() && !place.file("home.profile").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_name_says_already_is_said_by_no_other_option() {
    let place = Place::new();
    let one = "x";
    let client = [
        &["--client-id", one][..],
        &["--client-secret-file", one],
        &["--private-key", one],
        &["--key-algorithm", one],
        &["--key-id", one],
        &["--auth-method", one],
        &["--registration", one],
        &["--lenient"],
        &["--dangerously-accept-missing-s256"],
        &["--authorization-endpoint", one],
        &["--device-authorization-endpoint", one],
        &["--pushed-authorization-request-endpoint", one],
        &["--introspection-endpoint", one],
        &["--revocation-endpoint", one],
        &["--registration-endpoint", one],
    ];
    let server = [&["--issuer", one][..], &["--resource", one], &["--token-endpoint", one]];
    for option in client.iter().chain([&["--register"][..]].iter()) {
        for name in [&["--name", "home"][..], &[]] {
            let ran = oauth(&place, &[&["login"], name, option].concat()).end().await.code(2);
            ran.says(&[&format!("{} does not go with --name", option[0]), "name the server too"]);
        }
    }
    for option in client.iter().chain(&server) {
        let ran = oauth(&place, &[&["revoke", "--name", "home"], *option].concat()).end().await.code(2);
        ran.says(&[&format!("{} does not go with --name", option[0]), "leave --name out"]);
    }
    // What says how and for what goes with it, and what names a server is another login.
    let (_, ca) = own(&place);
    for all in [
        &["login", "--name", "home", "--scope", "photos", "--dpop", "--par", "--ca", &ca][..],
        &["revoke", "--name", "home", "--forget", "--ca", &ca],
    ] {
        oauth(&place, all).end().await.code(1).says(&["nobody has logged in as home"]);
    }
    let all = ["login", "--issuer", "http://127.0.0.1:1", "--client-id", DESKTOP, "--name", "home"];
    oauth(&place, &all).end().await.code(1).says(&["blame: the way to the server"]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn l06_the_browser_is_handed_the_whole_address_and_no_shell_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let (stage, place) = (Stage::set().await, Place::new());
    let script =
        place.with("browser", "#!/bin/sh\nprintf '%s' \"$1\" > \"$0.tmp\" && mv \"$0.tmp\" \"$0.url\"\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let issuer = ["login", "--issuer", &stage.issuer, "--client-id", DESKTOP, "--name", "home"];
    let all = [&issuer[..], &["--parameter", "login_hint=$(touch pwned);ann"]].concat();
    let child = oauth(&place, &all).env("BROWSER", &script).start();
    let opened = place.file("browser.url");
    let address = async {
        while !opened.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        std::fs::read_to_string(&opened).unwrap()
    };
    let address = tokio::time::timeout(std::time::Duration::from_secs(60), address).await.unwrap();
    assert!(address.contains("&state=") && address.contains("&code_challenge="), "{address}");
    decide(&address, "allow").await;
    ended(child).await.well().says(&["logged in, kept as home"]);
}
