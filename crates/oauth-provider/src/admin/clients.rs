//! Clients of both protocols.

use std::sync::Arc;
use std::time::Duration;

use oauth_hyper_server::Protocol;
use oauth_sansio::{Digest, Family, Moment, Outcome, Secret, Timestamp};
use oauth_store::{Key, Mark, Owner, Put, Record, Row, Table, Writes};
use oauth1_core::server as core1;
use oauth1_core::signature::AllowedMethods;
use oauth2_core::server::{self as core2, ClientMetadata, Enrolled};
use serde::{Deserialize, Serialize};

use super::{Admin, AdminError};

/// How long the secret before works, unless it is said.
pub(super) const OVERLAP: u64 = 24 * 60 * 60;

/// The longest that it may work.
pub(super) const MAX_OVERLAP: u64 = 90 * 24 * 60 * 60;

/// How long it is known what a client was changed from: longer than any change takes.
const CHANGE: Duration = Duration::from_secs(3600);

/// Bytes of an identifier or a name of a client of OAuth 1.
const MAX_NAME: usize = 512;

/// What is told of a client. Nothing of it is secret.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "protocol", rename_all = "lowercase")]
pub enum Description {
    /// A client of OAuth 1.
    OAuth1(OAuth1Description),
    /// A client of OAuth 2.
    OAuth2(Box<OAuth2Description>),
}

/// A client of OAuth 2.
#[derive(Clone, Debug, Serialize)]
pub struct OAuth2Description {
    /// In the words of RFC 7591 section 2.
    #[serde(flatten)]
    pub metadata: ClientMetadata,
    /// The clients of OAuth 1 whose token credentials it may trade ([`Admin::migrates_from`]).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub migrates_from: Vec<String>,
}

/// A client of OAuth 1 (RFC 5849 section 1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth1Description {
    /// The identifier, `oauth_consumer_key` on the wire; drawn where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What people read.
    pub client_name: String,
    /// Where people may be sent back to, or `oob`.
    pub callbacks: Vec<String>,
    /// Its signature methods; those that are recommended where none are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
}

/// A client that was made or changed, and the secret that nobody is told again.
#[derive(Clone, Debug)]
pub struct Created {
    /// The client as it is now.
    pub client: Description,
    /// Its new secret, where it has one.
    pub secret: Option<Secret>,
}

/// Signature methods that one client may have.
const MAX_METHODS: usize = 16;

