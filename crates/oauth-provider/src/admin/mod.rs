//! What an operator does with what the provider keeps: clients, users, keys and grants, looked at, made, changed and ended.
//!
//! Secrets are told once, when they are made, and shown never again.

mod api;
mod backups;
mod clients;
mod door;
mod migration;
mod moving;
pub(crate) mod pages;
mod place;
mod sealing;
mod service;
mod users;

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use oauth_clock::{Clock, NoEntropy, SystemClock};
use oauth_store::{IssuerStore, SealedStore, StoreError};
use oauth_store_sqlite::BackupError;
use oauth2_core::server::{AuthorizationServer, ClientError, Reason};

pub use backups::{BackedUp, Backups};
pub use clients::{Created, Description, OAuth1Description, OAuth2Description};
pub use moving::{Imported, Moved};
pub use service::AdminService;
pub use users::AddedUser;

use crate::{AddUserError, Grants, KeysError, StoredKeys, StoredUsers};

/// The operator's hand on one issuer.
#[derive(Clone)]
pub struct Admin {
    store: IssuerStore,
    server: AuthorizationServer,
    users: Option<Arc<StoredUsers>>,
    keys: Option<Arc<StoredKeys>>,
    sealed: Option<Arc<SealedStore>>,
    backups: Option<Backups>,
    clock: Arc<dyn Clock>,
}

impl Admin {
    /// Over what this store keeps; `server` says what clients of OAuth 2 may have.
    pub fn new(store: IssuerStore, server: AuthorizationServer) -> Self {
        let clock = Arc::new(SystemClock);
        Self { store, server, users: None, keys: None, sealed: None, backups: None, clock }
    }

    /// Takes moments from another clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Looks after these users, too.
    #[must_use]
    pub fn users(self, users: Arc<StoredUsers>) -> Self {
        Self { users: Some(users), ..self }
    }

    /// Looks after the keys that tokens are signed with, too.
    #[must_use]
    pub fn keys(self, keys: Arc<StoredKeys>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Seals anew what this store has sealed, which is the one that `store` looks into.
    #[must_use]
    pub fn sealed(self, sealed: Arc<SealedStore>) -> Self {
        Self { sealed: Some(sealed), ..self }
    }

    /// Backs up the store, which is the one that `store` looks into, in this way.
    #[must_use]
    pub fn backups(self, backups: Backups) -> Self {
        Self { backups: Some(backups), ..self }
    }

    /// What was granted.
    pub fn grants(&self) -> Grants {
        Grants::new(self.store.clone())
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Why an operator does not get what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such thing, or not any more.
    #[error("there is no such thing")]
    NotFound,
    /// The identifier is given out, or was once.
    #[error("the identifier was given out already")]
    Taken,
    /// A client of OAuth 2 cannot be as described.
    #[error("{0}")]
    Refused(Reason),
    /// A client cannot be as described.
    #[error("{0}")]
    Unfit(&'static str),
    /// A client of OAuth 2 breaks a rule.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// The client has no secret that could be renewed.
    #[error("the client has no secret")]
    NoSecret,
    /// Somebody else changed it at the same time; nothing was changed now.
    #[error("it was changed by somebody else meanwhile")]
    Changed,
    /// A user cannot be as described.
    #[error(transparent)]
    User(AddUserError),
    /// The keys cannot be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A backup was not made.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The store is no file that could be copied; what is to be done instead.
    #[error("{0}")]
    BackupElsewhere(&'static str),
    /// The path of a file does not say where it is on the provider's machine.
    #[error("write the whole path: the file is made by the provider, which is in another folder")]
    Relative,
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness to make secrets of.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl AdminError {
    /// What it is over HTTP.
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Taken | Self::Changed => StatusCode::CONFLICT,
            Self::Backup(BackupError::Exists | BackupError::Unfinished(_)) => StatusCode::CONFLICT,
            Self::User(AddUserError::Hash(_))
            | Self::Keys(_)
            | Self::Backup(BackupError::Store(_))
            | Self::Store(_)
            | Self::NoEntropy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_)
            | Self::Unfit(_)
            | Self::Client(_)
            | Self::NoSecret
            | Self::User(_)
            | Self::Backup(_)
            | Self::BackupElsewhere(_)
            | Self::Relative => StatusCode::BAD_REQUEST,
        }
    }
}

/// Whoever is refused because something is out of reach may come again soon (RFC 9110 section 10.2.3).
fn tell_when(status: StatusCode, headers: &mut HeaderMap) {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
}

impl From<AddUserError> for AdminError {
    fn from(error: AddUserError) -> Self {
        match error {
            AddUserError::Unknown => Self::NotFound,
            AddUserError::Taken => Self::Taken,
            AddUserError::Busy => Self::Changed,
            AddUserError::Store(error) => Self::Store(error),
            AddUserError::NoEntropy(error) => Self::NoEntropy(error),
            error => Self::User(error),
        }
    }
}
