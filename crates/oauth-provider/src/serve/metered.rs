//! A store that tells how it does.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_sansio::{Outcome, Timestamp};
use oauth_store::{Key, Owner, Page, Record, Row, Store, StoreError, Writes};

use super::Meter;

/// A store behind a [`Meter`].
pub(super) struct MeteredStore {
    store: Arc<dyn Store>,
    meter: Meter,
}

impl MeteredStore {
    pub(super) fn new(store: Arc<dyn Store>, meter: Meter) -> Self {
        Self { store, meter }
    }
}

#[async_trait]
impl Store for MeteredStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.meter.store("load", self.store.load(keys)).await
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        let tables: Vec<_> = writes.put.iter().map(|put| put.key.table).collect();
        let outcome = self.meter.store("commit", self.store.commit(writes)).await;
        match outcome {
            Ok(Outcome::Applied) => tables.into_iter().for_each(|table| self.meter.written(table)),
            Ok(Outcome::Lost(_)) => self.meter.lost(),
            Err(_) => {}
        }
        outcome
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        self.meter.store("replace", self.store.replace(key, before, after)).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        let swept = self.meter.store("sweep", self.store.sweep(now, most)).await;
        swept.inspect(|removed| self.meter.swept(*removed))
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        self.meter.store("list", self.store.list(owner, after, most)).await
    }
}
