//! The resource owner's password (RFC 6749 section 4.3), which OAuth 2.1 has dropped: for a server whose policy has
//! [`GrantType::InsecurePassword`], and there for confidential clients alone.

use oauth_sansio::{Family, Moment, Secret, form};

use super::{
    Context, Decision, allowed,
    issue::{NewRefresh, Source, Tokens, narrowed},
};
use crate::{
    Scopes,
    server::{
        Authorization, GrantType, Reason, details,
        operator::{Claimed, Question},
        parameters::{optional, required},
        resources,
    },
};

/// A name and a password, and what they shall open.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    claimed: Claimed,
    scopes: Option<Scopes>,
    resources: Vec<String>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>) -> Result<Self, Reason> {
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let claimed = Claimed {
            username: required(form, "username")?.to_owned(),
            password: Secret::new(required(form, "password")?),
        };
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        details::refuse(form)?;
        Ok(Self { claimed, scopes, resources: resources::read(form)? })
    }

    pub(super) fn decide(&self, context: &Context<'_>, moment: Moment) -> Result<Decision, Reason> {
        let Context { server, client, possession, known } = *context;
        let grant = GrantType::InsecurePassword;
        allowed(client, &grant)?;
        // Whoever could ask unnamed could try passwords out in any number of names.
        if !client.authentication.is_confidential() {
            return Err(Reason::GrantNotAllowed);
        }
        let binding = possession.binding(server, client)?;
        let scopes = server.allowed_scopes(client, self.scopes.as_ref())?;
        let resources = resources::allowed(server, client, &self.resources)?;
        let subject = match &known.person {
            None => return Ok(Decision::Ask(Question::Verify(self.claimed.clone()))),
            Some(person) => person.clone().ok_or(Reason::WrongPassword)?,
        };
        let now = moment.now();
        let mut entropy = moment.entropy();
        let family = Family::from_bytes(entropy.bytes());
        let granted = Authorization::new(&*client.client_id, Some(subject), scopes.clone(), family);
        let granted = std::sync::Arc::new(Authorization { resources: resources.clone(), ..granted });
        let refresh = NewRefresh::first(context, &granted, binding, now);
        let authorization = narrowed(server, &granted, scopes, resources, None);
        let tokens = Tokens { context, grant, now, authorization, binding, refresh, most: None, kept: None };
        tokens.issue(Vec::new(), Source::Drawn(&mut entropy))
    }
}
