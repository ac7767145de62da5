//! What a backend does.

use async_trait::async_trait;
use oauth_sansio::{Outcome, Timestamp};

use crate::{Key, Record, Row, Table, Tenant, Writes};

/// A place to keep rows.
///
/// What is decided is never an update in place, and nothing but [`sweep`](Self::sweep) deletes. A spend is the creation of a
/// mark under a unique key, a revocation is a tombstone, so every guarantee rests on one thing: [`commit`](Self::commit)
/// is atomic. [`replace`](Self::replace) is for what means the same in other words.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Reads rows in one round trip; the answer has one entry for each key, in order.
    ///
    /// # Errors
    /// When the backend cannot answer.
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError>;

    /// Applies all writes, or none of them because a mark in `spend` exists, and tells the place of the first that does.
    ///
    /// # Errors
    /// When the backend cannot tell that the writes are durable. They may have been applied or not; a caller then
    /// answers nothing that depends on them.
    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError>;

    /// Gives a row another record where it still has the one `before`, and tells whether it did. How long the row is kept
    /// and its families stay as they are; `after` belongs to the same subject and client.
    ///
    /// A row that is gone does not come back, and one that was written meanwhile stays.
    ///
    /// # Errors
    /// When the backend cannot tell that it is durable.
    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError>;

    /// Removes at most `most` rows and marks whose time to be kept is before `now`, and tombstones that no row needs
    /// any more. Tells how many it removed; fewer than `most` means that nothing is left to remove.
    ///
    /// The cores set these times late enough that a request which began in time finds at its commit what it saw at
    /// its start.
    ///
    /// # Errors
    /// When the backend cannot answer.
    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError>;

    /// Reads the rows of an owner in the order of their keys, at most `most` of them, behind `after`.
    ///
    /// # Errors
    /// When the backend cannot answer.
    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError>;
}

/// Whose rows to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner<'a> {
    /// The resource owner who authorized them.
    Subject(&'a str),
    /// The client they were given to.
    Client(&'a str),
    /// Nobody in particular: all rows of one kind under one issuer.
    Table(Tenant, Table),
}

/// Some rows, and where the next ones begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows with their keys.
    pub rows: Vec<(Key, Row)>,
    /// What to pass as `after` for the next page; `None` when this is the last.
    pub next: Option<Key>,
}

impl Page {
    /// At most `most` of the rows that were found: one more tells that there is another page.
    pub fn cut(mut rows: Vec<(Key, Row)>, most: usize) -> Self {
        let more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| more).map(|(key, _)| *key);
        Self { rows, next }
    }
}

/// A backend did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or is overloaded; the same may work later.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds cannot be read.
    #[error("a stored row cannot be read: {0}")]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
}
