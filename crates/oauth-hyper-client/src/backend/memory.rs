//! Sessions that end with the process.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use oauth_sansio::{Digest, Timestamp, base64url};

use super::bounded::Bounded;
use super::{Session, SessionStore, WaitingLogin};
use crate::tokens::Place;
use crate::{Locked, TokenStore, TokenStoreError};

/// Keeps logins and sessions in memory, each at most a fixed number: a new one drives out those that have ended, and the one
/// that would end first where there is no room.
#[derive(Clone)]
pub struct MemorySessions(Arc<Mutex<Tables>>);

struct Tables {
    logins: Bounded<WaitingLogin>,
    sessions: Bounded<(Session, Place)>,
}

impl MemorySessions {
    /// Logins, and sessions, that are kept unless told otherwise.
    pub const DEFAULT_CAPACITY: usize = 10_000;

    /// An empty store for so many logins, and so many sessions.
    pub fn new(capacity: usize) -> Self {
        let (logins, sessions) = (Bounded::new(capacity), Bounded::new(capacity));
        Self(Arc::new(Mutex::new(Tables { logins, sessions })))
    }

    /// Each change leaves the tables whole, so a panic elsewhere does not spoil them.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn begin_login(&self, key: Digest, login: WaitingLogin) -> Result<(), TokenStoreError> {
        let (now, ends) = (login.pending.created(), login.pending.expires());
        self.tables().logins.insert(key, login, ends, now);
        Ok(())
    }

    async fn take_login(&self, key: Digest) -> Result<Option<WaitingLogin>, TokenStoreError> {
        Ok(self.tables().logins.remove(&key))
    }

    async fn begin(&self, key: Digest, session: Session) -> Result<(), TokenStoreError> {
        let (now, ends) = (session.begun, session.ends);
        self.tables().sessions.insert(key, (session, Place::default()), ends, now);
        Ok(())
    }

    async fn find(&self, key: Digest) -> Result<Option<Session>, TokenStoreError> {
        Ok(self.tables().sessions.find(&key).map(|(session, _)| session.clone()))
    }

    async fn prolong(&self, key: Digest, ends: Timestamp) -> Result<(), TokenStoreError> {
        if let Some((session, _)) = self.tables().sessions.prolong(&key, ends) {
            session.ends = ends;
        }
        Ok(())
    }

    async fn end(&self, key: Digest) -> Result<(), TokenStoreError> {
        self.tables().sessions.remove(&key);
        Ok(())
    }
}

#[async_trait]
impl TokenStore for MemorySessions {
    async fn lock(&self, name: &str) -> Result<Box<dyn Locked>, TokenStoreError> {
        let key = base64url::decode_array(name.as_bytes()).map(Digest::from_bytes);
        let key = key.ok_or(TokenStoreError::Name)?;
        // What is put to a session that has ended is dropped when whoever puts it there is done.
        let place = self.tables().sessions.find(&key).map(|(_, place)| place.clone()).unwrap_or_default();
        Ok(place.take().await)
    }
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables();
        f.debug_struct("MemorySessions")
            .field("logins", &tables.logins.len())
            .field("sessions", &tables.sessions.len())
            .finish()
    }
}
