//! Bodies of the fuzz targets: whatever the bytes, the answer is a value or an error, never a panic.

mod client;

pub use client::{callback, metadata, token_response};