impl Admin {
    /// The clients of a protocol in some order that does not change, at most `most` of them behind `after`, and what
    /// the next page begins behind. Removed ones are left out.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn clients(
        &self,
        protocol: Protocol,
        after: Option<Digest>,
        most: usize,
    ) -> Result<(Vec<Description>, Option<Digest>), AdminError> {
        let table = table(protocol);
        let tenant = self.store.tenant();
        let after = after.map(|id| Key::new(tenant, table, id));
        let page = self.store.store().list(Owner::Table(tenant, table), after, most).await?;
        let there = page.rows.iter().filter(|(_, row)| !row.revoked);
        let clients = there.filter_map(|(_, row)| describe(&row.record)).collect();
        Ok((clients, page.next.map(|key| key.id)))
    }

    /// One client.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn client(&self, protocol: Protocol, client_id: &str) -> Result<Description, AdminError> {
        let record = self.record(protocol, client_id).await?;
        describe(&record).ok_or(AdminError::NotFound)
    }

    /// Registers a client of OAuth 2 by its metadata (RFC 7591 section 2), with everything that is served.
    ///
    /// # Errors
    /// [`AdminError::Refused`] when it cannot be as described, [`AdminError::Taken`], or those of the store.
    pub async fn create_oauth2(&self, metadata: &[u8]) -> Result<Created, AdminError> {
        let moment = self.clock.moment()?;
        let now = moment.now();
        let Enrolled { client, secret } = self.server.enrol(metadata, moment).map_err(AdminError::Refused)?;
        let described = Description::from(&client);
        self.create(Record::OAuth2Client(Arc::new(client)), now).await?;
        Ok(Created { client: described, secret })
    }

    /// Registers a client of OAuth 1.
    ///
    /// # Errors
    /// [`AdminError::Unfit`] when it cannot be as described, [`AdminError::Taken`], or those of the store.
    pub async fn create_oauth1(&self, description: OAuth1Description) -> Result<Created, AdminError> {
        let moment = self.clock.moment()?;
        let now = moment.now();
        let (drawn, secret) = two_texts(moment);
        let client = oauth1(description, drawn, secret.clone())?;
        let described = Description::OAuth1(description_of(&client));
        self.create(Record::OAuth1Client(Arc::new(client)), now).await?;
        Ok(Created { client: described, secret: Some(secret) })
    }

    /// Gives a client another secret. In OAuth 2 the one before works for as long as `overlap` says; in OAuth 1 it signs,
    /// and there is one at a time.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], [`AdminError::NoSecret`], [`AdminError::Changed`], or those of the store.
    pub async fn renew_secret(
        &self,
        protocol: Protocol,
        client_id: &str,
        overlap: Duration,
    ) -> Result<Created, AdminError> {
        let before = self.record(protocol, client_id).await?;
        let moment = self.clock.moment()?;
        let now = moment.now();
        let secret = moment.entropy().text();
        let mut record = before.clone();
        match &mut record {
            Record::OAuth1Client(client) => Arc::make_mut(client).secret = secret.clone(),
            Record::OAuth2Client(client) => {
                let renewed = client.authentication.renewed(&secret, now.plus(overlap));
                Arc::make_mut(client).authentication = renewed.ok_or(AdminError::NoSecret)?;
            }
            _ => return Err(AdminError::NotFound),
        }
        let client = self.replace(&before, record, now).await?;
        Ok(Created { client, secret: Some(secret) })
    }

    /// Removes a client with all that it was given. Its identifier is never given out again.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn remove_client(&self, protocol: Protocol, client_id: &str) -> Result<(), AdminError> {
        let record = self.record(protocol, client_id).await?;
        let family = family(&record).ok_or(AdminError::NotFound)?;
        Ok(self.store.revoke([family]).await?)
    }

    /// Puts a record in the place of the one that it was changed from.
    pub(super) async fn replace(
        &self,
        before: &Record,
        record: Record,
        now: Timestamp,
    ) -> Result<Description, AdminError> {
        let client = describe(&record).ok_or(AdminError::NotFound)?;
        let change = Mark { key: self.change(before)?, at: now.into(), keep_until: now.plus(CHANGE) };
        match self.store.store().commit(self.put(record, vec![change])?).await? {
            Outcome::Applied => Ok(client),
            Outcome::Lost(_) => Err(AdminError::Changed),
        }
    }

    pub(super) async fn record(&self, protocol: Protocol, client_id: &str) -> Result<Record, AdminError> {
        match self.row(self.key(protocol, client_id)).await? {
            Some(Row { record, revoked: false, .. }) => Ok(record),
            _ => Err(AdminError::NotFound),
        }
    }

    async fn row(&self, key: Key) -> Result<Option<Row>, AdminError> {
        Ok(self.store.store().load(&[key]).await?.pop().flatten())
    }

    /// A row that was not there before. That an identifier is given out is spent, so of two that want it one gets it.
    pub(super) async fn create(&self, record: Record, now: Timestamp) -> Result<(), AdminError> {
        let key = self.key_of(&record).ok_or(AdminError::NotFound)?;
        if self.row(key).await?.is_some() {
            return Err(AdminError::Taken);
        }
        let taken = Mark { key, at: now.into(), keep_until: Timestamp::from_unix(u64::MAX) };
        match self.store.store().commit(self.put(record, vec![taken])?).await? {
            Outcome::Applied => Ok(()),
            Outcome::Lost(_) => Err(AdminError::Taken),
        }
    }

    fn put(&self, record: Record, spend: Vec<Mark>) -> Result<Writes, AdminError> {
        let key = self.key_of(&record).ok_or(AdminError::NotFound)?;
        let families = [None, family(&record).map(|family| self.store.tenant().family(family))];
        let keep_until = match &record {
            Record::OAuth2Client(client) => core2::Record::Client(key.id, client.clone()).keep_until(),
            _ => None,
        };
        let put = vec![Put { key, record, keep_until, families }];
        Ok(Writes { spend, put, ..Writes::default() })
    }

    /// What is spent when a record is changed: of two that change the same one, one does.
    fn change(&self, before: &Record) -> Result<Key, AdminError> {
        let text =
            serde_json::to_vec(before).map_err(|error| oauth_store::StoreError::Corrupt(error.into()))?;
        let id = Digest::of_parts(&[b"change", &text]);
        Ok(Key::new(self.store.tenant(), Table::Setting, id))
    }

    fn key(&self, protocol: Protocol, client_id: &str) -> Key {
        Key::new(self.store.tenant(), table(protocol), Digest::of(client_id))
    }

    fn key_of(&self, record: &Record) -> Option<Key> {
        match record {
            Record::OAuth1Client(client) => Some(self.key(Protocol::OAuth1, &client.client_id)),
            Record::OAuth2Client(client) => Some(self.key(Protocol::OAuth2, &client.client_id)),
            _ => None,
        }
    }
}

