//! The durable embedded store: what an OAuth server knows, in one SQLite file.
//!
//! **What it is.** [`SqliteStore`] implements [`Store`](oauth_store::Store) for a server on one machine. One thread writes:
//! it takes every commit that waits into one transaction and answers when that is on the disk, so many requests share one
//! wait for it. Other threads read beside it. None of them is one of the async runtime's, and nothing here waits on one,
//! but for opening and dropping a store.
//!
//! **What it holds.** What was answered is in the file, whatever becomes of the process or of the power; a batch is there
//! as a whole or not at all. When the disk is full or the file is locked, commits fail with
//! [`StoreError::Unavailable`](oauth_store::StoreError::Unavailable) and work again when that is over. Records are JSON;
//! the shared secrets of OAuth 1 are readable in it (RFC 5849 section 4.5) unless a
//! [`SealedStore`](oauth_store::SealedStore) stands in front. A new file is readable by its owner alone.
//!
//! **What it is not.** It is no store for several machines: SQLite's locks do not hold on network file systems. A second
//! process may open the file; the two then take turns to write.
//!
//! ```
//! use oauth_sansio::{Digest, Outcome, Timestamp};
//! use oauth_store::{Key, Mark, Store, Table, Tenant, Writes};
//! use oauth_store_sqlite::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = std::env::temp_dir().join(format!("oauth-store-sqlite-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&directory)?;
//! # let path = directory.join("oauth.db");
//! let store = SqliteStore::open(&path)?;
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
//! drop(store); // finishes what waits
//!
//! let store = SqliteStore::open(&path)?;
//! assert_eq!(store.commit(spend).await?, Outcome::Lost(0));
//! # drop(store);
//! # std::fs::remove_dir_all(&directory)?;
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod backup;
mod check;
mod failure;
mod file;
mod rows;
mod schema;
mod store;
mod threads;

pub use backup::BackupError;
pub use file::{OpenError, Options};
pub use store::SqliteStore;
