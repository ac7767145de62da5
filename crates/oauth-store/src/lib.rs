//! Where OAuth servers keep what they know.
//!
//! **What it is.** The [`Store`] trait that a backend implements (load, commit, replace, sweep, list), the mapping of both
//! protocols' typed facts and batches onto its rows ([`IssuerStore`]), the in-memory store ([`MemoryStore`]), and,
//! behind the feature `kit`, the conformance kit that every store must pass.
//!
//! **What it is not.** It decides nothing: what may be spent, when a thing is expired and what a lost race means is
//! the cores' to say. It never sees a token, code or verifier, only their digests; the shared secrets of OAuth 1,
//! which must be readable, are the one exception (RFC 5849 section 4.5), and [`SealedStore`] encrypts them.
//!
//! ```
//! use std::sync::Arc;
//! use oauth_sansio::{Outcome, Timestamp};
//! use oauth_store::{Key, Mark, MemoryStore, Store, Table, Tenant, Writes};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), oauth_store::StoreError> {
//! let store = MemoryStore::new();
//! let code = Key::new(Tenant::of("https://as.example.com"), Table::OAuth2Code, oauth_sansio::Digest::of("code"));
//! let spend = Writes {
//!     spend: vec![Mark {
//!         key: code,
//!         at: Timestamp::from_unix(1_700_000_000).into(),
//!         keep_until: Timestamp::from_unix(1_800_000_000),
//!     }],
//!     ..Writes::default()
//! };
//! assert_eq!(store.commit(spend.clone()).await?, Outcome::Applied);
//! assert_eq!(store.commit(spend).await?, Outcome::Lost(0));
//! # Ok(()) }
//! ```

mod bytes;
mod issuer;
#[cfg(feature = "kit")]
pub mod kit;
mod memory;
mod oauth1;
mod oauth2;
mod row;
mod sealed;
mod store;

pub use issuer::{Clients, IssuerStore};
pub use memory::MemoryStore;
pub use row::{Key, Mark, Own, Put, Record, Row, Table, Tenant, Writes};
pub use sealed::{Resealed, SealedStore, Vault};
pub use store::{Owner, Page, Store, StoreError};
