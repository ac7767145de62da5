//! What a login is: where, who, and for what.

use oauth_sansio::Secret;
use oauth2_core::{
    Scopes,
    client::{Client, Registered},
};
use serde::{Deserialize, Serialize};

use super::dpop;
use crate::remote::{Found, Identity};

/// What it takes to renew tokens, and to log in again. Plain serde data; written out, it contains secrets.
#[derive(Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The server.
    pub(crate) server: Found,
    /// The client.
    pub(crate) client: Identity,
    /// Where it registered itself: what came of it.
    pub(crate) registered: Option<Registered>,
    /// The key that the tokens are bound to.
    #[serde(with = "oauth_sansio::secret::exposed_option")]
    pub(crate) dpop_key: Option<Secret>,
    /// What was asked for.
    pub(crate) scope: Scopes,
    /// Which APIs the tokens are for (RFC 8707).
    pub(crate) resources: Vec<String>,
}

impl Profile {
    /// The client that the tokens are of.
    pub(crate) fn client(&self, redirect_uri: Option<String>) -> anyhow::Result<Client> {
        let dpop = self.dpop_key.as_ref().map(dpop::key).transpose()?;
        self.client.client(&self.server, dpop, redirect_uri)
    }
}
