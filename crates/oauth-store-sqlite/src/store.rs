//! The store.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use oauth_sansio::{Outcome, Timestamp};
use oauth_store::{Key, Owner, Page, Record, Row, Store, StoreError, Writes};
use tokio::sync::Mutex;

use crate::check::Check;
use crate::rows::{self, Batch};
use crate::threads::{Readers, Writer};
use crate::{BackupError, OpenError, Options, backup, file};

/// How many connections read.
const READERS: usize = 4;

/// How many rows a sweep removes in one piece of work: what waits beside it waits no longer than for a group of commits.
const BITE: usize = 256;

/// Rows in an SQLite file.
///
/// To drop it finishes what waits, which takes as long as a commit or a backup does.
pub struct SqliteStore {
    check: Option<Check>,
    // In this order they end: whoever closes the file last folds the log in.
    readers: Readers,
    writer: Writer,
    /// Backups take turns, so that there are always connections that read.
    backups: Arc<Mutex<()>>,
}

impl SqliteStore {
    /// Opens the file, or makes it, with the usual [`Options`].
    ///
    /// It looks at all of the file to see that it is whole, beside its use where that [takes
    /// long](Options::check_at_once), and gives an older one the tables of this version.
    ///
    /// # Errors
    /// When there is no such place, or the file is damaged, newer, or no store.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, &Options::default())
    }

    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: &Options) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let (connection, is_looked_at) = file::open_to_write(path, options)?;
        let writer = Writer::start(connection)?;
        let readers = (0..READERS).map(|_| file::open_to_read(path, options));
        let readers = Readers::start(readers.collect::<Result<_, _>>()?)?;
        let check = match is_looked_at {
            true => None,
            false => Some(Check::start(file::open_to_read(path, options)?)?),
        };
        Ok(Self { check, readers, writer, backups: Arc::default() })
    }

    /// Copies the store as it is now into a new file, which is a store as well, while others read and write. The file is for
    /// its owner alone. It is made as `….part` beside, and has its name when it is whole and on the disk.
    ///
    /// It has one of the connections that read for so long, and the log cannot be folded in meanwhile.
    ///
    /// # Errors
    /// When something has this name, or the file cannot be made, written or linked; then no backup is there.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), BackupError> {
        self.is_whole()?;
        let to = std::path::absolute(to).map_err(BackupError::Place)?;
        // The thread keeps the turn when nobody waits for it any more.
        let turn = Arc::clone(&self.backups).lock_owned().await;
        let make = move |connection: &_| {
            let _turn = turn;
            Ok(backup::make(connection, &to))
        };
        self.readers.read(make).await?
    }

    /// Nothing is known to be wrong with the file.
    fn is_whole(&self) -> Result<(), StoreError> {
        self.check.as_ref().map_or(Ok(()), Check::passed)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.is_whole()?;
        let keys = keys.to_vec();
        self.readers.read(move |connection| rows::load(connection, &keys)).await
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        self.is_whole()?;
        let batch = Batch::new(writes)?;
        self.writer.write(move |transaction| batch.apply(transaction)).await
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        let (key, before, after) = (*key, before.clone(), after.to_json()?);
        self.writer.write(move |transaction| rows::replace(transaction, &key, &before, &after)).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.is_whole()?;
        let mut removed = 0;
        while removed < most {
            let bite = BITE.min(most - removed);
            let over = self.writer.write(move |transaction| rows::sweep(transaction, now, bite)).await?;
            removed += over;
            if over < bite {
                break;
            }
        }
        Ok(removed)
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        self.is_whole()?;
        let after = after.as_ref().map(Key::to_bytes);
        // The thread that reads may outlive whoever asked.
        match owner {
            Owner::Subject(name) => {
                let name = name.to_owned();
                let list = move |connection: &_| rows::list(connection, Owner::Subject(&name), after, most);
                self.readers.read(list).await
            }
            Owner::Client(name) => {
                let name = name.to_owned();
                let list = move |connection: &_| rows::list(connection, Owner::Client(&name), after, most);
                self.readers.read(list).await
            }
            Owner::Table(tenant, table) => {
                let list =
                    move |connection: &_| rows::list(connection, Owner::Table(tenant, table), after, most);
                self.readers.read(list).await
            }
        }
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
