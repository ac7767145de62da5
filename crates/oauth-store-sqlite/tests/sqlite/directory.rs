//! A directory that goes with the test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Directory {
    path: PathBuf,
    files: AtomicU32,
}

impl Directory {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oauth-store-sqlite-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path, files: AtomicU32::new(0) }
    }

    /// The name of a file that is not there.
    pub(crate) fn fresh(&self) -> PathBuf {
        self.path.join(format!("{}.db", self.files.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The file beside another, by its ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
