//! Rows: the one shape in which a backend sees everything.

use std::sync::Arc;

use oauth_sansio::secret::exposed_option;
use oauth_sansio::{Digest, Family, Secret, Tick, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StoreError;

/// One issuer among several in one store; part of every key, so that equal identifiers of two issuers never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tenant(u64);

impl Tenant {
    /// The tenant of an issuer, by its identifier.
    pub fn of(issuer: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *Digest::of(issuer).as_bytes();
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// A family of this issuer, as tombstones name it: that of a client follows from its identifier, which another issuer may
    /// have given out as well.
    #[must_use]
    pub fn family(self, family: Family) -> Family {
        let mut bytes = *family.as_bytes();
        for (byte, mine) in bytes.iter_mut().zip(self.0.to_be_bytes()) {
            *byte ^= mine;
        }
        Family::from_bytes(bytes)
    }

    /// The number that stands for it in a backend.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// A tenant by that number, read back from a backend.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }
}

/// What kind of thing a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Table {
    /// Clients of OAuth 1.
    OAuth1Client,
    /// Timestamp and nonce pairs; marks only.
    OAuth1Nonce,
    /// Temporary credentials.
    OAuth1Temporary,
    /// Authorizations of temporary credentials that wait for a person.
    OAuth1Interaction,
    /// What the person decided.
    OAuth1Approval,
    /// Tries of a PIN; marks only.
    OAuth1Try,
    /// Token credentials.
    OAuth1Token,
    /// Clients of OAuth 2.
    OAuth2Client,
    /// Pushed authorization requests.
    OAuth2Pushed,
    /// Authorization requests that wait for a person.
    OAuth2Pending,
    /// Authorization codes.
    OAuth2Code,
    /// Access tokens.
    OAuth2Access,
    /// Refresh tokens.
    OAuth2Refresh,
    /// Devices that wait for their users.
    OAuth2Device,
    /// What the users decided.
    OAuth2DeviceDecision,
    /// How the devices poll.
    OAuth2Polls,
    /// The short codes of devices.
    OAuth2UserCode,
    /// Remembered consents.
    OAuth2Consent,
    /// Used assertions; marks only.
    OAuth2Assertion,
    /// Used DPoP proofs; marks only.
    OAuth2Proof,
    /// People who may log in.
    User,
    /// Who is logged in.
    Login,
    /// Keys that sign tokens.
    SigningKey,
    /// Whatever else a provider keeps.
    Setting,
}

/// Where a row is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Whose it is.
    pub tenant: Tenant,
    /// What it is.
    pub table: Table,
    /// The digest of its name.
    pub id: Digest,
}

impl Key {
    /// A key of these parts.
    pub const fn new(tenant: Tenant, table: Table, id: Digest) -> Self {
        Self { tenant, table, id }
    }
}

/// What a row holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
pub enum Record {
    /// A client of OAuth 1.
    OAuth1Client(Arc<oauth1_core::server::Client>),
    /// Temporary credentials.
    OAuth1Temporary(Arc<oauth1_core::server::Temporary>),
    /// A waiting authorization of temporary credentials.
    OAuth1Interaction(Arc<oauth1_core::server::Interaction>),
    /// A decision on temporary credentials.
    OAuth1Approval(Arc<oauth1_core::server::Approval>),
    /// Token credentials.
    OAuth1Token(Arc<oauth1_core::server::Token>),
    /// A client of OAuth 2.
    OAuth2Client(Arc<oauth2_core::server::Client>),
    /// A waiting authorization request.
    OAuth2Pending(Arc<oauth2_core::server::Pending>),
    /// An authorization code.
    OAuth2Code(Arc<oauth2_core::server::Code>),
    /// An access token.
    OAuth2Access(Arc<oauth2_core::server::Access>),
    /// A refresh token.
    OAuth2Refresh(Arc<oauth2_core::server::Refresh>),
    /// A pushed authorization request.
    OAuth2Pushed(Arc<oauth2_core::server::Pushed>),
    /// A device that waits for its user.
    OAuth2Device(Arc<oauth2_core::server::Device>),
    /// What a user decided about a device.
    OAuth2DeviceDecision(Arc<oauth2_core::server::DeviceDecision>),
    /// How a device polls.
    OAuth2Polls(oauth2_core::server::Polls),
    /// The short code of a device.
    OAuth2UserCode(Arc<oauth2_core::server::UserCode>),
    /// A remembered consent.
    OAuth2Consent(Arc<oauth2_core::server::Consent>),
    /// What a provider keeps of its own: users, logins, keys, settings.
    Own(Arc<Own>),
}

