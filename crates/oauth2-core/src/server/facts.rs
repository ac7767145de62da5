//! What a step asks of the store, and what the store knew.

use std::sync::Arc;

use oauth_sansio::{Digest, Loaded};

use super::{
    Access, Client, Code, Consent, Device, DeviceDecision, Once, Pending, Polls, Pushed, Record, Refresh,
    UserCode,
};
use crate::jose::JwkSet;

/// Writes that happen together or not at all.
pub type Batch = oauth_sansio::Batch<Once, Record>;

/// The records that a step needs, all in one round trip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// A client, by its identifier as it came over the wire.
    pub client: Option<String>,
    /// What else.
    pub rows: Vec<Want>,
}

/// One thing that a step needs, by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Want {
    /// A pushed request, by that of its `request_uri`.
    Pushed(Digest),
    /// A pending request, by that of its handle.
    Pending(Digest),
    /// An authorization code.
    Code(Digest),
    /// A refresh token.
    Refresh(Digest),
    /// An access token.
    Access(Digest),
    /// Another access token: the actor's (RFC 8693 section 2.1).
    Actor(Digest),
    /// A device, its decision and its polls, by that of the device code.
    Device(Digest),
    /// A user code.
    UserCode(Digest),
    /// What a person granted before, by [`Consent::key`].
    Consent(Digest),
}

impl Want {
    /// The digest that it is kept under.
    pub fn id(&self) -> Digest {
        match self {
            Self::Pushed(id)
            | Self::Pending(id)
            | Self::Code(id)
            | Self::Refresh(id)
            | Self::Access(id)
            | Self::Actor(id)
            | Self::Device(id)
            | Self::UserCode(id)
            | Self::Consent(id) => *id,
        }
    }
}

impl Wanted {
    /// A client and nothing else.
    pub(crate) fn client(client_id: impl Into<String>) -> Self {
        Self { client: Some(client_id.into()), rows: Vec::new() }
    }
}

impl From<Want> for Wanted {
    fn from(want: Want) -> Self {
        Self { client: None, rows: vec![want] }
    }
}

/// The answer to [`Wanted`]: a field is `None` when it was not wanted or when there is no such record.
///
/// `spent` tells when the [`Once`] of the same name and digest was spent, `revoked` that one of the record's families
/// is. A client whose family is revoked was deleted: it is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Facts {
    /// The client.
    pub client: Option<Arc<Client>>,
    /// The client was deleted. It is not looked for anywhere else.
    pub client_deleted: bool,
    /// The keys of the client, where they had to be fetched ([`ClientKeys::Uri`](super::ClientKeys::Uri)). No store knows
    /// them.
    pub client_keys: Option<Arc<JwkSet>>,
    /// The keys of a trusted issuer, where they had to be fetched. No store knows them either.
    pub issuer_keys: Option<Arc<JwkSet>>,
    /// The pushed request.
    pub pushed: Option<Loaded<Pushed>>,
    /// The pending request.
    pub pending: Option<Loaded<Pending>>,
    /// The authorization code.
    pub code: Option<Loaded<Code>>,
    /// The refresh token.
    pub refresh: Option<Loaded<Refresh>>,
    /// The access token.
    pub access: Option<Loaded<Access>>,
    /// The actor's access token.
    pub actor: Option<Loaded<Access>>,
    /// The device.
    pub device: Option<Loaded<Device>>,
    /// The decision about the device.
    pub decision: Option<Loaded<DeviceDecision>>,
    /// How the device polls.
    pub polls: Option<Polls>,
    /// The user code.
    pub user_code: Option<Loaded<UserCode>>,
    /// What the person granted before.
    pub consent: Option<Loaded<Consent>>,
}
