//! What a store must do, in maps.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use oauth_sansio::{Digest, Family, Loaded, Outcome, Tick};
use oauth1_core::server::{
    Approval, Batch, Client, Facts, Interaction, Once, Record, Temporary, Token, Wanted,
};

#[derive(Default)]
pub struct Store {
    pub clients: HashMap<String, Arc<Client>>,
    pub temporary: HashMap<Digest, Arc<Temporary>>,
    pub interactions: HashMap<Digest, Arc<Interaction>>,
    pub approvals: HashMap<Digest, Arc<Approval>>,
    pub tokens: HashMap<Digest, Arc<Token>>,
    pub spent: HashMap<Once, Tick>,
    pub revoked: HashSet<Family>,
    /// Batches that were applied.
    pub applied: Vec<Batch>,
}

impl Store {
    pub fn register(&mut self, client: Client) {
        self.clients.insert(client.client_id.clone(), Arc::new(client));
    }

    pub fn load(&self, wanted: &Wanted) -> Facts {
        let is_spent = |once| self.spent.get(&once).copied();
        Facts {
            client: wanted.client.as_ref().and_then(|id| self.clients.get(id).cloned()),
            temporary: look_up(wanted.temporary, &self.temporary, |id, _| {
                (is_spent(Once::Temporary(id)), false)
            }),
            interaction: look_up(wanted.interaction, &self.interactions, |_, _| (None, false)),
            approval: look_up(wanted.approval, &self.approvals, |_, _| (None, false)),
            token: look_up(wanted.token, &self.tokens, |id, token| {
                (is_spent(Once::Renewal(id)), self.revoked.contains(&token.family))
            }),
        }
    }

    pub fn commit(&mut self, batch: &Batch) -> Outcome {
        if let Some(place) = batch.spend.iter().position(|spend| self.spent.contains_key(&spend.once)) {
            return Outcome::Lost(place);
        }
        self.spent.extend(batch.spend.iter().map(|spend| (spend.once, spend.at)));
        self.revoked.extend(&batch.revoke);
        for record in &batch.put {
            match record.clone() {
                Record::Temporary(id, record) => drop(self.temporary.insert(id, record)),
                Record::Interaction(id, record) => drop(self.interactions.insert(id, record)),
                Record::Approval(id, record) => drop(self.approvals.insert(id, record)),
                Record::Token(id, record) => drop(self.tokens.insert(id, record)),
            }
        }
        self.applied.push(batch.clone());
        Outcome::Applied
    }
}

fn look_up<T>(
    id: Option<Digest>,
    rows: &HashMap<Digest, Arc<T>>,
    marks: impl FnOnce(Digest, &T) -> (Option<Tick>, bool),
) -> Option<Loaded<T>> {
    let id = id?;
    let record = rows.get(&id)?.clone();
    let (spent, revoked) = marks(id, &record);
    Some(Loaded { record, spent, revoked })
}
