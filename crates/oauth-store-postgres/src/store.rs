//! The store.

use async_trait::async_trait;
use oauth_sansio::{Outcome, Secret, Timestamp};
use oauth_store::{Key, Owner, Page, Record, Row, Store, StoreError, Writes};

use crate::connections::Connections;
use crate::rows::{self, Batch, Ending};
use crate::{OpenError, Options, database};

/// How much a sweep removes in one transaction: what waits behind it waits no longer than for a few commits.
const BITE: usize = 256;

/// Rows in a PostgreSQL database, which other processes may use as well.
pub struct PostgresStore {
    database: Connections,
}

impl PostgresStore {
    /// Opens the database with the usual [`Options`], and gives it the tables of this version.
    ///
    /// The address is a URL (`postgres://user:password@host/database`) or a list of parameters
    /// (`host=/run/postgresql dbname=oauth`). Over a network it is TLS that verifies the server's certificate, unless the
    /// address says `sslmode=disable`. Of several hosts, the first that can be written to is used.
    ///
    /// # Errors
    /// When the address is none, the database cannot be reached, or what is there is newer or no store.
    pub async fn open(address: &Secret) -> Result<Self, OpenError> {
        Self::open_with(address, &Options::default()).await
    }

    /// Opens the database, and gives it the tables of this version.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the options hold a name or certificates that are none.
    pub async fn open_with(address: &Secret, options: &Options) -> Result<Self, OpenError> {
        let pool = database::open(address, options).await?;
        Ok(Self { database: Connections::new(pool, options.wait) })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        rows::load(&self.database, keys).await
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        Batch::new(writes)?.apply(&self.database).await
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        rows::replace(&self.database, key, before, &after).await
    }

    async fn sweep(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        let mut removed = 0;
        for ending in [Ending::Rows, Ending::Marks] {
            while removed < most {
                let bite = BITE.min(most - removed);
                let over = rows::sweep(&self.database, ending, now, bite).await?;
                removed += over;
                if over < bite {
                    break;
                }
            }
        }
        let mut last = None;
        while removed < most {
            let (seen, needless) = rows::bury(&self.database, last, BITE.min(most - removed)).await?;
            removed += needless;
            match seen {
                Some(_) => last = seen,
                None => break,
            }
        }
        Ok(removed)
    }

    async fn list(&self, owner: Owner<'_>, after: Option<Key>, most: usize) -> Result<Page, StoreError> {
        rows::list(&self.database, owner, after, most).await
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
