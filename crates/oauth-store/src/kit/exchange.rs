//! A batch as a token endpoint writes it, and what is there of it: for tests of what becomes of half of one.

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Outcome, Timestamp};
use oauth2_core::Scopes;
use oauth2_core::server::{Access, Authorization};

use super::{ISSUER, NOW};
use crate::{Key, Mark, Put, Record, Store, Table, Tenant, Writes};

/// What its rows are revoked with.
pub const FAMILY: Family = Family::from_bytes([7; 16]);
/// Until when all of it is kept.
pub const LATER: Timestamp = Timestamp::from_unix(1_000_000);

/// A batch as a token endpoint has it: a ticket is spent, and two rows are put under names of its own.
pub fn exchange(ticket: &str) -> Writes {
    let put =
        |key| Put { key, record: access(ticket), keep_until: Some(LATER), families: [Some(FAMILY), None] };
    Writes { spend: vec![mark(ticket)], put: rows(ticket).map(put).into(), revoke: Vec::new() }
}

/// Commits such a batch for the first time.
pub async fn write(store: &impl Store, ticket: impl ToString) {
    assert_eq!(
        store.commit(exchange(&ticket.to_string())).await.expect("the store answers"),
        Outcome::Applied
    );
}

/// What is there of such a batch: `None` when nothing is.
pub async fn is_whole(store: &impl Store, ticket: &str) -> Option<bool> {
    // What is still being written is waited for, or loses: nothing of it comes behind this.
    let spent = store
        .commit(Writes { spend: vec![mark(ticket)], ..Writes::default() })
        .await
        .expect("the store answers");
    let there = store
        .load(&rows(ticket))
        .await
        .expect("the store answers")
        .iter()
        .filter(|row| row.is_some())
        .count();
    match (there, spent) {
        (0, Outcome::Applied) => None,
        (2, Outcome::Lost(0)) => Some(true),
        _ => Some(false),
    }
}

fn rows(ticket: &str) -> [Key; 2] {
    [key(Table::OAuth2Access, ticket), key(Table::OAuth2Refresh, ticket)]
}

fn mark(ticket: &str) -> Mark {
    Mark { key: key(Table::OAuth2Code, ticket), at: NOW, keep_until: LATER }
}

fn key(table: Table, name: &str) -> Key {
    Key::new(Tenant::of(ISSUER), table, Digest::of(name))
}

fn access(subject: &str) -> Record {
    let authorization = Authorization::new("app", Some(subject.into()), Scopes::none(), FAMILY);
    Record::OAuth2Access(Arc::new(Access {
        authorization: authorization.into(),
        binding: None,
        signed: false,
        claims: None,
        issued: NOW.second(),
        expires: LATER,
    }))
}
