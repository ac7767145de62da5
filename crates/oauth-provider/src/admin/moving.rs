//! Clients and users on their way to another provider, a thing a line (JSON Lines), with their secrets.

use std::sync::Arc;

use oauth_store::{Owner, Record, Table};
use oauth1_core::server as core1;
use oauth2_core::server as core2;
use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};
use crate::{AddUserError, MovedUser};

/// Rows that are read at once.
const PAGE: usize = 256;

/// One line: everything that is kept of a client or a user.
///
/// Secrets of clients of OAuth 2 and passwords are digests and hashes; the secrets that OAuth 1 and `client_secret_jwt` sign
/// with stand there readable.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// A client of OAuth 1.
    #[serde(rename = "oauth1_client")]
    OAuth1Client(Arc<core1::Client>),
    /// A client of OAuth 2.
    #[serde(rename = "oauth2_client")]
    OAuth2Client(Arc<core2::Client>),
    /// A user.
    User(MovedUser),
}

/// What became of what was moved here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// How many there are now that were not there before.
    pub imported: usize,
    /// Identifiers and names that are given out here already. Nothing was changed of them.
    pub taken: Vec<String>,
}

impl Admin {
    /// All clients and users.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn export(&self) -> Result<Vec<Moved>, AdminError> {
        let mut moved = Vec::new();
        for table in [Table::OAuth1Client, Table::OAuth2Client] {
            let mut after = None;
            loop {
                let owner = Owner::Table(self.store.tenant(), table);
                let page = self.store.store().list(owner, after, PAGE).await?;
                let there = page.rows.into_iter().filter(|(_, row)| !row.revoked);
                moved.extend(there.filter_map(|(_, row)| match row.record {
                    Record::OAuth1Client(client) => Some(Moved::OAuth1Client(client)),
                    Record::OAuth2Client(client) => Some(Moved::OAuth2Client(client)),
                    _ => None,
                }));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        if let Some(users) = &self.users {
            let mut after = None;
            loop {
                let (page, next) = users.export(after, PAGE).await?;
                moved.extend(page.into_iter().map(Moved::User));
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(moved)
    }

    /// Takes in what was exported elsewhere, or here; what is given out already stays as it is. It can be done again.
    ///
    /// # Errors
    /// When one of them cannot be as it is described; those before it are there then. Those of the store.
    pub async fn import(&self, moved: impl IntoIterator<Item = Moved>) -> Result<Imported, AdminError> {
        let mut told = Imported::default();
        for one in moved {
            let (name, outcome) = match one {
                Moved::OAuth1Client(client) => {
                    (client.client_id.clone(), self.import_client(Record::OAuth1Client(client)).await)
                }
                Moved::OAuth2Client(client) => {
                    client.check()?;
                    (client.client_id.to_string(), self.import_client(Record::OAuth2Client(client)).await)
                }
                Moved::User(user) => {
                    let name = user.name.clone();
                    let added = self.stored_users()?.import(user).await;
                    (name, added.map(drop).map_err(AddUserError::into))
                }
            };
            match outcome {
                Ok(()) => told.imported += 1,
                Err(AdminError::Taken) => told.taken.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }

    async fn import_client(&self, record: Record) -> Result<(), AdminError> {
        self.create(record, self.clock.moment()?.now()).await
    }
}
