//! `oauth serve`, as people run it: the binary, real sockets, a folder of its own.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod application;
mod dances;
mod running;
mod starting;
mod stopping;
