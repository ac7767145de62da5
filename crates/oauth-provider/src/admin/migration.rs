//! Which token credentials of OAuth 1 a client of OAuth 2 may trade for tokens.

use std::sync::Arc;

use oauth_hyper_server::Protocol;
use oauth_store::Record;
use oauth2_core::server::GrantType;

use super::{Admin, AdminError, Description};

/// How many clients of OAuth 1 one of OAuth 2 may take the place of.
const MOST: usize = 32;

impl Admin {
    /// Lets a client of OAuth 2 trade what these clients of OAuth 1 were given, and nothing of others. Without any it trades
    /// nothing any more; what it has traded stays.
    ///
    /// # Errors
    /// [`AdminError::NotFound`] when there is no such client of OAuth 2, [`AdminError::Unfit`] when it cannot be,
    /// [`AdminError::Changed`], or those of the store.
    pub async fn migrates_from(
        &self,
        client_id: &str,
        oauth1: Vec<String>,
    ) -> Result<Description, AdminError> {
        let grant = GrantType::OAuth1Migration;
        let before = self.record(Protocol::OAuth2, client_id).await?;
        let Record::OAuth2Client(client) = &before else { return Err(AdminError::NotFound) };
        let mut client = (**client).clone();
        client.grants.retain(|other| *other != grant);
        if !oauth1.is_empty() {
            self.check_migration(&client.grants, &oauth1).await?;
            client.grants.push(grant);
        }
        client.migrates_from = oauth1;
        let now = self.clock.moment()?.now();
        self.replace(&before, Record::OAuth2Client(Arc::new(client)), now).await
    }

    async fn check_migration(&self, grants: &[GrantType], oauth1: &[String]) -> Result<(), AdminError> {
        let served = &self.server.metadata().grant_types_supported;
        if !served.iter().any(|name| name == GrantType::OAuth1Migration.as_str()) {
            return Err(AdminError::Unfit(
                "nothing is traded here: add the table oauth1.migration to the settings",
            ));
        }
        if !grants.contains(&GrantType::RefreshToken) {
            return Err(AdminError::Unfit(
                "the client has no grant refresh_token, and what takes the place of credentials that last must last, too",
            ));
        }
        if oauth1.len() > MOST {
            return Err(AdminError::Unfit("a client takes the place of up to 32 others"));
        }
        for client_id in oauth1 {
            match self.record(Protocol::OAuth1, client_id).await {
                Err(AdminError::NotFound) => {
                    return Err(AdminError::Unfit("one of them is no client of OAuth 1 here"));
                }
                other => other?,
            };
        }
        Ok(())
    }
}