const fn table(protocol: Protocol) -> Table {
    match protocol {
        Protocol::OAuth1 => Table::OAuth1Client,
        Protocol::OAuth2 => Table::OAuth2Client,
    }
}

fn describe(record: &Record) -> Option<Description> {
    match record {
        Record::OAuth1Client(client) => Some(Description::OAuth1(description_of(client))),
        Record::OAuth2Client(client) => Some(client.as_ref().into()),
        _ => None,
    }
}

impl From<&core2::Client> for Description {
    fn from(client: &core2::Client) -> Self {
        let migrates_from = client.migrates_from.clone();
        Self::OAuth2(Box::new(OAuth2Description { metadata: client.into(), migrates_from }))
    }
}

fn family(record: &Record) -> Option<Family> {
    match record {
        Record::OAuth1Client(client) => Some(client.family()),
        Record::OAuth2Client(client) => Some(client.family()),
        _ => None,
    }
}

fn description_of(client: &core1::Client) -> OAuth1Description {
    let callbacks = match &client.callbacks {
        core1::Callbacks::Registered(list) => list.clone(),
        core1::Callbacks::Established(uri) => vec![uri.clone()],
        core1::Callbacks::Any => Vec::new(),
    };
    OAuth1Description {
        client_id: Some(client.client_id.clone()),
        client_name: client.name.clone(),
        callbacks,
        methods: Some(client.methods.names().map(str::to_owned).collect()),
    }
}

fn oauth1(
    description: OAuth1Description,
    drawn: Secret,
    secret: Secret,
) -> Result<core1::Client, AdminError> {
    let client_id = description.client_id.unwrap_or_else(|| drawn.expose().to_owned());
    let is_name = |text: &str| (1..=MAX_NAME).contains(&text.len()) && !text.contains(char::is_control);
    if !is_name(&client_id) || !is_name(&description.client_name) {
        return Err(AdminError::Unfit(
            "client_id and client_name have 1 to 512 bytes without control characters",
        ));
    }
    if !description.callbacks.iter().all(|callback| core1::Callback::is_well_formed(callback)) {
        return Err(AdminError::Unfit("a callback is an absolute URI without a fragment, or oob"));
    }
    let methods = description.methods.map_or_else(AllowedMethods::default, AllowedMethods::new);
    if methods.names().count() > MAX_METHODS || !methods.names().all(is_name) {
        return Err(AdminError::Unfit("methods are up to 16 names"));
    }
    Ok(core1::Client {
        client_id,
        name: description.client_name,
        secret,
        public_key: None,
        callbacks: core1::Callbacks::Registered(description.callbacks),
        methods,
    })
}

fn two_texts(moment: Moment) -> (Secret, Secret) {
    let mut entropy = moment.entropy();
    (entropy.text(), entropy.text())
}
