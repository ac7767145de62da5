//! Token exchange (RFC 8693): an access token of this server for one that opens less, elsewhere, or for somebody who acts
//! on the subject's behalf.
//!
//! Who may exchange what follows from what is registered. A client may narrow a token of its own. An API may exchange a
//! token that was sent to it, for the resources that it is registered for itself: what comes out names the API as the
//! actor (RFC 8693 section 4.1), in front of those that acted before. Nobody gets more scope, more time, or a refresh
//! token, and what comes out dies with what it was made of.

use oauth_sansio::{Loaded, Moment, form};

use super::{
    Decision, allowed,
    issue::{Source, Tokens},
    look_for,
};
use crate::{
    Scopes,
    server::{
        Access, Actor, Authorization, AuthorizationServer, Client, Facts, GrantType, Reason, Wanted,
        backchannel::Context,
        details,
        parameters::{optional, required},
        resources,
    },
};

/// The one type of token that is taken and given (RFC 8693 section 3).
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token and what it shall become.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    /// The subject token is a JWT of this server.
    signed: bool,
    scopes: Option<Scopes>,
    resources: Vec<String>,
}

impl Form {
    pub(super) fn read(
        server: &AuthorizationServer,
        form: &form::Form<'_>,
        wanted: &mut Wanted,
        now: oauth_sansio::Timestamp,
    ) -> Result<Self, Reason> {
        let subject = required(form, "subject_token")?;
        if required(form, "subject_token_type")? != ACCESS_TOKEN {
            return Err(Reason::TokenType("subject_token_type"));
        }
        if optional(form, "requested_token_type")?.is_some_and(|kind| kind != ACCESS_TOKEN) {
            return Err(Reason::TokenType("requested_token_type"));
        }
        // The actor is the client itself, which has authenticated; a token for another one would prove less.
        if optional(form, "actor_token")?.is_some() || optional(form, "actor_token_type")?.is_some() {
            return Err(Reason::TokenType("actor_token"));
        }
        let signed = look_for(server, subject, wanted, now);
        wanted.refresh = None;
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        // `audience` names a target like `resource` does (RFC 8693 section 2.1): here both are the resource's identifier.
        let mut resources = resources::read(form)?;
        for audience in form.all("audience").filter(|audience| !audience.is_empty()) {
            if !resources.iter().any(|known| known == audience) {
                resources.push(audience.to_owned());
            }
        }
        Ok(Self { signed, scopes: scopes.map_err(|_| Reason::ScopeMalformed)?, resources })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        let grant = GrantType::TokenExchange;
        allowed(client, &grant)?;
        // RFC 8693 section 1.1 leaves it open; whoever cannot be held to anything does not act for others.
        if !client.authentication.is_confidential() {
            return Err(Reason::GrantNotAllowed);
        }
        let now = moment.now();
        let subject = facts.access.filter(|loaded| loaded.record.signed == self.signed);
        let Loaded { record: subject, revoked, spent } = subject.ok_or(Reason::SubjectToken)?;
        if revoked || spent.is_some() || now >= subject.expires {
            return Err(Reason::SubjectToken);
        }
        let granted = &subject.authorization;
        let (resources, actor) = match granted.client_id == client.client_id {
            true => {
                // A key that was lost with the token must not be needed any less after the exchange.
                if subject.binding.is_some_and(|bound| !possession.fits(&bound)) {
                    return Err(Reason::OtherKey);
                }
                (resources::narrowed(&granted.resources, &self.resources)?, granted.actor.clone())
            }
            false => received(server, client, &subject, &self.resources)?,
        };
        let open = server.allowed_scopes(client, None)?.within(&granted.scopes);
        let scopes = match &self.scopes {
            None => open,
            Some(asked) if asked.is_within(&open) => asked.clone(),
            Some(_) => return Err(Reason::ScopeWider),
        };
        let scopes = server.meaningful(&scopes, &resources);
        let authorization = Authorization {
            client_id: client.client_id.clone(),
            scopes,
            resources,
            details: details::open_to(server, client, granted.details.as_ref()),
            actor,
            ..Authorization::clone(granted)
        };
        let binding = possession.binding(server, client)?;
        let authorization = authorization.into();
        let most = Some(subject.expires);
        let tokens = Tokens { context, grant, now, authorization, binding, refresh: None, most };
        tokens.issue(Vec::new(), Source::Drawn(moment.entropy()))
    }
}

/// What an API may make of a token that was sent to it.
fn received(
    server: &AuthorizationServer,
    client: &Client,
    subject: &Access,
    asked: &[String],
) -> Result<(Vec<String>, Option<Actor>), Reason> {
    let granted = &subject.authorization;
    if !server.is_audience(client, granted) {
        return Err(Reason::SubjectToken);
    }
    // Where to, its registration must say in so many words.
    let open = client.resources.as_deref().unwrap_or_default();
    if asked.is_empty() || !asked.iter().all(|one| open.contains(one)) {
        return Err(Reason::TargetUnknown);
    }
    let resources = resources::allowed(server, client, asked)?;
    let actor = Actor { sub: client.client_id.clone(), iss: None, act: granted.actor.clone().map(Box::new) };
    if actor.depth() > server.config().longest_chain {
        return Err(Reason::ChainTooLong);
    }
    Ok((resources, Some(actor)))
}
