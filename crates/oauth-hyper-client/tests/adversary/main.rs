//! Our own client at servers that attack it, over real sockets. Each test is one lie, and what came of it: the error, and all
//! that the servers were asked after it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod answers;
mod callbacks;
#[path = "../common/mod.rs"]
mod common;
mod devices;
mod documents;
mod echoes;
mod introductions;
mod keeping;
#[path = "../common/log.rs"]
mod log;
mod nonces;
mod provider;
mod repeats;
mod resources;
mod signed;
