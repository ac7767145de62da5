//! The file: made, looked at, and opened.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{check, schema};

/// How a store uses its file.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long to wait for another process that writes; after it a commit fails. Five seconds, unless set.
    pub wait: Duration,
    /// How many bytes the file may have; what would make it larger fails, and a sweep makes room. It does not count the
    /// log beside the file, which is folded in every 16 MiB. No bound, unless set.
    pub max_bytes: Option<u64>,
    /// Up to how many bytes a file is looked at as a whole before it is opened, which takes some seconds for each gigabyte. A
    /// larger one is opened at once and looked at beside; when damage is found, the store answers nothing any more. 256 MiB,
    /// unless set.
    pub check_at_once: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { wait: Duration::from_secs(5), max_bytes: None, check_at_once: 256 << 20 }
    }
}

/// A file was not opened as a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be made, read or written.
    #[error("the store cannot be opened: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It is no SQLite database.
    #[error("the file is no SQLite database")]
    NotADatabase,
    /// It is a database that another program made.
    #[error("the file is the database of another program")]
    Foreign,
    /// It is damaged: restore a backup.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// A newer version of this program has written it.
    #[error("the file has version {found} of the schema, and this program knows versions up to {known}")]
    Newer {
        /// The version of the file.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// After how many pages of 4 KiB the log is folded into the file.
const LOG_PAGES: u32 = 4096;

/// How many pages the connection that writes remembers: those of a group of commits and of what they touch.
const WRITER_PAGES: u32 = 16_384;

/// The connection that writes, to a file that has this program's tables, and whether all of it was seen to be whole.
pub(crate) fn open_to_write(path: &Path, options: &Options) -> Result<(Connection, bool), OpenError> {
    match create(path) {
        // A file that is there is left to SQLite: to close it here would give up the locks that this process may have on it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        created => created?,
    }
    let mut connection = connect(path, options)?;
    schema::check(&connection)?;
    // Whether a look at all of it is short enough to wait for.
    let is_looked_at = std::fs::metadata(path)?.len() <= options.check_at_once;
    if is_looked_at {
        check::look(&connection)?;
    }
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::Unavailable(format!("the log is {mode} and cannot be write-ahead").into()));
    }
    // Each commit waits until it is on the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A drive may say so while it has the data in a cache of its own, on systems where that has to be asked for.
    connection.pragma_update(None, "fullfsync", true)?;
    // Pages that are written often are written to the file once for many commits.
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "cache_size", WRITER_PAGES)?;
    schema::migrate(&mut connection)?;
    if let Some(bytes) = options.max_bytes {
        let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = u32::try_from(bytes / u64::from(page)).unwrap_or(u32::MAX).max(1);
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), (), |_| Ok(()))?;
    }
    Ok((connection, is_looked_at))
}

/// A connection that reads beside the one that writes.
pub(crate) fn open_to_read(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    let connection = connect(path, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    // A whole path is never taken for a URI or for a database in memory.
    let path = std::path::absolute(path)?;
    // Each connection has one thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.wait)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // A plan follows from the query alone. Otherwise a statement whose values are looked at while it is planned is prepared
    // again for each value, which takes longer than all the rest of a visit.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Makes a file that its owner alone can read, as SQLite then makes those beside it.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
