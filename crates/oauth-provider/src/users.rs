//! Who may log in.

mod memory;

use async_trait::async_trait;
use oauth_sansio::Secret;

pub use memory::{AddUserError, MemoryUsers};

/// Bytes of the longest user name.
pub const MAX_USERNAME: usize = 256;

/// Bytes of the longest password: room for any passphrase, and none for a hash that takes long to read.
pub const MAX_PASSWORD: usize = 1024;

/// Tells people by name and password.
#[async_trait]
pub trait Users: Send + Sync + 'static {
    /// The person with this name and password; `None` for an unknown name and a wrong password alike, after the same
    /// amount of work. Neither is longer than [`MAX_USERNAME`] and [`MAX_PASSWORD`].
    ///
    /// # Errors
    /// When it cannot be told now; the person is asked to try again.
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable>;
}

/// A person who has proven to be it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The identifier that grants are made in the name of; never given to anybody else.
    pub subject: String,
    /// What the pages call the person.
    pub name: String,
}

/// Whether a person may log in cannot be told now.
#[derive(Debug, thiserror::Error)]
#[error("users cannot be verified: {0}")]
pub struct Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Unavailable {
    /// For this reason, which stays inside.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}
