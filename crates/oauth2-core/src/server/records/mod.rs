//! What an authorization server keeps. Nothing here can be redeemed: every ticket is stored under its digest.

mod authorization;
mod requests;
mod tickets;

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Timestamp};
use serde::{Deserialize, Serialize};

pub use authorization::{Actor, Authorization, Binding, JsonText};
pub use requests::{
    Asked, Consent, Device, DeviceDecision, Goal, ImplicitRequested, Pending, Polls, Pushed, Requested,
    ResponseMode, UserCode, Wish,
};
pub use tickets::{Access, Code, Refresh};

use super::Client;

/// A new row and the digest it is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(model, derive(Hash))]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// Under [`Client::key`]; it replaces the one that was there.
    Client(Digest, Arc<Client>),
    /// Under the digest of its `request_uri`.
    Pushed(Digest, Arc<Pushed>),
    /// Under the digest of its handle.
    Pending(Digest, Arc<Pending>),
    /// Under the digest of the code.
    Code(Digest, Arc<Code>),
    /// Under the digest of the token.
    Access(Digest, Arc<Access>),
    /// Under the digest of the token.
    Refresh(Digest, Arc<Refresh>),
    /// Under the digest of the `device_code`.
    Device(Digest, Arc<Device>),
    /// Under the digest of the user code.
    UserCode(Digest, Arc<UserCode>),
    /// Under the digest of the `device_code`.
    DeviceDecision(Digest, Arc<DeviceDecision>),
    /// Under the digest of the `device_code`; it replaces the one that was there.
    Polls(Digest, Polls),
    /// Under [`Consent::key`]; it replaces the one that was there.
    Consent(Digest, Arc<Consent>),
}

impl Record {
    /// When the row may be swept; `None` when never.
    pub fn keep_until(&self) -> Option<Timestamp> {
        let expires = match self {
            Self::Client(_, client) => client.expires?,
            Self::Pushed(_, pushed) => pushed.expires,
            Self::Pending(_, pending) => pending.expires,
            Self::Code(_, code) => code.expires,
            Self::Access(_, access) => access.expires,
            // A spent refresh token must be known for what it is as long as its family lives: its use is the
            // alarm. The family ends here at the latest.
            Self::Refresh(_, refresh) => refresh.family_expires,
            Self::Device(_, device) => device.expires,
            Self::UserCode(_, code) => code.asks.expires,
            Self::DeviceDecision(_, decision) => decision.expires,
            Self::Polls(_, polls) => polls.expires,
            Self::Consent(_, consent) => consent.expires,
        };
        Some(kept_until(expires))
    }

    /// What the row is revoked with: what it grew from, and its client.
    pub fn families(&self) -> [Option<Family>; 2] {
        match self {
            Self::Client(_, client) => [None, Some(client.family())],
            Self::Code(_, code) => of(&code.authorization),
            Self::Access(_, access) => of(&access.authorization),
            Self::Refresh(_, refresh) => of(&refresh.authorization),
            Self::DeviceDecision(_, decision) => decision.granted.as_deref().map_or([None; 2], of),
            Self::Pushed(_, pushed) => [None, Some(pushed.client_id.family())],
            Self::Pending(_, pending) => [None, Some(pending.client_id.family())],
            Self::Device(_, device) => [None, Some(device.client_id.family())],
            Self::UserCode(_, code) => [None, Some(code.asks.client_id.family())],
            Self::Consent(_, consent) => [Some(consent.family), Some(consent.client_id.family())],
            Self::Polls(..) => [None; 2],
        }
    }
}

fn of(authorization: &Authorization) -> [Option<Family>; 2] {
    [Some(authorization.family), Some(authorization.client_id.family())]
}

/// A thing that works once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Once {
    /// A pushed request (RFC 9126 section 7.3).
    Pushed(Digest),
    /// A decision on a pending request.
    Pending(Digest),
    /// An authorization code.
    Code(Digest),
    /// A refresh token.
    Refresh(Digest),
    /// A decision about a device.
    DeviceDecision(Digest),
    /// A device code (RFC 8628 section 3.4).
    Device(Digest),
    /// The `jti` of an assertion, with its issuer (RFC 7523 section 3).
    Assertion(Digest),
    /// The `jti` of a DPoP proof, with its key and address (RFC 9449 section 11.1).
    Proof(Digest),
    /// An assertion, or whatever an extension grant takes, that was traded for a token (RFC 7523 section 3).
    Traded(Digest),
    /// An access token that was given back, and nothing else with it.
    Access(Digest),
    /// The nonce of a request that OAuth 1 signed, with the client, token and timestamp it came with (RFC 5849 section 3.3).
    #[serde(rename = "oauth1_nonce")]
    OAuth1Nonce(Digest),
    /// Token credentials of OAuth 1. They are spent where OAuth 1 keeps them.
    #[serde(rename = "oauth1_token")]
    OAuth1Token(Digest),
}

/// How long rows and spend marks stay behind the expiry of what they stand for: a request that was checked just in
/// time may commit late, and must still find them.
pub const RETENTION_MARGIN: std::time::Duration = std::time::Duration::from_secs(3600);

/// When what expires at `expires` may be forgotten.
pub(super) fn kept_until(expires: Timestamp) -> Timestamp {
    expires.plus(RETENTION_MARGIN)
}
