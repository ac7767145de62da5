//! Dynamic registration (RFC 7591) and its management (RFC 7592), from the client's side.
//!
//! [`Registration`] sends what the application says of itself; [`Registered`] is what came of it, for one issuer, and is
//! stored. It reads, replaces and deletes itself, and makes a [`Config`](super::Config).

mod metadata;
mod register;
mod registered;

pub use metadata::ClientMetadata;
pub use register::{Deregistration, Registration};
pub use registered::{Registered, RegistrationAccess};
