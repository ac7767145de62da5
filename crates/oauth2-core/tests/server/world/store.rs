//! The store: as simple as one can be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use oauth_sansio::{Digest, Family, Loaded, Outcome, Tick};
use oauth2_core::server::{
    Access, Batch, Client, Code, Consent, Device, DeviceDecision, Facts, Once, Pending, Polls, Pushed,
    Record, Refresh, UserCode, Want, Wanted,
};

#[derive(Default, Debug)]
pub(crate) struct Store {
    pub(crate) clients: BTreeMap<String, Arc<Client>>,
    pub(crate) pushed: BTreeMap<Digest, Arc<Pushed>>,
    pub(crate) pending: BTreeMap<Digest, Arc<Pending>>,
    pub(crate) codes: BTreeMap<Digest, Arc<Code>>,
    pub(crate) access: BTreeMap<Digest, Arc<Access>>,
    pub(crate) refresh: BTreeMap<Digest, Arc<Refresh>>,
    pub(crate) devices: BTreeMap<Digest, Arc<Device>>,
    pub(crate) decisions: BTreeMap<Digest, Arc<DeviceDecision>>,
    pub(crate) polls: BTreeMap<Digest, Polls>,
    pub(crate) user_codes: BTreeMap<Digest, Arc<UserCode>>,
    pub(crate) consents: BTreeMap<Digest, Arc<Consent>>,
    pub(crate) spent: BTreeMap<Once, Tick>,
    pub(crate) revoked: BTreeSet<Family>,
    /// How often it was asked, and how often it wrote.
    pub(crate) trips: (usize, usize),
}

impl Store {
    pub(crate) fn load(&mut self, wanted: &Wanted) -> Facts {
        self.trips.0 += 1;
        let id =
            |want: fn(Digest) -> Want| wanted.rows.iter().find(|row| **row == want(row.id())).map(Want::id);
        let client = wanted.client.as_ref().and_then(|id| self.clients.get(id).cloned());
        Facts {
            client_deleted: client.as_ref().is_some_and(|client| self.revoked.contains(&client.family())),
            client_keys: None,
            issuer_keys: None,
            client: client.filter(|client| !self.revoked.contains(&client.family())),
            pushed: self.find(&self.pushed, id(Want::Pushed), Once::Pushed, Record::Pushed),
            pending: self.find(&self.pending, id(Want::Pending), Once::Pending, Record::Pending),
            code: self.find(&self.codes, id(Want::Code), Once::Code, Record::Code),
            access: self.find(&self.access, id(Want::Access), Once::Access, Record::Access),
            actor: self.find(&self.access, id(Want::Actor), Once::Access, Record::Access),
            refresh: self.find(&self.refresh, id(Want::Refresh), Once::Refresh, Record::Refresh),
            device: self.find(&self.devices, id(Want::Device), Once::Device, Record::Device),
            decision: self.find(
                &self.decisions,
                id(Want::Device),
                Once::DeviceDecision,
                Record::DeviceDecision,
            ),
            polls: id(Want::Device).and_then(|key| self.polls.get(&key).copied()),
            user_code: self.find(&self.user_codes, id(Want::UserCode), Once::Device, Record::UserCode),
            consent: self.find(&self.consents, id(Want::Consent), Once::Pending, Record::Consent),
        }
    }

    fn find<T>(
        &self,
        rows: &BTreeMap<Digest, Arc<T>>,
        key: Option<Digest>,
        once: fn(Digest) -> Once,
        record: fn(Digest, Arc<T>) -> Record,
    ) -> Option<Loaded<T>> {
        let key = key?;
        let row = rows.get(&key)?.clone();
        let families = record(key, row.clone()).families();
        let revoked = families.iter().flatten().any(|family| self.revoked.contains(family));
        Some(Loaded { record: row, spent: self.spent.get(&once(key)).copied(), revoked })
    }

    pub(crate) fn commit(&mut self, batch: &Batch) -> Outcome {
        self.trips.1 += 1;
        if let Some(place) = batch.spend.iter().position(|spend| self.spent.contains_key(&spend.once)) {
            return Outcome::Lost(place);
        }
        self.spent.extend(batch.spend.iter().map(|spend| (spend.once, spend.at)));
        self.revoked.extend(&batch.revoke);
        for record in batch.put.iter().cloned() {
            match record {
                Record::Client(_, row) => drop(self.clients.insert(row.client_id.to_string(), row)),
                Record::Pushed(key, row) => drop(self.pushed.insert(key, row)),
                Record::Pending(key, row) => drop(self.pending.insert(key, row)),
                Record::Code(key, row) => drop(self.codes.insert(key, row)),
                Record::Access(key, row) => drop(self.access.insert(key, row)),
                Record::Refresh(key, row) => drop(self.refresh.insert(key, row)),
                Record::Device(key, row) => drop(self.devices.insert(key, row)),
                Record::DeviceDecision(key, row) => drop(self.decisions.insert(key, row)),
                Record::Polls(key, polls) => drop(self.polls.insert(key, polls)),
                Record::UserCode(key, row) => drop(self.user_codes.insert(key, row)),
                Record::Consent(key, row) => drop(self.consents.insert(key, row)),
            }
        }
        Outcome::Applied
    }

    /// How many rows there are, and how many marks.
    pub(crate) fn size(&self) -> (usize, usize) {
        let tickets = self.pushed.len() + self.pending.len() + self.codes.len() + self.devices.len();
        let rows =
            tickets + self.access.len() + self.refresh.len() + self.decisions.len() + self.consents.len();
        (rows, self.spent.len() + self.revoked.len())
    }
}
