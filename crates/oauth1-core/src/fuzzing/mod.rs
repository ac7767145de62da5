//! Bodies of the fuzz targets: what must hold for any bytes. Built for tests and for fuzzing only.

mod client;
mod diagnosis;
#[cfg(feature = "rsa")]
mod keys;
mod oracle;
mod signing;
mod verify_request;

pub use client::{callback, redirect, signed_request};
pub use diagnosis::diagnosis;
#[cfg(feature = "rsa")]
pub use keys::rsa_key;
pub use signing::{authorization_header, form_body, request_url, token_response};
pub use verify_request::verify_request;