/// What a provider keeps beside the protocols, in a shape that only it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
pub struct Own {
    /// The person that this is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// All of it that may be printed.
    pub value: Value,
    /// What may not: a password's hash, a private key. A [`SealedStore`](crate::SealedStore) encrypts it.
    #[serde(default, with = "exposed_option", skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
}

impl Record {
    /// As text, for a backend that keeps texts.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Unavailable(Box::new(error)))
    }

    /// A record read back.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is not what was written. What it says instead may be secret, so only the place is told.
    pub fn from_json(text: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(text).map_err(|error| {
            let place = format!("no record: {:?} at character {}", error.classify(), error.column());
            StoreError::Corrupt(place.into())
        })
    }

    /// The resource owner whose authorization this is.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::OAuth1Token(token) => Some(&token.subject),
            Self::OAuth2Code(code) => code.authorization.subject.as_deref(),
            Self::OAuth2Access(access) => access.authorization.subject.as_deref(),
            Self::OAuth2Refresh(refresh) => refresh.authorization.subject.as_deref(),
            Self::OAuth2DeviceDecision(decision) => decision.granted.as_ref()?.subject.as_deref(),
            Self::OAuth2Consent(consent) => Some(&consent.subject),
            Self::Own(own) => own.subject.as_deref(),
            _ => None,
        }
    }

    /// The client that this was given to, or that this is.
    pub fn client_id(&self) -> Option<&str> {
        Some(match self {
            Self::OAuth1Client(client) => &client.client_id,
            Self::OAuth1Temporary(temporary) => &temporary.client_id,
            Self::OAuth1Interaction(interaction) => &interaction.client_id,
            Self::OAuth1Approval(_) => return None,
            Self::OAuth1Token(token) => &token.client_id,
            Self::OAuth2Client(client) => &client.client_id,
            Self::OAuth2Pending(pending) => &pending.client_id,
            Self::OAuth2Pushed(pushed) => &pushed.client_id,
            Self::OAuth2Code(code) => &code.authorization.client_id,
            Self::OAuth2Access(access) => &access.authorization.client_id,
            Self::OAuth2Refresh(refresh) => &refresh.authorization.client_id,
            Self::OAuth2Device(device) => &device.client_id,
            Self::OAuth2UserCode(code) => &code.asks.client_id,
            Self::OAuth2DeviceDecision(decision) => &decision.granted.as_ref()?.client_id,
            Self::OAuth2Polls(_) | Self::Own(_) => return None,
            Self::OAuth2Consent(consent) => &consent.client_id,
        })
    }
}

/// A row as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Row {
    /// What it holds.
    pub record: Record,
    /// When a mark with the row's key was made; `None` when there is none.
    pub spent: Option<Tick>,
    /// A tombstone of one of the row's families exists.
    pub revoked: bool,
}

/// A row as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Put {
    /// Where; an older row with this key is replaced.
    pub key: Key,
    /// What.
    pub record: Record,
    /// When it may be swept; `None` for never.
    pub keep_until: Option<Timestamp>,
    /// Whose tombstones kill it: of what it grew from, and of the client that it belongs to, as
    /// [`Tenant::family`] has them.
    pub families: [Option<Family>; 2],
}

/// The mark that a single-use thing is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// What is spent. There need not be a row with this key: a nonce is nothing but its mark.
    pub key: Key,
    /// When it is spent.
    pub at: Tick,
    /// When the mark may be swept.
    pub keep_until: Timestamp,
}

/// Writes that happen together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Writes {
    /// Marks that must not exist yet.
    pub spend: Vec<Mark>,
    /// Rows.
    pub put: Vec<Put>,
    /// Families to write a tombstone for, as [`Tenant::family`] has them; one that has it keeps it.
    pub revoke: Vec<Family>,
}
