//! A page, its backend, a provider and an API over real sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod api;
mod attacks;
mod browser;
mod journeys;
mod limits;
#[path = "../common/log.rs"]
mod log;
mod logs;
mod provider;
mod stage;
