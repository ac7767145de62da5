//! OAuth 1.0a (RFC 5849) without I/O.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub use http;

pub mod resource;
pub mod server;
pub mod signature;
