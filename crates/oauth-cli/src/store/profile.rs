//! What a login is: where, who, and for what.

use oauth_sansio::Secret;
use oauth2_core::{
    Scopes,
    client::{Client, Keeper, Registered},
};
use serde::{Deserialize, Serialize};

use super::dpop;
use crate::remote::{Failure, Found, Identity};

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
    /// How they came.
    #[serde(default)]
    pub(crate) way: Way,
}

/// By which command tokens came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    #[default]
    Login,
    ClientCredentials,
    Exchange,
}

impl Way {
    /// What to do when they have ended.
    pub(crate) fn again(self, name: &str) -> String {
        match self {
            Self::Login => format!("log in again: oauth login --name {name}"),
            Self::ClientCredentials => {
                format!(
                    "get another one with the same server and client: oauth client-credentials --name {name}"
                )
            }
            Self::Exchange => {
                format!("trade for another one with the same server and client: oauth exchange --name {name}")
            }
        }
    }
}

impl Profile {
    /// The client that the tokens are of.
    pub(crate) fn client(&self, redirect_uri: Option<String>) -> anyhow::Result<Client> {
        let dpop = self.dpop_key.as_ref().map(dpop::key).transpose()?;
        self.client.client(&self.server, dpop, redirect_uri)
    }

    /// Keeps its tokens, and renews them in the way that they came and for what they came for (RFC 8707 section 2.2).
    pub(crate) fn keeper(&self) -> anyhow::Result<Keeper> {
        let client = self.client(None)?;
        let mut keeper = match self.way {
            Way::ClientCredentials => Keeper::client_credentials(client, self.scope.clone()),
            Way::Login | Way::Exchange => Keeper::new(client),
        };
        for resource in &self.resources {
            keeper = keeper.resource(resource).map_err(Failure::from)?;
        }
        Ok(keeper)
    }
}
