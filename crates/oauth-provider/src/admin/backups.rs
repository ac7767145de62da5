//! The store is copied while it is used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oauth_store_sqlite::SqliteStore;
use serde::Serialize;

use super::{Admin, AdminError};

/// How the store that an [`Admin`] looks into is backed up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Backups {
    /// It is a file, and is copied into another one.
    Sqlite {
        /// The store behind all others.
        store: Arc<SqliteStore>,
        /// The file with the keys that secrets in it are sealed with. It is no part of the copy.
        seal_keys: PathBuf,
    },
    /// It is a database, which has programs for that.
    Postgres,
    /// It is in memory, and ends with the process.
    Memory,
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The file.
    pub file: PathBuf,
    /// How many bytes it has.
    pub bytes: u64,
    /// The file with the keys that alone open the secrets in it, to be kept in another place.
    pub seal_keys: PathBuf,
}

impl Admin {
    /// Copies the store as it is now into a new file, while others read and write. It is for its owner alone, and has its name
    /// when it is whole.
    ///
    /// # Errors
    /// [`AdminError::BackupElsewhere`] where the store is no file, [`AdminError::Relative`], and [`AdminError::Backup`].
    pub async fn back_up(&self, to: &Path) -> Result<BackedUp, AdminError> {
        let (store, seal_keys) = match &self.backups {
            Some(Backups::Sqlite { store, seal_keys }) => (store, seal_keys),
            Some(Backups::Postgres) => {
                let what = "the store is a PostgreSQL database: back it up with pg_dump";
                return Err(AdminError::BackupElsewhere(what));
            }
            Some(Backups::Memory) => {
                let what = "the store is in memory and ends with the process: `oauth admin export` has clients and users";
                return Err(AdminError::BackupElsewhere(what));
            }
            None => return Err(AdminError::BackupElsewhere("the store is backed up by whoever has made it")),
        };
        if !to.is_absolute() {
            return Err(AdminError::Relative);
        }
        store.backup(to).await?;
        let bytes = std::fs::metadata(to).map_or(0, |file| file.len());
        let seal_keys = std::path::absolute(seal_keys).unwrap_or_else(|_| seal_keys.clone());
        Ok(BackedUp { file: to.to_owned(), bytes, seal_keys })
    }
}
