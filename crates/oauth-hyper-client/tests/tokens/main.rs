//! Tokens that are kept good, over real sockets: at a server that answers as it is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod authorize;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod keeper;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use oauth_hyper_client::{Client, MemoryTokens, TokenKeeper, TokenStore};
use oauth2_core::client::{self, Config, DpopKey, Keeper, Server, Tokens};
use oauth2_core::metadata::Transport;

use common::{Hands, Peer, challenge, granted, json, tokens};

/// A client of the server, whose time is the clock's.
fn keeper_at(
    server: &Peer,
    store: Arc<dyn TokenStore>,
    clock: Arc<Hands>,
    key: Option<DpopKey>,
) -> TokenKeeper {
    let token = format!("{}/token", server.url);
    let found = Server::new(&server.url, None, &token, Transport::HttpsOrInsecureLoopback).unwrap();
    let mut config = Config::new(found, "app");
    config.dpop = key;
    let keeper = Keeper::new(client::Client::new(config).unwrap());
    TokenKeeper::new(Client::new().clock(clock), keeper, store, "photos")
}

/// A keeper in memory with what a person has granted.
async fn keeping(server: &Peer, clock: &Arc<Hands>) -> TokenKeeper {
    let keeper = keeper_at(server, Arc::new(MemoryTokens::new()), clock.clone(), None);
    keeper.start(tokens("Bearer")).await.unwrap();
    keeper
}
