//! Access on the client's own behalf (RFC 6749 section 4.4). There is no refresh token: the client can always ask
//! again.

use oauth_sansio::{Family, Moment, form};

use super::{allowed, issue::Issue};
use crate::{
    Scopes,
    server::{
        Authentication, AuthorizationServer, Batch, Client, Commit, GrantType, Reason, parameters::optional,
        step::Lost,
    },
};

/// What the token shall open.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Form {
    /// `None`: whatever the client may have.
    scopes: Option<Scopes>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>) -> Result<Self, Reason> {
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        Ok(Self { scopes: scopes.map_err(|_| Reason::ScopeMalformed)? })
    }

    pub(super) fn decide(
        self,
        server: &AuthorizationServer,
        client: &Client,
        moment: Moment,
    ) -> Result<Commit, Reason> {
        allowed(client, GrantType::ClientCredentials)?;
        // RFC 6749 section 4.4: only for confidential clients, whatever the registration says.
        if client.authentication == Authentication::None {
            return Err(Reason::GrantNotAllowed);
        }
        let scopes = server.allowed_scopes(client, self.scopes)?;
        let now = moment.now();
        let mut entropy = moment.entropy();
        let family = Family::from_bytes(entropy.bytes());
        let client_id = &client.client_id;
        let issue = Issue { server, now, entropy, client_id, subject: None, family };
        let (put, sealed) = issue.tokens(scopes, None);
        Ok(Commit { batch: Batch { put, ..Batch::default() }, sealed, lost: Lost::CannotHappen })
    }
}
