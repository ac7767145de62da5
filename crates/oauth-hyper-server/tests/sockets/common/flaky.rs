//! A store that fails when told to.

use std::sync::Mutex;

use async_trait::async_trait;
use oauth_sansio::{Outcome, Timestamp};
use oauth_store::{Key, MemoryStore, Owner, Page, Record, Row, Store, StoreError, Writes};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Rows cannot be read.
    Load,
    /// The writes are not applied.
    Commit,
    /// The writes are applied, and nobody learns of it.
    Answer,
}

#[derive(Default)]
pub(crate) struct Flaky {
    inner: MemoryStore,
    /// What goes wrong, and how many times it goes well before.
    armed: Mutex<Option<(Failure, usize)>>,
    /// Rows that were written.
    written: Mutex<usize>,
}

impl Flaky {
    /// The operation behind `skip` others of its kind fails.
    pub(crate) fn arm(&self, failure: Failure, skip: usize) {
        *self.armed.lock().unwrap() = Some((failure, skip));
    }

    /// Nothing fails from now on; whether something has.
    pub(crate) fn has_failed(&self) -> bool {
        self.armed.lock().unwrap().take().is_none()
    }

    pub(crate) fn written(&self) -> usize {
        *self.written.lock().unwrap()
    }

    fn fails(&self, kinds: &[Failure]) -> Option<Failure> {
        let mut armed = self.armed.lock().unwrap();
        match armed.as_mut() {
            Some((failure, 0)) if kinds.contains(failure) => armed.take().map(|(failure, _)| failure),
            Some((failure, skip)) if kinds.contains(failure) => {
                *skip -= 1;
                None
            }
            _ => None,
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("the test wants it".into())
}

#[async_trait]
impl Store for Flaky {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        match self.fails(&[Failure::Load]) {
            Some(_) => Err(unavailable()),
            None => self.inner.load(keys).await,
        }
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        let failure = self.fails(&[Failure::Commit, Failure::Answer]);
        if failure == Some(Failure::Commit) {
            return Err(unavailable());
        }
        let rows = writes.put.len();
        let outcome = self.inner.commit(writes).await?;
        if outcome == Outcome::Applied {
            *self.written.lock().unwrap() += rows;
        }
        if failure.is_some() { Err(unavailable()) } else { Ok(outcome) }
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        self.inner.replace(key, before, after).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.inner.sweep(now, most).await
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        self.inner.list(owner, after, most).await
    }
}
