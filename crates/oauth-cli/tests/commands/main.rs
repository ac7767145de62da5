//! The commands of a client, as a person or a script runs them, against our own provider over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod devices;
mod discovering;
mod documented;
mod fake;
mod guarded;
mod inspecting;
mod login;
mod manual;
mod operating;
mod registering;
mod running;
mod stage;
mod tls;
mod tokens;
