//! An API that has nothing of the authorization server but its addresses: our own server issues, our own API judges, in
//! memory, with a clock that is moved by hand and no network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::result_large_err,
    reason = "tests"
)]

mod api;
mod caches;
mod introspected;
mod key_sets;
mod mcp;
mod offline;
mod vectors;
#[path = "../server/world/mod.rs"]
#[allow(dead_code, reason = "shared with the server's tests, which use more of it")]
mod world;
