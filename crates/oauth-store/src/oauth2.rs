//! OAuth 2: the core's facts and batches, as rows.

use oauth_sansio::{Digest, Loaded, Spend};
use oauth2_core::server::{self as core, Batch, Facts, Once, Wanted};

use crate::{Key, Mark, Put, Record, Row, Table, Tenant, Writes};

pub(crate) fn client_key(tenant: Tenant, client_id: &str) -> Key {
    Key::new(tenant, Table::OAuth2Client, Digest::of(client_id))
}

pub(crate) fn keys(tenant: Tenant, wanted: &Wanted) -> Vec<Key> {
    let key = |table| move |id: &Digest| Key::new(tenant, table, *id);
    let client = wanted.client.as_deref().map(|client_id| client_key(tenant, client_id));
    [
        client,
        wanted.pending.as_ref().map(key(Table::OAuth2Pending)),
        wanted.code.as_ref().map(key(Table::OAuth2Code)),
        wanted.access.as_ref().map(key(Table::OAuth2Access)),
        wanted.refresh.as_ref().map(key(Table::OAuth2Refresh)),
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
            Record::OAuth2Client(record) => facts.client = Some(record),
            Record::OAuth2Pending(record) => facts.pending = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Code(record) => facts.code = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Access(record) => facts.access = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Refresh(record) => facts.refresh = Some(Loaded { record, spent, revoked }),
            _ => {}
        }
    }
    facts
}

pub(crate) fn writes(tenant: Tenant, batch: &Batch) -> Writes {
    let mark = |spend: &Spend<Once>| {
        let (table, id) = match spend.once {
            Once::Pending(id) => (Table::OAuth2Pending, id),
            Once::Code(id) => (Table::OAuth2Code, id),
            Once::Refresh(id) => (Table::OAuth2Refresh, id),
        };
        Mark { key: Key::new(tenant, table, id), keep_until: spend.keep_until }
    };
    let put = |row: &core::Record| {
        let (table, id, record) = match row {
            core::Record::Pending(id, record) => {
                (Table::OAuth2Pending, id, Record::OAuth2Pending(record.clone()))
            }
            core::Record::Code(id, record) => (Table::OAuth2Code, id, Record::OAuth2Code(record.clone())),
            core::Record::Access(id, record) => {
                (Table::OAuth2Access, id, Record::OAuth2Access(record.clone()))
            }
            core::Record::Refresh(id, record) => {
                (Table::OAuth2Refresh, id, Record::OAuth2Refresh(record.clone()))
            }
        };
        let (keep_until, family) = (row.keep_until(), row.family());
        Put { key: Key::new(tenant, table, *id), record, keep_until, family }
    };
    Writes {
        spend: batch.spend.iter().map(mark).collect(),
        put: batch.put.iter().map(put).collect(),
        revoke: batch.revoke.clone(),
    }
}
