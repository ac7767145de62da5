//! What was granted and still holds, in both protocols: as a person sees it, and as the operator does.

mod connected;
mod grant;

use std::collections::BTreeMap;

use oauth_hyper_server::Protocol;
use oauth_sansio::{Family, Timestamp};
use oauth_store::{IssuerStore, Owner, Row, StoreError, Table};

pub use connected::Connected;
pub use grant::Grant;
pub(crate) use grant::{from_hex, hex};

/// Rows that are read at once.
const PAGE: usize = 256;

/// How often all rows are looked at for what was granted while others were revoked.
const PASSES: usize = 4;

/// Where grants are.
const TABLES: [Table; 6] = [
    Table::OAuth1Token,
    Table::OAuth2Code,
    Table::OAuth2Access,
    Table::OAuth2Refresh,
    Table::OAuth2DeviceDecision,
    Table::OAuth2Consent,
];

/// The grants of one issuer.
#[derive(Clone, Debug)]
pub struct Grants {
    store: IssuerStore,
}

/// Whose grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Those that a person gave.
    Subject(&'a str),
    /// Those that a client has, in either protocol.
    Client(&'a str),
    /// All of them.
    Everybody,
}

impl Grants {
    /// Those that this store keeps.
    pub fn new(store: IssuerStore) -> Self {
        Self { store }
    }

    /// What holds at `now`, at most `most` of them, and whether these are all.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(
        &self,
        whose: Whose<'_>,
        now: Timestamp,
        most: usize,
    ) -> Result<(Vec<Grant>, bool), StoreError> {
        let mut found: BTreeMap<Family, Grant> = BTreeMap::new();
        let mut all = true;
        self.each(whose, usize::MAX, |rows| {
            let parts = rows.iter().filter_map(|row| Grant::of(&row.record));
            for part in parts.filter(|part| part.until.is_none_or(|until| now < until)) {
                if let Some(grant) = found.get_mut(&part.id) {
                    grant.add(part);
                } else if found.len() < most {
                    found.insert(part.id, part);
                } else {
                    all = false;
                }
            }
            (Vec::new(), all)
        })
        .await?;
        Ok((found.into_values().collect(), all))
    }

    /// Revokes one grant.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn revoke(&self, id: Family) -> Result<(), StoreError> {
        self.store.revoke([id]).await
    }

    /// Revokes all of them, and what is granted while it does so; tells how many there were.
    ///
    /// # Errors
    /// Those of the store. Some may be revoked then; it can be done again.
    pub async fn revoke_all(&self, whose: Whose<'_>) -> Result<usize, StoreError> {
        self.revoke_where(whose, |_| true).await
    }

    /// Takes back all that a person allowed an application: tokens, what would become one, and the consent that was
    /// remembered.
    ///
    /// # Errors
    /// As for [`revoke_all`](Self::revoke_all).
    pub async fn withdraw(
        &self,
        subject: &str,
        protocol: Protocol,
        client_id: &str,
    ) -> Result<(), StoreError> {
        let is_meant = |grant: &Grant| grant.protocol == protocol && grant.client_id == client_id;
        self.revoke_where(Whose::Subject(subject), is_meant).await.map(drop)
    }

    async fn revoke_where(
        &self,
        whose: Whose<'_>,
        which: impl Fn(&Grant) -> bool,
    ) -> Result<usize, StoreError> {
        let mut revoked = 0;
        for _ in 0..PASSES {
            let before = revoked;
            self.each(whose, usize::MAX, |rows| {
                let parts = rows.iter().filter_map(|row| Grant::of(&row.record)).filter(&which);
                let mut families: Vec<_> = parts.map(|part| part.id).collect();
                families.sort_unstable();
                families.dedup();
                revoked += families.len();
                (families, true)
            })
            .await?;
            if revoked == before {
                break;
            }
        }
        Ok(revoked)
    }

    /// Shows the rows that were not revoked, some at a time and `most` in all, to whoever says which families to revoke, and
    /// whether to go on.
    async fn each(
        &self,
        whose: Whose<'_>,
        most: usize,
        mut look: impl FnMut(&[Row]) -> (Vec<Family>, bool),
    ) -> Result<(), StoreError> {
        let mut seen = 0;
        for owner in self.owners(whose) {
            let mut after = None;
            loop {
                let page = self.store.store().list(owner, after, PAGE).await?;
                seen += page.rows.len();
                // A store may hold the rows of other issuers.
                let own = page
                    .rows
                    .into_iter()
                    .filter(|(key, row)| key.tenant == self.store.tenant() && !row.revoked);
                let (revoke, more) = look(&own.map(|(_, row)| row).collect::<Vec<_>>());
                if !revoke.is_empty() {
                    self.store.revoke(revoke).await?;
                }
                if !more || seen >= most {
                    return Ok(());
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What is listed to see all of it.
    fn owners<'a>(&self, whose: Whose<'a>) -> Vec<Owner<'a>> {
        match whose {
            Whose::Subject(subject) => vec![Owner::Subject(subject)],
            Whose::Client(client_id) => vec![Owner::Client(client_id)],
            Whose::Everybody => TABLES.map(|table| Owner::Table(self.store.tenant(), table)).to_vec(),
        }
    }
}
