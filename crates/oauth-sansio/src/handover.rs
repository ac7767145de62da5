//! An authorization that leaves OAuth 1 for OAuth 2: what one core proves, and the other one trades.

use std::sync::Arc;

use crate::{Digest, Family, Secret, Spend, Tick, Timestamp};

/// Token credentials of OAuth 1 that a signed request was made with. Whoever has this has checked the signature; nothing
/// is spent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Handover {
    /// The client that signed, and that the credentials belong to.
    pub client_id: String,
    /// The resource owner who allowed it.
    pub subject: Arc<str>,
    /// What was allowed.
    pub realms: Arc<[String]>,
    /// What a revocation names. It names what comes of the trade, too.
    pub family: Family,
    /// From this time on nothing of the authorization is worth anything; `None` for until revoked.
    pub until: Option<Timestamp>,
    /// The identifier of the credentials, as it was presented.
    pub token: Secret,
    /// When they were spent; `None` while they are not.
    pub spent: Option<Tick>,
    /// What the request itself leaves behind; `None` where it has no nonce, which only `PLAINTEXT` may do without.
    pub nonce: Option<Spend<Digest>>,
    /// What a trade leaves behind: from then on the credentials open nothing.
    pub trade: Spend<Digest>,
}
