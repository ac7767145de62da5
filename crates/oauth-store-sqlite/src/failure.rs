//! What goes wrong, as the trait tells it.

use std::sync::Arc;

use oauth_store::StoreError;
use rusqlite::{Error, ErrorCode};

/// One failure may be the answer to many commits.
pub(crate) fn failed(error: impl Into<Arc<Error>>) -> StoreError {
    let error = error.into();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(Box::new(error)),
        _ => StoreError::Unavailable(Box::new(error)),
    }
}

/// The thread that should have answered has ended.
pub(crate) fn gone() -> StoreError {
    StoreError::Unavailable("the store's thread has ended".into())
}
