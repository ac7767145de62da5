//! What the tests of the client share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "a test; not every file uses all of it")]

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Moment, Timestamp};
use oauth2_core::{
    client::{Client, Config, Server},
    metadata::Transport,
};

pub const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub const AS: &str = "https://as.example";
pub const CALLBACK: &str = "https://app.example/callback";

/// A moment at [`NOW`]; each seed is used once in a test.
pub fn moment(seed: u8) -> Moment {
    Moment::new(NOW, [seed; 32])
}

pub fn server() -> Server {
    let authorize = "https://as.example/authorize";
    Server::new(AS, Some(authorize), "https://as.example/token", Transport::Https).unwrap()
}

/// A public client, changed.
pub fn client(change: impl FnOnce(&mut Config)) -> Client {
    let mut config = Config::new(server(), "app");
    config.redirect_uri = Some(CALLBACK.into());
    change(&mut config);
    Client::new(config).unwrap()
}

/// A JSON answer.
pub fn reply(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(body.into()).unwrap()
}
