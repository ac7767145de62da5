//! A copy of the store, made while others read and write.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use oauth_store::StoreError;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::failure::failed;
use crate::file;

/// A backup was not made, and there is none under its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Something has this name.
    #[error("there is something of this name already, and a backup replaces nothing")]
    Exists,
    /// The file that it would be made in is there.
    #[error("{} is there: another backup is being made, or one was not finished; then remove it", .0.display())]
    Unfinished(PathBuf),
    /// No file can be made there.
    #[error("no file can be made there: {0}")]
    Place(#[source] io::Error),
    /// The store cannot be read, or the copy cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes it under another name first: what has the name of a backup is whole, whenever the process ends.
pub(crate) fn make(from: &Connection, to: &Path) -> Result<(), BackupError> {
    // Told before the work is done; it counts when the name is given.
    if to.symlink_metadata().is_ok() {
        return Err(BackupError::Exists);
    }
    let part = part(to);
    file::create(&part).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => BackupError::Unfinished(part.clone()),
        _ => BackupError::Place(error),
    })?;
    let made = fill(from, &part).map_err(BackupError::Store).and_then(|()| name(&part, to));
    // One name is enough, and half of a copy needs none.
    let _ = fs::remove_file(&part);
    made
}

/// Beside the backup, so that it lies on the same disk.
fn part(to: &Path) -> PathBuf {
    let mut name = OsString::from(to);
    name.push(".part");
    name.into()
}

/// In one step, and so of one time: one of several would begin again whenever somebody writes. It is on the disk then.
fn fill(from: &Connection, part: &Path) -> Result<(), StoreError> {
    let copy = || Backup::new(from, &mut Connection::open(part)?)?.step(-1);
    match copy() {
        Ok(StepResult::Done) => Ok(()),
        Ok(_) => Err(StoreError::Unavailable("the file is locked".into())),
        Err(error) => Err(failed(error)),
    }
}

/// By a link, which never replaces what somebody has put there meanwhile.
fn name(part: &Path, to: &Path) -> Result<(), BackupError> {
    fs::hard_link(part, to).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => BackupError::Exists,
        _ => BackupError::Place(error),
    })?;
    // A folder that cannot be told to is written by its system in its own time.
    #[cfg(unix)]
    let _ = to.parent().map(|folder| fs::File::open(folder)?.sync_all());
    Ok(())
}
