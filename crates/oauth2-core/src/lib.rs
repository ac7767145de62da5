//! OAuth 2.x as OAuth 2.1 profiles it, without I/O: the authorization server, the resource server and the client.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod client;
mod document;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod metadata;
pub mod pkce;
pub mod resource;
mod scope;
pub mod server;

pub use document::DocumentError;
pub use oauth_sansio::http;
pub use scope::{ScopeError, Scopes};
