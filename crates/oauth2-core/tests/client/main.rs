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
mod client_documents;
mod common;
mod devices;
mod discovery;
mod dpop;
mod keeper;
mod mcp;
mod places;
mod profiles;
mod profiles_documented;
mod profiles_published;
mod profiles_together;
mod registration;
mod signed_answers;
mod signed_requests;
mod tell;
mod tokens;
mod vectors;
mod wishes;
