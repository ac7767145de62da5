//! The keys that tokens are signed with, kept in the store and shared by all who use it.
//!
//! A key is a row that says from when on it signs. It does so until a newer one does, and is published before the first and
//! behind the last of its signatures: for whoever verifies, that is [`Rotation::notice`] before and [`Rotation::overlap`]
//! behind. Every process reads the ring now and then. When the next key is due each of them may make it, and the store lets
//! one win, as making it spends the number of its generation.
//!
//! A clock that jumps may make a key too early or too late. Neither loses one: what is over is told by the times of the
//! other keys, not by the clock, and where no key signs now, a new one does at once.

mod key;
mod ring;

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::{Clock, NoEntropy};
use oauth_hyper_server::LocalKeys;
use oauth_sansio::{Digest, Family, Outcome, Timestamp};
use oauth_store::{IssuerStore, Key, Mark, Owner, Put, StoreError, Table, Writes};
use oauth2_core::jose::Algorithm;
use oauth2_core::server::KeyRing;
use serde::Serialize;

use key::Kept;
pub use key::KeyError;

/// How long a key is published before it signs, at least: a verifier may have fetched the set up to five minutes ago, and
/// a process reads the ring every [`READ_EVERY`].
pub(crate) const SHORTEST_NOTICE: Duration = Duration::from_secs(15 * 60);

/// How often a process reads the ring.
pub(crate) const READ_EVERY: Duration = Duration::from_secs(60);

/// How many keys a ring has at most; one that has more is not what was written here.
const MOST_KEYS: usize = 64;

/// When keys follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// What they sign with.
    pub algorithm: Algorithm,
    /// How long one signs.
    pub every: Duration,
    /// How long it is published before.
    pub notice: Duration,
    /// How long it is published behind: at least as long as the longest token lives.
    pub overlap: Duration,
}

/// The ring of one issuer in a store.
pub struct StoredKeys {
    issuer: IssuerStore,
    clock: Arc<dyn Clock>,
    rotation: Rotation,
}

/// What is told of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyState {
    /// Its name in the published set.
    pub key_id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// From when on.
    pub signs_from: Timestamp,
    /// It is worth nothing any more.
    pub revoked: bool,
}

/// The keys as they are now.
#[derive(Debug)]
pub struct CurrentKeys {
    /// The public halves, with their times.
    pub ring: KeyRing,
    /// The private ones.
    pub signers: Arc<LocalKeys>,
    /// Tells one state from another.
    pub version: Digest,
}

/// The keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl StoredKeys {
    /// The ring of an issuer in a store that seals secrets.
    pub fn new(issuer: IssuerStore, clock: Arc<dyn Clock>, rotation: Rotation) -> Self {
        Self { issuer, clock, rotation }
    }

    /// The keys as they are now, having made the one that is due.
    ///
    /// # Errors
    /// When the store fails, or no key can be made.
    pub async fn current(&self) -> Result<CurrentKeys, KeysError> {
        let now = self.clock.moment()?.now();
        let mut kept = self.read().await?;
        if let Some(signs_from) = ring::due(&kept, &self.rotation, now) {
            self.add(&kept, signs_from, now).await?;
            // Whoever has made it, it is there.
            kept = self.read().await?;
        }
        Ok(ring::current(&kept, self.rotation.overlap)?)
    }

    /// All keys that are kept, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn states(&self) -> Result<Vec<KeyState>, KeysError> {
        let mut kept = self.read().await?;
        kept.sort_by_key(|key| (key.signs_from, key.generation));
        let state = |Kept { key_id, algorithm, signs_from, revoked, .. }: Kept| KeyState {
            key_id,
            algorithm,
            signs_from,
            revoked,
        };
        Ok(kept.into_iter().map(state).collect())
    }

    /// Makes the next key before it is due, unless there is one that waits: it is published now, and signs as soon as whoever
    /// verifies can know it.
    ///
    /// # Errors
    /// When the store fails, or no key can be made.
    pub async fn rotate(&self) -> Result<(), KeysError> {
        let now = self.clock.moment()?.now();
        let kept = self.read().await?;
        let is_planned = ring::live(&kept).any(|key| now < key.signs_from);
        match is_planned {
            true => Ok(()),
            false => self.add(&kept, now.plus(self.rotation.notice), now).await,
        }
    }

    /// Revokes a key of this name: it is out of the published set when the processes read the ring again, and whatever it signed
    /// is worth nothing to those who fetch that. Where it was the one that signs, another is made at once. Whether there is one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke(&self, key_id: &str) -> Result<bool, KeysError> {
        let is_there = self.read().await?.iter().any(|key| key.key_id == key_id && !key.revoked);
        if is_there {
            self.issuer.revoke([Self::family(key_id)]).await?;
        }
        Ok(is_there)
    }

    async fn read(&self) -> Result<Vec<Kept>, KeysError> {
        let owner = Owner::Table(self.issuer.tenant(), Table::SigningKey);
        let page = self.issuer.store().list(owner, None, MOST_KEYS + 1).await?;
        if page.rows.len() > MOST_KEYS {
            return Err(KeyError::TooMany.into());
        }
        Ok(page.rows.iter().map(|(_, row)| Kept::read(row)).collect::<Result<_, _>>()?)
    }

    /// Makes the next key, unless somebody else does.
    async fn add(&self, kept: &[Kept], signs_from: Timestamp, now: Timestamp) -> Result<(), KeysError> {
        let generation =
            kept.iter().map(|key| key.generation).max().map_or(1, |newest| newest.saturating_add(1));
        let new = Kept::generate(self.rotation.algorithm, generation, signs_from)?;
        let key = self.key(generation);
        let mark = Mark { key, at: now.into(), keep_until: signs_from.plus(self.rotation.every) };
        let mut put = vec![self.put(&new, None)];
        // The one before can be swept when nothing that it signed is alive.
        let before =
            ring::live(kept).filter(|key| key.signs_from <= signs_from).max_by_key(|key| key.signs_from);
        put.extend(before.map(|before| self.put(before, Some(signs_from.plus(self.rotation.overlap)))));
        let writes = Writes { spend: vec![mark], put, revoke: Vec::new() };
        match self.issuer.store().commit(writes).await? {
            Outcome::Applied => {
                tracing::info!(key = new.key_id, signs_from = signs_from.as_unix(), "new signing key");
            }
            Outcome::Lost(_) => {
                tracing::debug!("another process has made the signing key");
            }
        }
        Ok(())
    }

    fn key(&self, generation: u64) -> Key {
        let id = Digest::of_parts(&[b"generation", &generation.to_be_bytes()]);
        Key::new(self.issuer.tenant(), Table::SigningKey, id)
    }

    fn put(&self, kept: &Kept, keep_until: Option<Timestamp>) -> Put {
        let families = [Some(self.issuer.tenant().family(Self::family(&kept.key_id))), None];
        Put { key: self.key(kept.generation), record: kept.record(), keep_until, families }
    }

    /// What a key is revoked with ([`IssuerStore::revoke`]): it is out of the ring at the next reading.
    pub fn family(key_id: &str) -> Family {
        Family::of(&Digest::of_parts(&[b"signing key", key_id.as_bytes()]))
    }
}

impl std::fmt::Debug for StoredKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredKeys").field("rotation", &self.rotation).finish_non_exhaustive()
    }
}
