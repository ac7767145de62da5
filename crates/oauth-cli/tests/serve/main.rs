//! `oauth serve`, as people run it: the binary, real sockets, a folder of its own.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod application;
mod backup;
mod bound_tokens;
mod certificates;
mod client_certificates;
mod dances;
mod demonstration;
mod endpoints;
mod full;
mod machines;
mod migration;
mod mutual_tls;
#[path = "../../../oauth-store-postgres/tests/postgres/server.rs"]
#[allow(dead_code, reason = "the store's own tests use more of it")]
mod postgres;
mod provider;
mod proxied;
mod running;
mod sealing;
mod starting;
mod stopping;
mod tls;
mod traces;
