//! An authorization that waits for the browser to come back.

use std::sync::Arc;

use oauth_sansio::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::SignedMode;
use crate::{Scopes, pkce::Verifier};

/// What was sent with an authorization request, and must be compared with its answer.
///
/// Plain serde data. It belongs into the session of the browser that was sent away, and nowhere else
/// (RFC 6749 section 10.12): take it out, call [`callback`](Self::callback), and put back what that returns.
/// Written out, it contains secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub(super) issuer: Arc<str>,
    pub(super) client_id: Arc<str>,
    pub(super) redirect_uri: Arc<str>,
    #[serde(with = "oauth_sansio::secret::exposed")]
    pub(super) state: Secret,
    #[serde(with = "verifier")]
    pub(super) verifier: Verifier,
    pub(super) scope: Scopes,
    /// Where the tokens are for: the token request names it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<String>,
    /// Which way the answer comes when it must be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signed: Option<SignedMode>,
    pub(super) created: Timestamp,
    pub(super) expires: Timestamp,
}

impl Pending {
    /// The `state` of the request. A session that has several authorizations under way finds the right one by it; in an answer
    /// that is signed there is [`unverified_state`](super::unverified_state).
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// The issuer that the browser was sent to.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// When the browser was sent away.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// When it is too late to come back.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

mod verifier {
    use oauth_sansio::secret::exposed;
    use serde::{Deserializer, Serializer, de::Error as _};

    use crate::pkce::Verifier;

    pub(super) fn serialize<S: Serializer>(verifier: &Verifier, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(verifier.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Verifier, D::Error> {
        Verifier::parse(exposed::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
