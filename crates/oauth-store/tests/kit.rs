//! The in-memory store passes the kit; stores with a flaw do not.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use oauth_sansio::{Outcome, Timestamp};
use oauth_store::{Key, MemoryStore, Owner, Page, Record, Row, Store, StoreError, Table, Writes, kit};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_in_memory_store_passes_the_kit() {
    kit::run(async || Arc::new(MemoryStore::new())).await;
}

/// What a store may get wrong.
#[derive(Clone, Copy)]
enum Flaw {
    NeverLoses,
    ChecksThenWrites,
    PutsBeforeItSpends,
    ForgetsTombstones,
    IgnoresTheTenant,
    SweepsEverything,
    ListsForEver,
    ListsOtherTables,
    ReplacesWhateverIsThere,
}

struct Flawed(MemoryStore, Flaw, AtomicBool);

#[async_trait]
impl Store for Flawed {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let mut rows = self.0.load(&self.keys(keys)).await?;
        if let Flaw::ForgetsTombstones = self.1 {
            rows.iter_mut().flatten().for_each(|row| row.revoked = false);
        }
        Ok(rows)
    }

    async fn commit(&self, mut writes: Writes) -> Result<Outcome, StoreError> {
        match self.1 {
            Flaw::NeverLoses => writes.spend.clear(),
            Flaw::PutsBeforeItSpends => {
                let puts = Writes { put: std::mem::take(&mut writes.put), ..Writes::default() };
                let _ = self.0.commit(puts).await?;
            }
            Flaw::ChecksThenWrites => {
                // One commit of every pair is applied, whatever became of its spends.
                if self.2.fetch_xor(true, Ordering::SeqCst) {
                    writes.spend.clear();
                }
            }
            _ => {
                for mark in &mut writes.spend {
                    mark.key = self.key(mark.key);
                }
                for put in &mut writes.put {
                    put.key = self.key(put.key);
                }
            }
        }
        self.0.commit(writes).await
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        let there = self.0.load(&[*key]).await?.remove(0);
        match (self.1, there) {
            (Flaw::ReplacesWhateverIsThere, Some(row)) => self.0.replace(key, &row.record, after).await,
            _ => self.0.replace(key, before, after).await,
        }
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        let now = if let Flaw::SweepsEverything = self.1 { Timestamp::from_unix(u64::MAX) } else { now };
        self.0.sweep(now, most).await
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        let owner = match (self.1, owner) {
            (Flaw::ListsOtherTables, Owner::Table(tenant, Table::User)) => {
                Owner::Table(tenant, Table::OAuth2Code)
            }
            (_, owner) => owner,
        };
        let page = self.0.list(owner, after, most).await?;
        if let Flaw::ListsForEver = self.1 {
            return Ok(Page { next: None, ..page });
        }
        Ok(page)
    }
}

impl Flawed {
    fn key(&self, key: Key) -> Key {
        match self.1 {
            Flaw::IgnoresTheTenant => Key { tenant: oauth_store::Tenant::of(""), ..key },
            _ => key,
        }
    }

    fn keys(&self, keys: &[Key]) -> Vec<Key> {
        keys.iter().map(|key| self.key(*key)).collect()
    }
}

async fn passes(flaw: Flaw) -> bool {
    let run = kit::run(async move || Arc::new(Flawed(MemoryStore::new(), flaw, AtomicBool::new(false))));
    tokio::spawn(run).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z12_a_store_with_a_flaw_does_not_pass_the_kit() {
    assert!(!passes(Flaw::NeverLoses).await);
    assert!(!passes(Flaw::ChecksThenWrites).await);
    assert!(!passes(Flaw::PutsBeforeItSpends).await);
    assert!(!passes(Flaw::ForgetsTombstones).await);
    assert!(!passes(Flaw::IgnoresTheTenant).await);
    assert!(!passes(Flaw::SweepsEverything).await);
    assert!(!passes(Flaw::ListsForEver).await);
    assert!(!passes(Flaw::ListsOtherTables).await);
    assert!(!passes(Flaw::ReplacesWhateverIsThere).await);
}
