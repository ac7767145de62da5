//! The durable store of many machines: what an OAuth server knows, in a PostgreSQL database.
//!
//! **What it is.** [`PostgresStore`] implements [`Store`](oauth_store::Store) for any number of server processes on one database.
//! To load is one question, whatever it asks for; to commit is another, a function in the database that writes a batch or tells
//! what was spent before. So a token request waits for the database twice.
//!
//! **What it holds.** What was answered is on the server's disk, whatever becomes of the process or the connection, and
//! whatever the server's default for `synchronous_commit` is; a batch is there as a whole or not at all. A commit whose
//! connection is lost is not sent again, as nobody knows whether it was done: it fails with
//! [`StoreError::Unavailable`](oauth_store::StoreError::Unavailable), as all does while the database is away, within the time of
//! [`Options::wait`]; it works again when the database is back. Records are JSON; the shared secrets of OAuth 1 are readable
//! in it (RFC 5849 section 4.5) unless a [`SealedStore`](oauth_store::SealedStore) stands in front.
//!
//! **What it is not.** It does not administer the database: backups, replicas and `fsync` are the operator's. It sets what it
//! needs once for each connection, so a pooler between it and the server has to keep sessions apart.
//!
//! ```no_run
//! use oauth_sansio::{Digest, Outcome, Secret, Timestamp};
//! use oauth_store::{Key, Mark, Store, Table, Tenant, Writes};
//! use oauth_store_postgres::PostgresStore;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = PostgresStore::open(&Secret::new("postgres://oauth:password@db.example.com/oauth")).await?;
//! let code = Key::new(Tenant::of("https://as.example.com"), Table::OAuth2Code, Digest::of("code"));
//! let spend = Writes {
//!     spend: vec![Mark {
//!         key: code,
//!         at: Timestamp::from_unix(1_700_000_000).into(),
//!         keep_until: Timestamp::from_unix(1_800_000_000),
//!     }],
//!     ..Writes::default()
//! };
//! assert_eq!(store.commit(spend.clone()).await?, Outcome::Applied);
//! assert_eq!(store.commit(spend).await?, Outcome::Lost(0)); // in whichever process
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod connections;
mod database;
mod failure;
mod rows;
mod schema;
mod store;
mod tls;

pub use database::{OpenError, Options};
pub use store::PostgresStore;
