//! Access on the client's own behalf (RFC 6749 section 4.4). There is no refresh token: the client can always ask
//! again.

use oauth_sansio::{Family, Moment, form};

use super::{Context, Decision, allowed};
use crate::{
    Scopes,
    server::{
        Authorization, GrantType, JsonText, Reason, details,
        parameters::optional,
        resources,
        token::issue::{Source, Tokens},
    },
};

/// What the token shall open.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    /// `None`: whatever the client may have.
    scopes: Option<Scopes>,
    resources: Vec<String>,
    details: Option<JsonText>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>) -> Result<Self, Reason> {
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        Ok(Self { scopes, resources: resources::read(form)?, details: details::read(form)? })
    }

    pub(super) fn decide(&self, context: &Context<'_>, moment: Moment) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        let grant = GrantType::ClientCredentials;
        allowed(client, &grant)?;
        // RFC 6749 section 4.4: only for confidential clients, whatever the registration says.
        if !client.authentication.is_confidential() {
            return Err(Reason::GrantNotAllowed);
        }
        let binding = possession.binding(server, client)?;
        let now = moment.now();
        let mut entropy = moment.entropy();
        let scopes = server.allowed_scopes(client, self.scopes.as_ref())?;
        let family = Family::from_bytes(entropy.bytes());
        let resources = resources::allowed(server, client, &self.resources)?;
        let scopes = server.meaningful(&scopes, &resources);
        let details = details::allowed(server, client, self.details.as_ref())?;
        let granted = Authorization::new(client.client_id.clone(), None, scopes, family);
        let authorization = Authorization { resources, details, ..granted };
        let tokens = Tokens {
            context,
            grant,
            now,
            authorization: authorization.into(),
            binding,
            refresh: None,
            most: None,
            kept: None,
        };
        tokens.issue(Vec::new(), Source::Drawn(&mut entropy))
    }
}
