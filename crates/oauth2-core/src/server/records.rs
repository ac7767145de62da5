//! What an authorization server keeps. Nothing here can be redeemed: every ticket is stored under its digest.

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Scopes, pkce::Challenge};

/// A request that passed every check and waits for the person's decision. Kept under the digest of its handle.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pending {
    /// The client that asks.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What is asked for.
    pub scopes: Scopes,
    /// What the client wants back unchanged (RFC 6749 section 4.1.1).
    pub state: Option<String>,
    /// What the code will be bound to (RFC 7636 section 4.4).
    pub code_challenge: Challenge,
    /// The browser that began.
    pub browser: Digest,
    /// From this second on it is too late to decide.
    pub expires: Timestamp,
}

/// An authorization code (RFC 6749 section 4.1.2). Kept under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code {
    /// The client it was issued to.
    pub client_id: String,
    /// The resource owner.
    pub subject: String,
    /// Where it was sent.
    pub redirect_uri: String,
    /// What was granted.
    pub scopes: Scopes,
    /// What the verifier must match. There is no code without one.
    pub code_challenge: Challenge,
    /// All that grows from it.
    pub family: Family,
    /// From this second on it is dead.
    pub expires: Timestamp,
}

/// An access token (RFC 6749 section 1.4). Kept under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    /// The client it was issued to.
    pub client_id: String,
    /// The resource owner; `None` when the client acts for itself.
    pub subject: Option<String>,
    /// What it opens.
    pub scopes: Scopes,
    /// What it is revoked with.
    pub family: Family,
    /// When it was issued.
    pub issued: Timestamp,
    /// From this second on it is dead.
    pub expires: Timestamp,
}

/// A refresh token (RFC 6749 section 1.5). Kept under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refresh {
    /// The client it was issued to.
    pub client_id: String,
    /// The resource owner.
    pub subject: String,
    /// What was granted; a successor keeps all of it, whatever one access token was narrowed to.
    pub scopes: Scopes,
    /// What it is revoked with.
    pub family: Family,
    /// When it was issued.
    pub issued: Timestamp,
    /// From this second on it is dead, unless it was used before; never later than `family_expires`.
    pub expires: Timestamp,
    /// From this second on the whole family needs a new authorization; rotation does not move it.
    pub family_expires: Timestamp,
}

/// A new row and the digest it is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// Under the digest of its handle.
    Pending(Digest, Arc<Pending>),
    /// Under the digest of the code.
    Code(Digest, Arc<Code>),
    /// Under the digest of the token.
    Access(Digest, Arc<Access>),
    /// Under the digest of the token.
    Refresh(Digest, Arc<Refresh>),
}

impl Record {
    /// When the row may be swept; `None` when never.
    pub fn keep_until(&self) -> Option<Timestamp> {
        let expires = match self {
            Self::Pending(_, pending) => pending.expires,
            Self::Code(_, code) => code.expires,
            Self::Access(_, access) => access.expires,
            // A spent refresh token must be known for what it is as long as its family lives: its use is the
            // alarm. The family ends here at the latest.
            Self::Refresh(_, refresh) => refresh.family_expires,
        };
        Some(kept_until(expires))
    }

    /// What the row is revoked with; `None` when nothing has grown from it.
    pub fn family(&self) -> Option<Family> {
        match self {
            Self::Pending(..) => None,
            Self::Code(_, code) => Some(code.family),
            Self::Access(_, access) => Some(access.family),
            Self::Refresh(_, refresh) => Some(refresh.family),
        }
    }
}

/// A thing that works once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Once {
    /// A decision on a pending request.
    Pending(Digest),
    /// An authorization code.
    Code(Digest),
    /// A refresh token.
    Refresh(Digest),
}

/// How long rows and spend marks stay behind the expiry of what they stand for: a request that was checked just in
/// time may commit late, and must still find them.
pub const RETENTION_MARGIN: std::time::Duration = std::time::Duration::from_secs(3600);

/// When what expires at `expires` may be forgotten.
pub(super) fn kept_until(expires: Timestamp) -> Timestamp {
    expires.plus(RETENTION_MARGIN)
}
