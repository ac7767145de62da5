//! Bodies of the fuzz targets: what must hold for any bytes. Built for tests and for fuzzing only.

mod verify_request;

pub use verify_request::verify_request;
