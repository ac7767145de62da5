//! Why a provider does not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use oauth_clock::NoEntropy;
use oauth_store::StoreError;
use oauth_store_sqlite::OpenError;

use crate::config::Problem;
use crate::private_file::FileError;
use crate::signing_keys::KeysError;
use crate::{AddUserError, OriginError};

/// Why a provider does not start. The text says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting turns out to be of no use.
    #[error("{0}")]
    Setting(Problem),
    /// The file of the store cannot be opened.
    #[error("the store {}: {source}; {fix}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: OpenError,
        /// What to do.
        fix: &'static str,
    },
    /// The database of the store cannot be used.
    #[error("the store: {source}; {fix}")]
    Database {
        /// Why not.
        source: oauth_store_postgres::OpenError,
        /// What to do.
        fix: &'static str,
    },
    /// The store does not take what belongs into it.
    #[error("the store cannot be used: {0}")]
    Stored(#[from] StoreError),
    /// The keys for tokens cannot be had.
    #[error("there are no keys for tokens: {0}")]
    Keys(#[from] KeysError),
    /// Somebody else listens there, or nobody may.
    #[error("`{key}`: {address} cannot be listened on: {source}; choose another address")]
    Listen {
        /// The setting.
        key: &'static str,
        /// Its value.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The origin is not fit for passwords.
    #[error("`issuer`: {0}")]
    Origin(#[from] OriginError),
    /// A person cannot be added.
    #[error(transparent)]
    User(#[from] AddUserError),
    /// There is no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl StartError {
    pub(super) fn file(key: &str, error: &FileError) -> Self {
        Self::Setting(Problem::new(key, &error.what, &error.fix))
    }

    pub(super) fn store(path: PathBuf, source: OpenError) -> Self {
        let fix = match &source {
            OpenError::Newer { .. } => "start the newer program, or restore a backup from before it",
            OpenError::Damaged(_) => "restore a backup",
            OpenError::NotADatabase | OpenError::Foreign => "name another file in `store.path`",
            _ => "look at the rights and the room there, or name another file in `store.path`",
        };
        Self::Store { path, source, fix }
    }
}

impl StartError {
    pub(super) fn database(source: oauth_store_postgres::OpenError) -> Self {
        use oauth_store_postgres::OpenError as E;
        let fix = match &source {
            E::Newer { .. } => "start the newer program, or restore a backup from before it",
            E::Refused(_) => "write the right user and password into the file of `store.address`",
            E::Foreign => "make a database of its own, and name it in the file of `store.address`",
            _ => "see that the database runs and is reached at what the file of `store.address` says",
        };
        Self::Database { source, fix }
    }
}

impl From<Problem> for StartError {
    fn from(problem: Problem) -> Self {
        Self::Setting(problem)
    }
}
