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
    /// A pushed request, by the digest of its `request_uri`.
    pub pushed: Option<Digest>,
    /// A pending request, by the digest of its handle.
    pub pending: Option<Digest>,
    /// An authorization code, by its digest.
    pub code: Option<Digest>,
    /// A refresh token, by its digest.
    pub refresh: Option<Digest>,
    /// An access token, by its digest.
    pub access: Option<Digest>,
    /// Another access token, by its digest: the actor's (RFC 8693 section 2.1).
    pub actor: Option<Digest>,
    /// A device, its decision and its polls, by the digest of the device code.
    pub device: Option<Digest>,
    /// A user code, by its digest.
    pub user_code: Option<Digest>,
    /// What a person granted before, by [`Consent::key`].
    pub consent: Option<Digest>,
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
