//! Tickets and tokens: what a client redeems or presents.

use std::sync::Arc;

use oauth_sansio::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Authorization, Binding, JsonText};
use crate::pkce::Challenge;

/// An authorization code (RFC 6749 section 4.1.2). Kept under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code {
    /// What was granted.
    pub authorization: Arc<Authorization>,
    /// Where it was sent.
    pub redirect_uri: String,
    /// What the verifier must match. There is no code without one.
    pub code_challenge: Challenge,
    /// The key that the redeemer must prove to hold (RFC 9449 section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Digest>,
    /// From this second on it is dead.
    pub expires: Timestamp,
}

/// An access token (RFC 6749 section 1.4). Kept under its digest, or, where it is a JWT, under the digest of its `jti`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    /// What it opens, for whom.
    pub authorization: Arc<Authorization>,
    /// Whom it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// It is a JWT. Its `jti`, under which it is kept, is no secret: whoever presents that has presented nothing.
    #[serde(default)]
    pub signed: bool,
    /// What the operator had said of it besides: a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<JsonText>,
    /// When it was issued.
    pub issued: Timestamp,
    /// From this second on it is dead.
    pub expires: Timestamp,
}

/// A refresh token (RFC 6749 section 1.5). Kept under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refresh {
    /// What was granted; a successor keeps all of it, whatever one access token was narrowed to.
    pub authorization: Arc<Authorization>,
    /// Whom it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// When it was issued.
    pub issued: Timestamp,
    /// From this second on it is dead, unless it was used before; never later than `family_expires`.
    pub expires: Timestamp,
    /// From this second on the whole family needs a new authorization; rotation does not move it.
    pub family_expires: Timestamp,
}
