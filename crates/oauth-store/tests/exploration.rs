//! Every interleaving of a few requests, explored.
//!
//! Built with `--cfg model`, the steps of the cores are plain data that can be cloned, compared and hashed. The
//! explorer keeps a set of all worlds reached (the steps in flight and the store), and from each lets every request
//! go one step further, or lets the store fail it. What must hold is asserted in every world.
#![cfg(model)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::panic, reason = "a test")]

#[path = "exploration/explorer.rs"]
mod explorer;
#[path = "exploration/migration.rs"]
mod migration;
#[path = "exploration/oauth1.rs"]
mod oauth1;
#[path = "exploration/oauth1_pins.rs"]
mod oauth1_pins;
#[path = "exploration/oauth1_sessions.rs"]
mod oauth1_sessions;
#[path = "exploration/oauth1_transports.rs"]
mod oauth1_transports;
#[path = "exploration/oauth2.rs"]
mod oauth2;
#[path = "exploration/oauth2_consents.rs"]
mod oauth2_consents;
#[path = "exploration/oauth2_devices.rs"]
mod oauth2_devices;
#[path = "exploration/oauth2_keeper.rs"]
mod oauth2_keeper;
