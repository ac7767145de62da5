//! The client, seen from outside: the shared vectors, and attacks named after their rows in `docs/attacks.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod authorize;
mod callback;
mod challenged;
mod common;
mod devices;
mod discovery;
mod dpop;
mod keeper;
mod tell;
mod tokens;
mod vectors;
