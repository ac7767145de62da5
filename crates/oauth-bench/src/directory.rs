//! A directory that goes with the run.

use std::fs;
use std::path::{Path, PathBuf};

/// On the disk of the build, as the directory for temporary files may be in memory; it goes with the run.
pub struct Directory(PathBuf);

impl Directory {
    /// A new one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> std::io::Result<Self> {
        let path = std::env::current_exe()?.with_file_name(format!("durable-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
