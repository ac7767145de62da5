//! Provider, protected API, application and browser over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bound_tokens;
mod browsers;
mod client_certificates;
#[allow(dead_code, reason = "some of it is for another binary")]
mod common;
mod cross_origin;
mod dances;
mod elsewhere;
mod form_post;
mod issuers;
mod limits;
mod migrations;
mod oauth2_rs;
mod odd_requests;
mod operator;
mod patience;
mod pins;
mod problems;
mod protect;
mod races;
mod sessions;
mod shutdown;
mod spoofed;
mod store_failures;
