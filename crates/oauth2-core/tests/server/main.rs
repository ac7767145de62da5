//! The authorization server and the resource server, driven from outside over a store in memory and a clock that is
//! moved by hand. No network, no threads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::result_large_err,
    reason = "tests"
)]

mod assertion_grant;
mod assertions;
mod authorization_code;
mod authorize;
mod bound_tokens;
mod certificates;
mod client_auth;
mod client_documents;
mod consent;
mod cross_cutting;
mod dance;
mod details;
mod devices;
mod enrolment;
mod exchange;
mod exchange_actors;
mod fetched_keys;
mod grants;
mod implicit;
mod operator;
mod possession;
mod pushed;
mod redirect_uri;
mod refresh;
mod registration;
mod remembered;
mod request_objects;
mod resource;
mod response_modes;
mod signed_introspection;
mod signed_tokens;
mod step_up;
mod tokens_told;
mod world;
