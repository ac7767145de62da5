//! Bodies of the fuzz targets: whatever the bytes, the answer is a value or an error, never a panic.

mod client;
mod server;
mod signed;

pub use client::{callback, metadata, provider_answer, registration_response, signed_answer, token_response};
pub use server::{
    authorization_details, authorization_request, bearer, client_document, redirect_uri, token_request,
};
pub use signed::{access_token, client_assertion, dpop_proof, public_key, request_object, signed_text};
