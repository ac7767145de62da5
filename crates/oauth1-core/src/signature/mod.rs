//! Signatures (RFC 5849 section 3): the base string, the methods, and how a signed request is read.
//!
//! [`Received`] reads a request that arrived; a [`Draft`] is one that is to be sent; [`BaseString`] is what both sides
//! sign; a [`SignatureMethod`] turns a base string and a [`Key`] into a signature or checks one. Methods are open:
//! whoever has another one implements the trait and adds it to [`Methods`].

mod base;
mod body_hash;
mod class;
mod draft;
mod error;
mod gather;
mod header;
mod hmac;
mod key;
mod method;
mod origin;
mod plaintext;
mod protocol;
mod public_key;
mod received;
#[cfg(feature = "rsa")]
pub mod rsa;
mod text;
mod writer;

pub use base::BaseString;
pub use body_hash::BodyHash;
pub use draft::{Draft, DraftError, Scratch, Signed, Target};
pub use error::{KeyError, ReadError};
pub use header::AuthorizationHeader;
pub use hmac::{HmacSha1, HmacSha256, HmacSha512};
pub use key::Key;
pub use method::{AllowedMethods, Methods, PreparedKey, SignatureMethod};
pub use origin::{Origin, OriginError};
pub use plaintext::Plaintext;
pub use protocol::Protocol;
pub use public_key::PublicKey;
pub use received::{Limits, Received};
