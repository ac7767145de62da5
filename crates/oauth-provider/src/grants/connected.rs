//! The applications that a person has allowed something.

use std::collections::BTreeMap;

use oauth_hyper_server::Protocol;
use oauth_sansio::{Digest, Timestamp};
use oauth_store::{Key, Record, Row, StoreError, Table};

use super::{Grant, Grants, Whose};

/// Rows of one person that are looked at to tell which applications are connected.
const MOST_ROWS: usize = 16_384;

/// An application that a person has allowed something, and may still use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// How it speaks.
    pub protocol: Protocol,
    /// Its identifier.
    pub client_id: String,
    /// All that it may do, scope by scope or realm by realm.
    pub scopes: Vec<String>,
    /// When the oldest grant that is still remembered was made, where it is known.
    pub since: Option<Timestamp>,
    /// When it last got a token, where it is known.
    pub last: Option<Timestamp>,
}

impl Grants {
    /// The applications that can still act for a person, by name of the protocol and identifier. Of a person with more rows
    /// than anybody has, the first 16 384 count.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn connected(&self, subject: &str, now: Timestamp) -> Result<Vec<Connected>, StoreError> {
        let mut found = BTreeMap::new();
        self.each(Whose::Subject(subject), MOST_ROWS, |rows| {
            rows.iter().for_each(|row| note(&mut found, row, now));
            (Vec::new(), true)
        })
        .await?;
        Ok(found.into_values().filter_map(|(alive, app)| alive.then_some(app)).collect())
    }

    /// What applications are called, in their order; `None` for one that is not registered any more. Those that the store knows
    /// are one load.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn names(&self, apps: &[Connected]) -> Result<Vec<Option<String>>, StoreError> {
        let keys: Vec<_> = apps
            .iter()
            .map(|app| {
                let table = match app.protocol {
                    Protocol::OAuth1 => Table::OAuth1Client,
                    Protocol::OAuth2 => Table::OAuth2Client,
                };
                Key::new(self.store.tenant(), table, Digest::of(&app.client_id))
            })
            .collect();
        let rows = self.store.store().load(&keys).await?;
        let mut names = Vec::with_capacity(apps.len());
        for (app, row) in apps.iter().zip(rows) {
            names.push(match row {
                Some(Row { record: Record::OAuth1Client(client), revoked: false, .. }) => {
                    Some(client.name.clone())
                }
                Some(Row { record: Record::OAuth2Client(client), revoked: false, .. }) => {
                    Some(client.name.clone())
                }
                // It may be registered elsewhere.
                _ => self.name(app.protocol, &app.client_id).await?,
            });
        }
        Ok(names)
    }

    /// What an application is called; `None` when it is not registered any more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn name(&self, protocol: Protocol, client_id: &str) -> Result<Option<String>, StoreError> {
        Ok(match protocol {
            Protocol::OAuth1 => {
                let wanted = oauth1_core::server::Wanted {
                    client: Some(client_id.to_owned()),
                    ..oauth1_core::server::Wanted::default()
                };
                self.store.load_oauth1(&wanted).await?.client.map(|client| client.name.clone())
            }
            Protocol::OAuth2 => {
                let wanted = oauth2_core::server::Wanted {
                    client: Some(client_id.to_owned()),
                    ..oauth2_core::server::Wanted::default()
                };
                self.store.load_oauth2(&wanted).await?.client.map(|client| client.name.clone())
            }
        })
    }
}

type Found = BTreeMap<(Protocol, String), (bool, Connected)>;

fn note(found: &mut Found, row: &Row, now: Timestamp) {
    let Some(part) = Grant::of(&row.record) else { return };
    let Grant { protocol, client_id, scopes, since, ends, .. } = part;
    let (alive, app) = found.entry((protocol, client_id.clone())).or_insert_with(|| {
        (false, Connected { protocol, client_id, scopes: Vec::new(), since: None, last: None })
    });
    app.since = app.since.into_iter().chain(since).min();
    app.last = app.last.max(since);
    if row.spent.is_none() && ends.is_none_or(|ends| now < ends) {
        *alive = true;
        app.scopes.extend(scopes);
        app.scopes.sort_unstable();
        app.scopes.dedup();
    }
}
