//! A store in memory that keeps what it would read back from a file: every record goes through its text.

use async_trait::async_trait;
use oauth_sansio::{Outcome, Timestamp};
use oauth_store::{Key, MemoryStore, Owner, Page, Record, Row, Store, StoreError, Writes};

pub(crate) struct Rewritten(MemoryStore);

impl Rewritten {
    pub(crate) fn new() -> Self {
        Self(MemoryStore::new())
    }
}

#[async_trait]
impl Store for Rewritten {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.0.load(keys).await
    }

    async fn commit(&self, mut writes: Writes) -> Result<Outcome, StoreError> {
        for put in &mut writes.put {
            let text = serde_json::to_string(&put.record).expect("a record can be written");
            let read: Record = serde_json::from_str(&text).expect("and read");
            assert_eq!(read, put.record, "what is read is what was written");
            put.record = read;
        }
        self.0.commit(writes).await
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        self.0.replace(key, before, after).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.0.sweep(now, most).await
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        self.0.list(owner, after, most).await
    }
}
