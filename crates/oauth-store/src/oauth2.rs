//! OAuth 2: the core's facts and batches, as rows.

use std::sync::Arc;

use oauth_sansio::{Digest, Loaded, Spend};
use oauth2_core::server::{self as core, Batch, Client, Facts, Once, Want, Wanted};
use smallvec::SmallVec;

use crate::{Key, Mark, Put, Record, Row, Table, Tenant, Writes};

/// How many keys are named without asking for memory: a client, and what it shows.
const FEW: usize = 2;

pub(crate) fn client_key(tenant: Tenant, client_id: &str) -> Key {
    Key::new(tenant, Table::OAuth2Client, Digest::of(client_id))
}

pub(crate) fn keys(tenant: Tenant, wanted: &Wanted) -> SmallVec<[Key; FEW]> {
    let mut keys = SmallVec::new();
    keys.extend(wanted.client.as_deref().map(|client_id| client_key(tenant, client_id)));
    for want in &wanted.rows {
        let tables: &[Table] = match want {
            Want::Pushed(_) => &[Table::OAuth2Pushed],
            Want::Pending(_) => &[Table::OAuth2Pending],
            Want::Code(_) => &[Table::OAuth2Code],
            Want::Access(_) | Want::Actor(_) => &[Table::OAuth2Access],
            Want::Refresh(_) => &[Table::OAuth2Refresh],
            Want::Device(_) => &[Table::OAuth2Device, Table::OAuth2DeviceDecision, Table::OAuth2Polls],
            Want::UserCode(_) => &[Table::OAuth2UserCode],
            Want::Consent(_) => &[Table::OAuth2Consent],
        };
        keys.extend(tables.iter().map(|table| Key::new(tenant, *table, want.id())));
    }
    keys
}

/// A row's kind tells which fact it is; of the two that may be access tokens, the key does. The client may have been found
/// elsewhere.
pub(crate) fn facts(
    client: Option<Arc<Client>>,
    wanted: &Wanted,
    keys: &[Key],
    rows: Vec<Option<Row>>,
) -> Box<Facts> {
    let mut facts = Box::new(Facts { client, ..Facts::default() });
    let found = keys.iter().zip(rows).filter_map(|(key, row)| Some((key, row?)));
    for (key, Row { record, spent, revoked }) in found {
        match record {
            Record::OAuth2Client(record) => {
                facts.client = (!revoked).then_some(record);
                facts.client_deleted = revoked;
            }
            Record::OAuth2Pushed(record) => facts.pushed = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Pending(record) => facts.pending = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Code(record) => facts.code = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Access(record) => {
                let loaded = Loaded { record, spent, revoked };
                if wanted.rows.contains(&Want::Actor(key.id)) {
                    facts.actor = Some(loaded.clone());
                }
                if wanted.rows.contains(&Want::Access(key.id)) {
                    facts.access = Some(loaded);
                }
            }
            Record::OAuth2Refresh(record) => facts.refresh = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Device(record) => facts.device = Some(Loaded { record, spent, revoked }),
            Record::OAuth2DeviceDecision(record) => facts.decision = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Polls(polls) => facts.polls = Some(polls),
            Record::OAuth2UserCode(record) => facts.user_code = Some(Loaded { record, spent, revoked }),
            Record::OAuth2Consent(record) => facts.consent = Some(Loaded { record, spent, revoked }),
            _ => {}
        }
    }
    facts
}

pub(crate) fn writes(tenant: Tenant, batch: &Batch) -> Writes {
    let scoped = |family| tenant.family(family);
    let mark = |spend: &Spend<Once>| {
        let (table, id) = match spend.once {
            Once::Pushed(id) => (Table::OAuth2Pushed, id),
            Once::Pending(id) => (Table::OAuth2Pending, id),
            Once::Code(id) => (Table::OAuth2Code, id),
            Once::Refresh(id) => (Table::OAuth2Refresh, id),
            Once::DeviceDecision(id) => (Table::OAuth2DeviceDecision, id),
            Once::Device(id) => (Table::OAuth2Device, id),
            Once::Assertion(id) => (Table::OAuth2Assertion, id),
            Once::Proof(id) => (Table::OAuth2Proof, id),
            Once::Traded(id) => (Table::OAuth2Assertion, id),
            Once::Access(id) => (Table::OAuth2Access, id),
            // The marks of OAuth 1 itself: what is traded is spent there.
            Once::OAuth1Nonce(id) => (Table::OAuth1Nonce, id),
            Once::OAuth1Token(id) => (Table::OAuth1Token, id),
        };
        Mark { key: Key::new(tenant, table, id), at: spend.at, keep_until: spend.keep_until }
    };
    let put = |row: &core::Record| {
        use core::Record as From;
        let (table, id, record) = match row {
            From::Client(id, record) => (Table::OAuth2Client, id, Record::OAuth2Client(record.clone())),
            From::Pushed(id, record) => (Table::OAuth2Pushed, id, Record::OAuth2Pushed(record.clone())),
            From::Pending(id, record) => (Table::OAuth2Pending, id, Record::OAuth2Pending(record.clone())),
            From::Code(id, record) => (Table::OAuth2Code, id, Record::OAuth2Code(record.clone())),
            From::Access(id, record) => (Table::OAuth2Access, id, Record::OAuth2Access(record.clone())),
            From::Refresh(id, record) => (Table::OAuth2Refresh, id, Record::OAuth2Refresh(record.clone())),
            From::Device(id, record) => (Table::OAuth2Device, id, Record::OAuth2Device(record.clone())),
            From::UserCode(id, record) => (Table::OAuth2UserCode, id, Record::OAuth2UserCode(record.clone())),
            From::DeviceDecision(id, record) => {
                (Table::OAuth2DeviceDecision, id, Record::OAuth2DeviceDecision(record.clone()))
            }
            From::Polls(id, polls) => (Table::OAuth2Polls, id, Record::OAuth2Polls(*polls)),
            From::Consent(id, record) => (Table::OAuth2Consent, id, Record::OAuth2Consent(record.clone())),
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
