//! Tokens in files, shared by the processes of one user.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use oauth_sansio::percent;
use oauth2_core::client::Kept;
use zeroize::Zeroizing;

use super::{Locked, TokenStore, TokenStoreError};

/// Keeps tokens in a directory, one file per name that only its owner may read and that is replaced as a whole: a process
/// that is killed leaves the old tokens or the new ones. Beside it stands a file by which processes wait for each other.
///
/// Whoever can read the files of the user has the tokens; the keyring of the system is the better place where there is one.
#[derive(Clone, Debug)]
pub struct FileTokens(PathBuf);

/// Bytes of a file; what is larger was not written here.
const MAX_BYTES: u64 = 1024 * 1024;

impl FileTokens {
    /// The store in this directory, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&directory)?;
        Ok(Self(directory))
    }
}

#[async_trait]
impl TokenStore for FileTokens {
    async fn lock(&self, name: &str) -> Result<Box<dyn Locked>, TokenStoreError> {
        let name = file_name(name)?;
        let (file, lock) = (self.0.join(format!("{name}.json")), self.lock_of(&name));
        blocking(move || Ok(Box::new(Taken { file, _lock: lock_file(&lock)? }) as Box<dyn Locked>)).await
    }
}

impl FileTokens {
    /// The file by which processes wait for each other.
    pub(super) fn lock_of(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.lock"))
    }
}

/// A name of any characters, but no path.
pub(super) fn file_name(name: &str) -> Result<String, TokenStoreError> {
    let name = percent::encode(name).replace('.', "%2E");
    match (1..=200).contains(&name.len()) {
        true => Ok(name),
        false => Err(TokenStoreError::Name),
    }
}

/// Waits until nobody else has the file; it is let go when it is closed.
pub(super) fn lock_file(lock: &Path) -> Result<File, TokenStoreError> {
    let lock = private().create(true).truncate(false).open(lock)?;
    lock.lock()?;
    Ok(lock)
}

/// A file, and its lock.
struct Taken {
    file: PathBuf,
    _lock: File,
}

#[async_trait]
impl Locked for Taken {
    async fn load(&mut self) -> Result<Option<Kept>, TokenStoreError> {
        let file = self.file.clone();
        blocking(move || {
            let file = match File::open(file) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                file => file?,
            };
            check_private(&file)?;
            let mut text = Zeroizing::new(Vec::new());
            file.take(MAX_BYTES).read_to_end(&mut text)?;
            serde_json::from_slice(&text).map(Some).map_err(|_| TokenStoreError::Unreadable)
        })
        .await
    }

    async fn save(&mut self, kept: &Kept) -> Result<(), TokenStoreError> {
        let text = Zeroizing::new(serde_json::to_vec(kept).map_err(|_| TokenStoreError::Unreadable)?);
        let file = self.file.clone();
        blocking(move || {
            let new = file.with_extension("new");
            // One that a killed process has left is no use to anybody.
            remove(&new)?;
            let mut written = private().create_new(true).open(&new)?;
            let replaced = written
                .write_all(&text)
                .and_then(|()| written.sync_all())
                .and_then(|()| fs::rename(&new, &file))
                .and_then(|()| sync_directory(&file));
            if replaced.is_err() {
                remove(&new)?;
            }
            Ok(replaced?)
        })
        .await
    }

    async fn remove(&mut self) -> Result<(), TokenStoreError> {
        let file = self.file.clone();
        blocking(move || Ok(remove(&file)?)).await
    }
}

/// What is made is the owner's alone from its first moment.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn check_private(file: &File) -> Result<(), TokenStoreError> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?);
    if mode & 0o077 == 0 { Ok(()) } else { Err(TokenStoreError::Exposed) }
}

#[cfg(not(unix))]
fn check_private(_: &File) -> Result<(), TokenStoreError> {
    Ok(())
}

/// A name is on the disk when its directory is.
#[cfg(unix)]
fn sync_directory(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TokenStoreError> + Send + 'static,
) -> Result<T, TokenStoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(io::Error::from(ErrorKind::Interrupted).into()))
}
