//! Where tokens are kept.

use async_trait::async_trait;
use oauth2_core::client::Kept;

/// Where tokens are kept, each under a name. What is kept are secrets.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Waits until nobody else has what is kept under the name, and takes it: nobody in this process, and in no other that
    /// shares the store, gets it before this is dropped. It is let go, too, when the process dies.
    ///
    /// # Errors
    /// When the store does not work.
    async fn lock(&self, name: &str) -> Result<Box<dyn Locked>, TokenStoreError>;
}

/// What is kept under one name, taken.
#[async_trait]
pub trait Locked: Send {
    /// Reads it; `None` when there is nothing.
    ///
    /// # Errors
    /// When it cannot be read, or is something else.
    async fn load(&mut self) -> Result<Option<Kept>, TokenStoreError>;

    /// Writes it. Afterwards it is there, whatever happens to the machine; if this fails, what was there still is.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn save(&mut self, kept: &Kept) -> Result<(), TokenStoreError>;

    /// Removes it.
    ///
    /// # Errors
    /// When it cannot be removed.
    async fn remove(&mut self) -> Result<(), TokenStoreError>;
}

/// Why a store does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenStoreError {
    /// The file or the device.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What is kept is not what was written. It is left as it is.
    #[error("what is stored cannot be understood")]
    Unreadable,
    /// Others than the owner may read the file.
    #[error("others may read the file with the tokens")]
    Exposed,
    /// No name that something could be kept under.
    #[error("no tokens can be kept under this name")]
    Name,
    /// A store of somebody else's.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}
