//! What goes wrong, as the trait tells it.

use std::error::Error as _;

use deadpool_postgres::{HookError, PoolError};
use oauth_store::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A question to the database that has no answer.
pub(crate) struct Failure {
    pub(crate) error: StoreError,
    pub(crate) left: Left,
}

/// What a question without an answer has left behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing: it was not sent, or the server says that it was undone and may be asked again.
    Nothing,
    /// Nobody knows: the connection was lost. Not even a server that says why it closes it has said what it did before.
    Unknown,
    /// It is of no use to ask again.
    Whatever,
}

impl Failure {
    /// A statement was not prepared; so far nothing else was sent.
    pub(crate) fn unprepared(error: &Error) -> Self {
        match Self::unanswered(error) {
            Self { left: Left::Unknown, error } => Self { left: Left::Nothing, error },
            failure => failure,
        }
    }

    pub(crate) fn unanswered(error: &Error) -> Self {
        let left = match error.code() {
            Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)) => Left::Nothing,
            Some(&(SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN)) => Left::Unknown,
            Some(_) => Left::Whatever,
            None => Left::Unknown,
        };
        Self { error: failed(error), left }
    }

    pub(crate) fn unconnected(error: PoolError) -> Self {
        Self { error: StoreError::Unavailable(pooled(error)), left: Left::Whatever }
    }

    pub(crate) fn late(what: &str) -> Self {
        Self { error: StoreError::Unavailable(what.into()), left: Left::Whatever }
    }
}

pub(crate) fn failed(error: &Error) -> StoreError {
    match error.code() {
        Some(&(SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED)) => StoreError::Corrupt(told(error)),
        _ => StoreError::Unavailable(told(error)),
    }
}

/// What may be printed of an error. The details that a server adds may hold rows.
pub(crate) fn told(error: &Error) -> Cause {
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => format!("{} (SQLSTATE {})", told.message(), told.code().code()).into(),
        (None, Some(cause)) => format!("{error}: {cause}").into(),
        (None, None) => error.to_string().into(),
    }
}

/// Why there is no connection.
pub(crate) fn pooled(error: PoolError) -> Cause {
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => told(&error),
        error => Box::new(error),
    }
}
