//! What a backend keeps, and where.

use std::fmt;

use async_trait::async_trait;
use oauth_sansio::{Digest, Secret, Timestamp, base64url};
use oauth2_core::client::{Client, Pending};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{TokenStore, TokenStoreError};

/// A login that is under way: what was sent with the browser, and where the page goes on when it comes back. Plain serde
/// data; written out, it contains secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLogin {
    /// The authorization. When it [expires](Pending::expires) this is over.
    pub pending: Pending,
    /// An address of our own origin.
    pub return_to: String,
    /// The session that the browser had.
    pub replaces: Option<Digest>,
}

impl WaitingLogin {
    /// What it is stored under: nobody finds it who does not bring both what the browser has and what the provider says.
    pub(super) fn key(handle: &Secret, state: &str) -> Digest {
        Digest::of_parts(&[handle.expose().as_bytes(), state.as_bytes()])
    }
}

/// Somebody is logged in. Plain serde data; the tokens are kept beside it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Since when.
    pub begun: Timestamp,
    /// Until when, unless it is used before.
    pub ends: Timestamp,
    /// What the page is told of the person.
    pub person: Option<Value>,
}

impl Session {
    /// What a session is stored under, by the handle that its browser has: a digest, in which the provider and the client
    /// are, too, so that backends with one store do not take sessions of each other.
    pub fn key(client: &Client, handle: &Secret) -> Digest {
        let parts = [client.issuer(), client.client_id(), handle.expose()];
        Digest::of_parts(&parts.map(str::as_bytes))
    }

    /// The name that the tokens of a session have in its store: that of its key, in base64url.
    pub fn tokens_name(key: &Digest) -> String {
        base64url::encode(key.as_bytes())
    }
}

/// Where a backend keeps logins and sessions, each under a digest: who reads the store cannot use what is in it as a cookie.
///
/// The tokens of a session are kept by the same store, in the way of every [`TokenStore`], under
/// [`Session::tokens_name`]; they go when the session goes. What has ended may go at any time: the backend looks at the time
/// itself. Each store has a limit for both kinds of rows.
#[async_trait]
pub trait SessionStore: TokenStore {
    /// Keeps a login until it expires.
    ///
    /// # Errors
    /// When the store does not work.
    async fn begin_login(&self, key: Digest, login: WaitingLogin) -> Result<(), TokenStoreError>;

    /// Takes a login out: of all who take it at once, one gets it.
    ///
    /// # Errors
    /// When the store does not work.
    async fn take_login(&self, key: Digest) -> Result<Option<WaitingLogin>, TokenStoreError>;

    /// Keeps a session until it ends.
    ///
    /// # Errors
    /// When the store does not work.
    async fn begin(&self, key: Digest, session: Session) -> Result<(), TokenStoreError>;

    /// Finds a session.
    ///
    /// # Errors
    /// When the store does not work.
    async fn find(&self, key: Digest) -> Result<Option<Session>, TokenStoreError>;

    /// Lets a session end later. One that is gone stays so.
    ///
    /// # Errors
    /// When the store does not work.
    async fn prolong(&self, key: Digest, ends: Timestamp) -> Result<(), TokenStoreError>;

    /// Ends a session, if there is one.
    ///
    /// # Errors
    /// When the store does not work.
    async fn end(&self, key: Digest) -> Result<(), TokenStoreError>;
}

/// Who it is stays out of logs.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("begun", &self.begun)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}
