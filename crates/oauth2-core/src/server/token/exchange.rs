//! Token exchange (RFC 8693): an access token of this server for one that opens less, elsewhere, or for somebody who acts
//! on the subject's behalf.
//!
//! Who may exchange what follows from what is registered. A client may narrow a token of its own. An API may exchange a
//! token that was sent to it, for the resources that it is registered for itself: what comes out names the API as the
//! actor (RFC 8693 section 4.1), in front of those that acted before. Nobody gets more scope, more time, or a refresh
//! token, and what comes out dies with what it was made of.
//!
//! Where a token says who may act for its subject (`may_act`, RFC 8693 section 4.4), that party alone may exchange it, be
//! it an API that the token is for or not: a client by its own name, or whoever an actor token of the client is of. What
//! comes out does not say so any more, unless the operator says it again. It ends when the first of both tokens does, but
//! it is of the subject's family: what the actor's is revoked with leaves it to its end.

use std::sync::Arc;

use oauth_sansio::{Loaded, Moment, Timestamp, form};

use super::{
    Decision, allowed,
    issue::{Source, Tokens},
    issued::kept_under,
};
use crate::{
    Scopes,
    server::{
        Access, Actor, Authorization, AuthorizationServer, Client, Facts, GrantType, JsonText, Reason, Want,
        Wanted,
        backchannel::Context,
        details, may_act,
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
    /// There is an actor token, and it is a JWT of this server.
    actor_signed: Option<bool>,
    scopes: Option<Scopes>,
    resources: Vec<String>,
    /// `None`: all that was granted in detail and is open to the client.
    details: Option<JsonText>,
}

impl Form {
    pub(super) fn read(
        server: &AuthorizationServer,
        form: &form::Form<'_>,
        wanted: &mut Wanted,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let subject = required(form, "subject_token")?;
        if required(form, "subject_token_type")? != ACCESS_TOKEN {
            return Err(Reason::TokenType("subject_token_type"));
        }
        if optional(form, "requested_token_type")?.is_some_and(|kind| kind != ACCESS_TOKEN) {
            return Err(Reason::TokenType("requested_token_type"));
        }
        let (key, signed) = kept_under(server, subject, now);
        wanted.rows.push(Want::Access(key));
        let actor_signed = match actor_token(form)? {
            None => None,
            Some(actor) => {
                let (key, signed) = kept_under(server, actor, now);
                wanted.rows.push(Want::Actor(key));
                Some(signed)
            }
        };
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        // `audience` names a target like `resource` does (RFC 8693 section 2.1): here both are the resource's identifier.
        let mut resources = resources::read(form)?;
        for audience in form.all("audience").filter(|audience| !audience.is_empty()) {
            if !resources.iter().any(|known| known == audience) {
                resources.push(audience.to_owned());
            }
        }
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        Ok(Self { signed, actor_signed, scopes, resources, details: details::read(form)? })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
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
        let subject = living(facts.access.as_ref(), self.signed, now).ok_or(Reason::SubjectToken)?;
        let acting = match self.actor_signed {
            None => None,
            Some(signed) => Some(actor_access(context, living(facts.actor.as_ref(), signed, now))?),
        };
        let party = acting.as_deref().map_or(&*client.client_id, party);
        let granted = &subject.authorization;
        let is_own = granted.client_id == client.client_id;
        match may_act::names(&subject, server.issuer(), party) {
            // RFC 8693 section 4.4. To narrow a token is no way around it either: nobody would be named any more.
            Some(false) => return Err(Reason::MayNotAct),
            None if acting.is_some() => return Err(Reason::MayNotAct),
            None if !is_own && !server.is_audience(client, granted) => return Err(Reason::SubjectToken),
            _ => {}
        }
        let resources = match is_own {
            true => {
                // A key that was lost with the token must not be needed any less after the exchange.
                if subject.binding.is_some_and(|bound| !possession.fits(&bound)) {
                    return Err(Reason::OtherKey);
                }
                resources::narrowed(&granted.resources, &self.resources)?
            }
            false => registered(server, client, &self.resources)?,
        };
        let actor = match is_own && acting.is_none() {
            true => granted.actor.clone(),
            false => Some(in_front(server, party, granted)?.into()),
        };
        let open = server.allowed_scopes(client, None)?.within(&granted.scopes);
        let scopes = match &self.scopes {
            None => open,
            Some(asked) if asked.is_within(&open) => asked.clone(),
            Some(_) => return Err(Reason::ScopeWider),
        };
        let scopes = server.meaningful(&scopes, &resources);
        let details = details::open_to(server, client, granted.details.as_ref());
        let details = details::narrowed(server, details.as_ref(), self.details.as_ref())?;
        let authorization = Authorization {
            client_id: client.client_id.clone(),
            scopes,
            resources,
            details,
            actor,
            ..Authorization::clone(granted)
        };
        let binding = possession.binding(server, client)?;
        let authorization = authorization.into();
        let most = acting.iter().map(|access| access.expires).chain([subject.expires]).min();
        let tokens = Tokens { context, grant, now, authorization, binding, refresh: None, most, kept: None };
        tokens.issue(Vec::new(), Source::Drawn(&mut moment.entropy()))
    }
}

/// The actor token of a request, which says of which type it is (RFC 8693 section 2.1: both or neither).
fn actor_token<'f>(form: &'f form::Form<'_>) -> Result<Option<&'f str>, Reason> {
    match (optional(form, "actor_token")?, optional(form, "actor_token_type")?) {
        (None, None) => Ok(None),
        (Some(actor), Some(ACCESS_TOKEN)) => Ok(Some(actor)),
        (None, Some(_)) => Err(Reason::Missing("actor_token")),
        (Some(_), None) => Err(Reason::Missing("actor_token_type")),
        (Some(_), Some(_)) => Err(Reason::TokenType("actor_token_type")),
    }
}

/// A token that was presented, where it is of the kind that it looks like, and works.
fn living(found: Option<&Loaded<Access>>, signed: bool, now: Timestamp) -> Option<Arc<Access>> {
    let Loaded { record, revoked, spent } = found?;
    let is_alive = record.signed == signed && !*revoked && spent.is_none() && now < record.expires;
    is_alive.then(|| record.clone())
}

/// The token of a party that lets the client act as it.
fn actor_access(context: &Context<'_>, found: Option<Arc<Access>>) -> Result<Arc<Access>, Reason> {
    let Context { client, possession, .. } = *context;
    let access = found.ok_or(Reason::ActorToken)?;
    let granted = &access.authorization;
    let is_bound_elsewhere = access.binding.is_some_and(|bound| !possession.fits(&bound));
    // Where somebody acts for the actor, the two of them would be told as one.
    if granted.client_id != client.client_id || is_bound_elsewhere || granted.actor.is_some() {
        return Err(Reason::ActorToken);
    }
    Ok(access)
}

/// Whom a token is of: the resource owner, or the client where it acts for itself.
fn party(access: &Access) -> &str {
    let granted = &access.authorization;
    granted.subject.as_deref().unwrap_or(&granted.client_id)
}

/// Where a client may go with a token that is not its own: its registration must say so in so many words.
fn registered(
    server: &AuthorizationServer,
    client: &Client,
    asked: &[String],
) -> Result<Vec<String>, Reason> {
    let open = client.resources.as_deref().unwrap_or_default();
    if asked.is_empty() || !asked.iter().all(|one| open.contains(one)) {
        return Err(Reason::TargetUnknown);
    }
    resources::allowed(server, client, asked)
}

/// Who acts now, in front of those that acted before (RFC 8693 section 4.1).
fn in_front(server: &AuthorizationServer, party: &str, granted: &Authorization) -> Result<Actor, Reason> {
    let actor = Actor { sub: party.to_owned(), iss: None, act: granted.actor.clone() };
    if actor.depth() > server.config().longest_chain {
        return Err(Reason::ChainTooLong);
    }
    Ok(actor)
}
