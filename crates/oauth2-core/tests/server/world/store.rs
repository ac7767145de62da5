//! The store: as simple as one can be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use oauth_sansio::{Digest, Family, Loaded, Outcome};
use oauth2_core::server::{Access, Batch, Client, Code, Facts, Once, Pending, Record, Refresh, Wanted};

#[derive(Default, Debug)]
pub(crate) struct Store {
    pub(crate) clients: BTreeMap<String, Arc<Client>>,
    pub(crate) pending: BTreeMap<Digest, Arc<Pending>>,
    pub(crate) codes: BTreeMap<Digest, Arc<Code>>,
    pub(crate) access: BTreeMap<Digest, Arc<Access>>,
    pub(crate) refresh: BTreeMap<Digest, Arc<Refresh>>,
    pub(crate) spent: BTreeSet<Once>,
    pub(crate) revoked: BTreeSet<Family>,
}
impl Store {
    pub(crate) fn load(&self, wanted: &Wanted) -> Facts {
        fn find<T>(rows: &BTreeMap<Digest, Arc<T>>, key: Option<Digest>) -> Option<Loaded<T>> {
            let record = Arc::clone(rows.get(&key?)?);
            Some(Loaded { record, spent: false, revoked: false })
        }
        let mut facts = Facts {
            client: wanted.client.as_ref().and_then(|id| self.clients.get(id).cloned()),
            pending: find(&self.pending, wanted.pending),
            code: find(&self.codes, wanted.code),
            refresh: find(&self.refresh, wanted.refresh),
            access: find(&self.access, wanted.access),
        };
        if let Some(loaded) = &mut facts.pending {
            loaded.spent = wanted.pending.is_some_and(|key| self.spent.contains(&Once::Pending(key)));
        }
        if let Some(loaded) = &mut facts.code {
            loaded.spent = wanted.code.is_some_and(|key| self.spent.contains(&Once::Code(key)));
            loaded.revoked = self.revoked.contains(&loaded.record.family);
        }
        if let Some(loaded) = &mut facts.refresh {
            loaded.spent = wanted.refresh.is_some_and(|key| self.spent.contains(&Once::Refresh(key)));
            loaded.revoked = self.revoked.contains(&loaded.record.family);
        }
        if let Some(loaded) = &mut facts.access {
            loaded.revoked = self.revoked.contains(&loaded.record.family);
        }
        facts
    }

    pub(crate) fn commit(&mut self, batch: &Batch) -> Outcome {
        if batch.spend.iter().any(|spend| self.spent.contains(&spend.once)) {
            return Outcome::Lost;
        }
        self.spent.extend(batch.spend.iter().map(|spend| spend.once));
        self.revoked.extend(&batch.revoke);
        for record in batch.put.iter().cloned() {
            match record {
                Record::Pending(key, row) => drop(self.pending.insert(key, row)),
                Record::Code(key, row) => drop(self.codes.insert(key, row)),
                Record::Access(key, row) => drop(self.access.insert(key, row)),
                Record::Refresh(key, row) => drop(self.refresh.insert(key, row)),
            }
        }
        Outcome::Applied
    }

    /// How many rows there are, and how many marks.
    pub(crate) fn size(&self) -> (usize, usize) {
        let rows = self.pending.len() + self.codes.len() + self.access.len() + self.refresh.len();
        (rows, self.spent.len() + self.revoked.len())
    }
}
