//! Files that only their owner may read, with one secret a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use oauth_sansio::Secret;

/// Bytes of a file: more secrets than anybody has.
const MAX_BYTES: u64 = 64 * 1024;

/// A file with secrets that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{what}; {fix}")]
pub(crate) struct FileError {
    pub(crate) what: String,
    pub(crate) fix: String,
    /// There is no such file.
    pub(crate) missing: bool,
}

impl FileError {
    fn new(path: &Path, what: impl std::fmt::Display, fix: impl Into<String>) -> Self {
        Self { what: format!("{} {what}", path.display()), fix: fix.into(), missing: false }
    }

    fn io(path: &Path, what: &str, error: &io::Error) -> Self {
        let missing = error.kind() == ErrorKind::NotFound;
        let fix = match error.kind() {
            ErrorKind::NotFound => "make it, or name another one",
            ErrorKind::PermissionDenied => "run as whoever it belongs to, or give it to who runs this",
            ErrorKind::StorageFull => "make room on the disk",
            ErrorKind::ReadOnlyFilesystem => "name one in a place that can be written to",
            _ => "name another one",
        };
        Self { missing, ..Self::new(path, format!("{what}: {error}"), fix) }
    }
}

/// The secrets in a file, one a line.
pub(crate) fn secrets(path: &Path) -> Result<Vec<Secret>, FileError> {
    let failed = |error: io::Error| FileError::io(path, "cannot be read", &error);
    let file = File::open(path).map_err(failed)?;
    if !is_private(&file).map_err(failed)? {
        return Err(FileError::new(path, "may be read by others", "run chmod 600 on it"));
    }
    let mut text = String::new();
    let read = file.take(MAX_BYTES).read_to_string(&mut text);
    let text = Secret::new(text);
    read.map_err(failed)?;
    let lines = text.expose().lines().map(str::trim);
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(Secret::new).collect())
}

/// Makes a file with one secret, which the owner alone can read from its first moment. One that is there is left alone.
pub(crate) fn create(path: &Path, secret: &Secret) -> Result<(), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let mut file = options.open(path)?;
        let text = Secret::new(format!("{}\n", secret.expose()));
        file.write_all(text.expose().as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| FileError::io(path, "cannot be written", &error))
}

/// Makes a folder that its owner alone can look into. One that is there is left as it is.
pub(crate) fn folder(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| FileError::io(path, "cannot be made", &error))
}

#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &File) -> io::Result<bool> {
    Ok(true)
}
