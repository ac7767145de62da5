//! Proof of possession (RFC 9449): a key that the sender shows with every request.

mod nonce;
mod proof;

pub use nonce::{Nonces, Realm};
pub use proof::{DpopError, DpopPolicy, Proof, access_token_hash};
