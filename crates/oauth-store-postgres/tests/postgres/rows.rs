//! Rows to write, and what is there of them.

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Outcome, Timestamp};
use oauth_store::{Key, Mark, Put, Record, Store, Table, Tenant, Writes};
use oauth_store_postgres::PostgresStore;
use oauth2_core::Scopes;
use oauth2_core::server::{Access, Authorization};

const NOW: Timestamp = Timestamp::from_unix(500);
pub(crate) const FAMILY: Family = Family::from_bytes([7; 16]);
pub(crate) const LATER: Timestamp = Timestamp::from_unix(1_000_000);

/// A batch as a token endpoint has it: a ticket is spent, and two rows are put under names of its own.
pub(crate) fn exchange(ticket: &str) -> Writes {
    let put =
        |key| Put { key, record: access(ticket), keep_until: Some(LATER), families: [Some(FAMILY), None] };
    Writes { spend: vec![mark(ticket)], put: rows(ticket).map(put).into(), revoke: Vec::new() }
}

/// Commits such a batch for the first time.
pub(crate) async fn write(store: &PostgresStore, ticket: impl ToString) {
    assert_eq!(store.commit(exchange(&ticket.to_string())).await.unwrap(), Outcome::Applied);
}

/// What is there of such a batch: `None` when nothing is.
pub(crate) async fn is_whole(store: &PostgresStore, ticket: &str) -> Option<bool> {
    // What is still being written is waited for, or loses: nothing of it comes behind this.
    let spent = store.commit(Writes { spend: vec![mark(ticket)], ..Writes::default() }).await.unwrap();
    let there = store.load(&rows(ticket)).await.unwrap().iter().filter(|row| row.is_some()).count();
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
    Key::new(Tenant::of("https://as.example.com"), table, Digest::of(name))
}

fn access(subject: &str) -> Record {
    let authorization = Authorization::new("app", Some(subject.into()), Scopes::none(), FAMILY);
    Record::OAuth2Access(Arc::new(Access {
        authorization: authorization.into(),
        binding: None,
        signed: false,
        claims: None,
        issued: NOW,
        expires: LATER,
    }))
}
