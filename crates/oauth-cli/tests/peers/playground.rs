//! A real browser, without script, plays the dances of a provider for development, and breaks them.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use oauth_clock::SystemClock;
use oauth_provider::Serving;
use oauth_provider::config::Settings;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_plays_every_dance_of_the_playground_and_breaks_it() {
    let Some(peers) = crate::peers() else { return };
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let told = [("OAUTH__LISTEN", listen.as_str()), ("OAUTH__STORE__KIND", "memory")];
    let told = told.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let serving = Serving::start(Settings::load(None, told).unwrap(), Arc::new(SystemClock)).await.unwrap();
    let person = serving.demonstration().unwrap().clone();
    tokio::spawn(serving.run(std::future::pending()));

    // Screenshots end up below the target directory.
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("playground");
    let told = json!({
        "playground": format!("http://{listen}/playground"),
        "username": person.username,
        "password": person.password.expose(),
        "output": output,
    });
    tokio::task::spawn_blocking(move || peers.node("playground.mjs", &told)).await.unwrap();
}
