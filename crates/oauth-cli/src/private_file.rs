//! Files that only their owner may read, and that are replaced as a whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, ensure};
use oauth_sansio::Secret;
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of a file; what is larger was not written here.
const MAX_BYTES: u64 = 1 << 20;

/// What is in a file; `None` where there is no file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    ensure!(is_private(&file)?, "others may read {}: chmod 600 would keep them out", path.display());
    let mut text = String::new();
    let read = file.take(MAX_BYTES).read_to_string(&mut text);
    let text = Secret::new(text);
    read.with_context(|| format!("{} cannot be read", path.display()))?;
    // The error of the reader would repeat what is written there.
    let value = serde_json::from_str(text.expose()).ok();
    value.map(Some).with_context(|| format!("{} is not what was written there", path.display()))
}

/// Makes sure that a file can be written that is not there yet, before what belongs into it is got.
pub(crate) fn check_new(path: &Path) -> anyhow::Result<()> {
    let made = private().open(path).with_context(|| format!("{} cannot be made", path.display()))?;
    drop(made);
    Ok(remove(path)?)
}

/// Writes a file in place of what was there: it has all of it, or what it had before.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let text = Secret::new(serde_json::to_string_pretty(value)? + "\n");
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    let write = || {
        // One that a killed process has left is no use to anybody.
        remove(new)?;
        let mut file = private().open(new)?;
        file.write_all(text.expose().as_bytes())?;
        file.sync_all()?;
        fs::rename(new, path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// What is made is the owner's alone from its first moment.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn is_private(file: &File) -> std::io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &File) -> std::io::Result<bool> {
    Ok(true)
}
