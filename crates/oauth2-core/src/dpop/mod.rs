//! Proof of possession (RFC 9449): a key that the sender shows with every request.

mod address;
mod content;
mod known;
mod nonce;
mod proof;

pub use address::Address;
pub(crate) use content::may_tell_content;
pub use content::{Content, content_digest};
pub use known::ProofKeys;
pub use nonce::{Nonces, Realm};
pub use proof::{DpopError, DpopPolicy, Expected, Proof, access_token_hash};
