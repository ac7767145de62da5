//! Who may log in.

mod memory;
mod passwords;
mod stored;
pub(crate) mod username;

use async_trait::async_trait;
use oauth_clock::NoEntropy;
use oauth_sansio::{Family, Secret};
use oauth_store::StoreError;

pub use memory::MemoryUsers;
pub use stored::{MovedUser, StoredUser, StoredUsers, UserPage};

/// Bytes of the longest user name.
pub const MAX_USERNAME: usize = 256;

/// Bytes of the longest password: room for any passphrase, and none for a hash that takes long to read.
pub const MAX_PASSWORD: usize = 1024;

/// Characters of the shortest password that may be chosen (NIST SP 800-63B section 5.1.1.2).
pub const MIN_PASSWORD: usize = 8;

/// Tells people by name and password.
#[async_trait]
pub trait Users: Send + Sync + 'static {
    /// The person with this name and password; `None` for an unknown name and a wrong password alike, after the same
    /// amount of work. Neither is longer than [`MAX_USERNAME`] and [`MAX_PASSWORD`].
    ///
    /// # Errors
    /// When it cannot be told now; the person is asked to try again.
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable>;

    /// How people change their passwords here; `None` where they do it elsewhere, or not at all.
    fn changes_passwords(&self) -> Option<&dyn ChangePassword> {
        None
    }
}

/// Gives people other passwords.
#[async_trait]
pub trait ChangePassword: Send + Sync {
    /// Another password for a person who has just proven the old one. The old one, and all that it opened, is over when this
    /// returns; the answer is the person by the new one. `None` for a password that will not do.
    ///
    /// # Errors
    /// When it cannot be told whether it was changed.
    async fn set_password(&self, user: &User, password: &Secret) -> Result<Option<User>, Unavailable>;
}

/// Why a user cannot be added, or changed.
#[derive(Debug, thiserror::Error)]
pub enum AddUserError {
    /// The name is empty, longer than [`MAX_USERNAME`], or has characters that no user name has.
    #[error("a user name has 1 to {MAX_USERNAME} bytes, no spaces and nothing invisible")]
    Username,
    /// The password is too short, longer than [`MAX_PASSWORD`], or has control characters.
    #[error(
        "a password has {MIN_PASSWORD} characters to {MAX_PASSWORD} bytes, none of them control characters"
    )]
    Password,
    /// What was moved here is no user: its subject is none, or its hash is not one of Argon2id.
    #[error("a user that is moved has a subject, and a hash of Argon2id of bearable cost")]
    Moved,
    /// The name is taken.
    #[error("there is a user of this name")]
    Taken,
    /// There is nobody of this name.
    #[error("there is no user of this name")]
    Unknown,
    /// Somebody else changed the user at the same time.
    #[error("the user was changed by somebody else just now; look again")]
    Busy,
    /// No salt can be had.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The password cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A person who has proven to be it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The identifier that grants are made in the name of; never given to anybody else.
    pub subject: String,
    /// What the pages call the person.
    pub name: String,
    /// What was proven, a password for example: a tombstone on it ends every login that it opened, also one that is just
    /// about to begin.
    pub proof: Option<Family>,
}

impl User {
    /// A person whose logins end one by one.
    pub fn new(subject: impl Into<String>, name: impl Into<String>) -> Self {
        Self { subject: subject.into(), name: name.into(), proof: None }
    }
}

/// Who somebody is cannot be told now.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be told who this is: {0}")]
pub struct Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Unavailable {
    /// For this reason, which stays inside.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}
