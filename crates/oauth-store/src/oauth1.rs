//! OAuth 1: the core's facts and batches, as rows.

use oauth_sansio::{Digest, Loaded, Spend};
use oauth1_core::server::{self as core, Batch, Facts, Once, Wanted};

use crate::{Key, Mark, Put, Record, Row, Table, Tenant, Writes};

pub(crate) fn client_key(tenant: Tenant, client_id: &str) -> Key {
    Key::new(tenant, Table::OAuth1Client, Digest::of(client_id))
}

pub(crate) fn keys(tenant: Tenant, wanted: &Wanted) -> Vec<Key> {
    let key = |table| move |id: &Digest| Key::new(tenant, table, *id);
    let client = wanted.client.as_deref().map(|client_id| client_key(tenant, client_id));
    [
        client,
        wanted.temporary.as_ref().map(key(Table::OAuth1Temporary)),
        wanted.interaction.as_ref().map(key(Table::OAuth1Interaction)),
        wanted.approval.as_ref().map(key(Table::OAuth1Approval)),
        wanted.token.as_ref().map(key(Table::OAuth1Token)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Each kind is asked for at most once, so a row's kind tells which fact it is.
pub(crate) fn facts(rows: Vec<Option<Row>>) -> Facts {
    let mut facts = Facts::default();
    for Row { record, spent, revoked } in rows.into_iter().flatten() {
        match record {
            Record::OAuth1Client(record) => facts.client = (!revoked).then_some(record),
            Record::OAuth1Temporary(record) => facts.temporary = Some(Loaded { record, spent, revoked }),
            Record::OAuth1Interaction(record) => facts.interaction = Some(Loaded { record, spent, revoked }),
            Record::OAuth1Approval(record) => facts.approval = Some(Loaded { record, spent, revoked }),
            Record::OAuth1Token(record) => facts.token = Some(Loaded { record, spent, revoked }),
            _ => {}
        }
    }
    facts
}

pub(crate) fn writes(tenant: Tenant, batch: &Batch) -> Writes {
    let scoped = |family| tenant.family(family);
    let mark = |spend: &Spend<Once>| {
        let (table, id) = match spend.once {
            Once::Nonce(id) => (Table::OAuth1Nonce, id),
            Once::Temporary(id) => (Table::OAuth1Temporary, id),
            Once::Decision(id) => (Table::OAuth1Approval, id),
            Once::Try(id, number) => (Table::OAuth1Try, Digest::of_parts(&[id.as_bytes(), &[number]])),
            Once::Renewal(id) => (Table::OAuth1Token, id),
        };
        Mark { key: Key::new(tenant, table, id), at: spend.at, keep_until: spend.keep_until }
    };
    let put = |row: &core::Record| {
        let (table, id, record) = match row {
            core::Record::Temporary(id, record) => {
                (Table::OAuth1Temporary, id, Record::OAuth1Temporary(record.clone()))
            }
            core::Record::Interaction(id, record) => {
                (Table::OAuth1Interaction, id, Record::OAuth1Interaction(record.clone()))
            }
            core::Record::Approval(id, record) => {
                (Table::OAuth1Approval, id, Record::OAuth1Approval(record.clone()))
            }
            core::Record::Token(id, record) => (Table::OAuth1Token, id, Record::OAuth1Token(record.clone())),
        };
        let (keep_until, families) = (row.keep_until(), row.families().map(|family| family.map(scoped)));
        Put { key: Key::new(tenant, table, *id), record, keep_until, families }
    };
    Writes {
        spend: batch.spend.iter().map(mark).collect(),
        put: batch.put.iter().map(put).collect(),
        revoke: batch.revoke.iter().copied().map(scoped).collect(),
    }
}
