//! Shared secrets encrypted on their way into a store (RFC 5849 section 4.5).
//!
//! Everything else that a store sees is a digest. The secrets of OAuth 1 are keys, so a provider must be able to read them;
//! whoever steals a backup need not be.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_sansio::{Digest, Outcome, Secret, Timestamp};
use oauth2_core::server::Authentication;

use crate::{Key, Owner, Page, Record, Row, Store, StoreError, Table, Tenant, Writes};

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

    /// Whether it was sealed with the key that [`seal`](Self::seal) uses now.
    fn is_current(&self, sealed: &Secret) -> bool;
}

/// The kinds of rows that have a secret, in their order.
const TABLES: [Table; 8] = [
    Table::OAuth1Client,
    Table::OAuth1Temporary,
    Table::OAuth1Token,
    Table::OAuth2Client,
    Table::User,
    Table::Login,
    Table::SigningKey,
    Table::Setting,
];

/// How often a row is tried that others write at the same time.
const TRIES: usize = 16;

/// What was sealed anew, and where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many rows were looked at.
    pub seen: usize,
    /// How many of them had been sealed with an older key, and are sealed with the current one.
    pub resealed: usize,
    /// How many do not open with any key. They stay as they are.
    pub unopened: usize,
    /// What to pass as `after` for the next rows; `None` when these were the last.
    pub next: Option<Key>,
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

    /// Seals some rows of an issuer anew, at most `most` of one kind, behind `after`, where they were sealed with another key
    /// than the current one. Others may read and write meanwhile: what they write stays, and what they remove stays away.
    ///
    /// When all who write seal with the current key and this has gone through all rows, no older key is needed, but for those
    /// that it tells of.
    ///
    /// # Errors
    /// Those of the store, and [`StoreError::Unavailable`] when others write one row all the time.
    pub async fn reseal(
        &self,
        tenant: Tenant,
        after: Option<Key>,
        most: usize,
    ) -> Result<Resealed, StoreError> {
        let start = |table| Key::new(tenant, table, Digest::from_bytes([0; 32]));
        let [first, ..] = TABLES;
        let after = after.unwrap_or_else(|| start(first));
        let page = self.store.list(Owner::Table(tenant, after.table), Some(after), most).await?;
        let behind = TABLES.into_iter().find(|table| *table > after.table).map(start);
        let mut told = Resealed { seen: page.rows.len(), next: page.next.or(behind), ..Resealed::default() };
        for (key, row) in page.rows {
            match self.reseal_row(&key, row.record).await {
                Ok(true) => told.resealed += 1,
                Ok(false) => {}
                Err(StoreError::Corrupt(_)) => told.unopened += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }

    /// Until it is sealed with the current key, or is gone.
    async fn reseal_row(&self, key: &Key, mut record: Record) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let mut is_current = true;
            let anew = with_secret(record.clone(), |sealed| {
                is_current = self.vault.is_current(sealed);
                if is_current {
                    Ok(sealed.clone())
                } else {
                    self.vault.seal(key, &self.vault.open(key, sealed)?)
                }
            })?;
            if is_current {
                return Ok(false);
            }
            if self.store.replace(key, &record, anew).await? {
                return Ok(true);
            }
            match self.sealed(key).await? {
                Some(row) => record = row.record,
                None => return Ok(false),
            }
        }
        Err(StoreError::Unavailable("a row is written all the time".into()))
    }

    /// A row as it is kept.
    async fn sealed(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        Ok(self.store.load(&[*key]).await?.pop().flatten())
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

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        let Some(row) = self.sealed(key).await? else { return Ok(false) };
        if self.open(key, row.clone())?.record != *before {
            return Ok(false);
        }
        let after = with_secret(after, |secret| self.vault.seal(key, secret))?;
        self.store.replace(key, &row.record, after).await
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
