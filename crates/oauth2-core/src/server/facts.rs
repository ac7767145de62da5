//! What a step asks of the store, and what the store knew.

use std::sync::Arc;

use oauth_sansio::{Digest, Loaded};

use super::{Access, Client, Code, Once, Pending, Record, Refresh};

/// Writes that happen together or not at all.
pub type Batch = oauth_sansio::Batch<Once, Record>;

/// The records that a step needs, all in one round trip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// A client, by its identifier as it came over the wire.
    pub client: Option<String>,
    /// A pending request, by the digest of its handle.
    pub pending: Option<Digest>,
    /// An authorization code, by its digest.
    pub code: Option<Digest>,
    /// A refresh token, by its digest.
    pub refresh: Option<Digest>,
    /// An access token, by its digest.
    pub access: Option<Digest>,
}

/// The answer to [`Wanted`]: a field is `None` when it was not wanted or when there is no such record.
///
/// `spent` tells that the [`Once`] of the same name and digest is spent, `revoked` that the record's family is.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The client.
    pub client: Option<Arc<Client>>,
    /// The pending request.
    pub pending: Option<Loaded<Pending>>,
    /// The authorization code.
    pub code: Option<Loaded<Code>>,
    /// The refresh token.
    pub refresh: Option<Loaded<Refresh>>,
    /// The access token.
    pub access: Option<Loaded<Access>>,
}
