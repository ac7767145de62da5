//! What the store holds, on a server that the tests start.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod child;
mod killed;
mod limits;
mod older;
mod processes;
mod restarts;
mod schemas;
mod server;
mod sweeps;
mod tls;

use std::sync::Arc;

use oauth_store::kit;

use server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn z12_the_postgres_store_passes_the_kit() {
    let Some(server) = Server::shared() else { return };
    kit::run(async || Arc::new(server.store().await)).await;
}
