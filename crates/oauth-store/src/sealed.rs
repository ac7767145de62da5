//! Shared secrets encrypted on their way into a store (RFC 5849 section 4.5).
//!
//! Everything else that a store sees is a digest. The secrets of OAuth 1 are keys, so a provider must be able to read them;
//! whoever steals a backup need not be.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_sansio::{Outcome, Secret, Timestamp};
use oauth2_core::server::Authentication;

use crate::{Key, Owner, Page, Record, Row, Store, StoreError, Writes};

/// Encrypts and decrypts with a key that is not in the store.
///
/// The row is named so that a ciphertext can be bound to it, as associated data: moved to another row it must not open.
pub trait Vault: Send + Sync + 'static {
    /// What the store keeps in the place of a secret.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no key at hand.
    fn seal(&self, row: &Key, secret: &Secret) -> Result<Secret, StoreError>;

    /// The secret again.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it was not sealed for this row with this key.
    fn open(&self, row: &Key, sealed: &Secret) -> Result<Secret, StoreError>;
}

/// A store behind a [`Vault`]. It takes no part in what is spent, revoked or swept.
///
/// An opened row is a copy, so the signing keys that are kept beside tokens are worked out again for every request.
pub struct SealedStore {
    store: Arc<dyn Store>,
    vault: Arc<dyn Vault>,
}

impl SealedStore {
    /// This store, with the shared secrets in it sealed by this vault.
    pub fn new(store: Arc<dyn Store>, vault: Arc<dyn Vault>) -> Self {
        Self { store, vault }
    }

    fn open(&self, key: &Key, row: Row) -> Result<Row, StoreError> {
        let record = with_secret(row.record, |sealed| self.vault.open(key, sealed))?;
        Ok(Row { record, ..row })
    }
}

#[async_trait]
impl Store for SealedStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let rows = self.store.load(keys).await?;
        keys.iter().zip(rows).map(|(key, row)| row.map(|row| self.open(key, row)).transpose()).collect()
    }

    async fn commit(&self, mut writes: Writes) -> Result<Outcome, StoreError> {
        for put in &mut writes.put {
            let key = put.key;
            put.record = with_secret(put.record.clone(), |secret| self.vault.seal(&key, secret))?;
        }
        self.store.commit(writes).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.store.sweep(now, most).await
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        let Page { rows, next } = self.store.list(owner, after, most).await?;
        let rows = rows.into_iter().map(|(key, row)| Ok((key, self.open(&key, row)?)));
        Ok(Page { rows: rows.collect::<Result<_, StoreError>>()?, next })
    }
}

impl std::fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedStore").finish_non_exhaustive()
    }
}

/// The record with another secret in the place of its own, where it has one.
fn with_secret(
    mut record: Record,
    change: impl FnOnce(&Secret) -> Result<Secret, StoreError>,
) -> Result<Record, StoreError> {
    let secret = match &mut record {
        Record::OAuth1Client(client) => &mut Arc::make_mut(client).secret,
        Record::OAuth1Temporary(temporary) => &mut Arc::make_mut(temporary).secret,
        Record::OAuth1Token(token) => &mut Arc::make_mut(token).secret,
        Record::OAuth2Client(client) if matches!(client.authentication, Authentication::SecretJwt { .. }) => {
            match &mut Arc::make_mut(client).authentication {
                Authentication::SecretJwt { secret } => secret,
                _ => return Ok(record),
            }
        }
        Record::Own(own) if own.secret.is_some() => match &mut Arc::make_mut(own).secret {
            Some(secret) => secret,
            None => return Ok(record),
        },
        _ => return Ok(record),
    };
    *secret = change(secret)?;
    Ok(record)
}
