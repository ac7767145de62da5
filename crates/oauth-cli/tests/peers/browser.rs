//! A real browser, without script, clicks through login and consent of both protocols.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use oauth_cli::demo::{CLIENT_ID, PASSWORD, Stage, USER};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client as Http;
use oauth1_core::client as core1;
use oauth2_core::client as core2;
use oauth2_core::metadata::Transport;
use serde_json::json;
use tokio::time::timeout;
use url::Url;

use crate::{PATIENCE, Peers};

/// Screenshots end up below the target directory, one folder for each protocol.
async fn click_through(peers: Peers, url: &Url, name: &'static str) -> Url {
    let url = url.clone();
    tokio::task::spawn_blocking(move || click(&peers, url.as_str(), name)).await.unwrap()
}

fn click(peers: &Peers, url: &str, name: &str) -> Url {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let told = json!({ "url": url, "username": USER, "password": PASSWORD, "output": output });
    peers.node("browser.mjs", &told)["callback"].as_str().unwrap().parse().unwrap()
}

#[test]
fn the_demo_leaves_login_and_consent_to_a_person_and_goes_on_after_the_click() {
    let Some(peers) = crate::peers() else { return };
    let mut demo = Command::new(env!("CARGO_BIN_EXE_oauth"))
        .args(["demo", "--browser", "--json"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demo.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut addresses = lines.filter(|line| line.trim().starts_with("http://"));
    for name in ["browser-demo-oauth1", "browser-demo-oauth2"] {
        click(&peers, addresses.next().expect("an address is printed").trim(), name);
    }
    assert!(crate::ended(&mut demo).success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_clicks_through_login_and_consent_of_oauth_1() {
    let Some(peers) = crate::peers() else { return };
    let mut stage = Stage::set(None).await.unwrap();
    let url = |path| stage.provider.join(path).unwrap();
    let mut provider =
        core1::Provider::new(url("/oauth1/initiate"), url("/oauth1/authorize"), url("/oauth1/token"));
    provider.realm = Some("photos".into());
    let config = core1::Config::new(CLIENT_ID, stage.secret.clone(), provider);
    let client = core1::Client::new(core1::Config { allow_insecure_loopback: true, ..config }).unwrap();
    let exchange = client.temporary_credentials(core1::Callback::Uri(stage.callback.clone()));
    let pending = Http::new().run(exchange).await.unwrap();

    let callback = click_through(peers, &pending.authorization_url(&client), "browser-oauth1").await;
    assert_eq!(callback.origin(), stage.callback.origin());
    let back = timeout(PATIENCE, stage.visits.recv()).await.expect("the browser came back").unwrap();
    Http::new().run(pending.callback(&client, &back).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_clicks_through_login_and_consent_of_oauth_2() {
    let Some(peers) = crate::peers() else { return };
    let mut stage = Stage::set(None).await.unwrap();
    let transport = Transport::HttpsOrInsecureLoopback;
    let issuer = stage.provider.as_str().trim_end_matches('/');
    let metadata = Http::new().run(core2::Discovery::new(issuer, transport).unwrap()).await.unwrap();
    let mut config =
        core2::Config::new(core2::Server::from_metadata(&metadata, transport).unwrap(), CLIENT_ID);
    config.authentication = core2::ClientAuthentication::SecretBasic(stage.secret.clone());
    config.redirect_uri = Some(stage.callback.to_string());
    let client = core2::Client::new(config).unwrap();
    let (url, pending) = client.authorize().scope("photos").start(SystemClock.moment().unwrap()).unwrap();

    let callback = click_through(peers, &url, "browser-oauth2").await;
    assert_eq!(callback.origin(), stage.callback.origin());
    let back = timeout(PATIENCE, stage.visits.recv()).await.expect("the browser came back").unwrap();
    let exchange = pending.callback(&client, &back, SystemClock.moment().unwrap().now()).unwrap();
    Http::new().run(exchange).await.unwrap();
}
