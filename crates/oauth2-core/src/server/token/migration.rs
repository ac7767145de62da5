//! Token credentials of OAuth 1 for tokens of OAuth 2: nobody is asked again. No standard describes it. The request is one to
//! the token endpoint that is signed with the old credentials (RFC 5849 section 3), and by a client that authenticates as it
//! is registered.
//!
//! It goes one way, and once. The nonce and the credentials are spent in the commit that writes the tokens, so whoever is
//! faster has them, and a store that fails leaves the credentials as they were. The tokens are of the family of the
//! credentials: whatever revokes the authorization revokes both, in whichever order it comes.
//!
//! A client whose answer got lost may ask again, as it may after a refresh: within the grace period another request that it
//! signs gets the same answer, and the same request, sent again, gets none. After that, whoever asks is refused and nothing
//! is revoked: credentials that lay around for years are tried twice by mistake sooner than by a thief.

use std::sync::Arc;

use oauth_sansio::{Digest, Handover, Moment, Secret, Spend, form};

use super::{
    Context, Decision, Grant,
    again::Earlier,
    allowed,
    issue::{NewRefresh, Source, Successor, Tokens, narrowed},
};
use crate::{
    Scopes,
    server::{
        Authorization, AuthorizationServer, Batch, Client, Facts, GrantType, Once, Reason, backchannel::Call,
        details, operator::Question, parameters::optional, resources,
    },
};

/// What the tokens shall open; the credentials are in what is signed.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    /// `None`: all that the credentials open.
    scopes: Option<Scopes>,
    resources: Vec<String>,
    /// The answer to an earlier request, and the nonce of this one.
    earlier: Option<Box<(Earlier, Vec<Spend<Once>>)>>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>) -> Result<Self, Reason> {
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        details::refuse(form)?;
        Ok(Self { scopes, resources: resources::read(form)?, earlier: None })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, known } = *context;
        let (grant, now) = (GrantType::OAuth1Migration, moment.now());
        allowed(client, &grant)?;
        // What took the place of credentials that last must last, too.
        allowed(client, &GrantType::RefreshToken)?;
        if let Some((earlier, nonce)) = self.earlier.as_deref() {
            let batch = Batch { spend: nonce.clone(), ..Batch::default() };
            let again = earlier.again(server, facts, Some(batch), now);
            return again.unwrap_or(Err(Reason::HandoverSpent));
        }
        let binding = possession.binding(server, client)?;
        let resources = resources::allowed(server, client, &self.resources)?;
        let handover = match &known.handover {
            None => return Ok(Decision::Ask(Question::Migrate)),
            Some(handover) => handover.as_ref().ok_or(Reason::Handover)?,
        };
        if !client.migrates_from.contains(&handover.client_id) {
            return Err(Reason::HandoverOfOtherClient);
        }
        let scopes = self.scopes(server, client, handover)?;
        let ticket = ticket(client, handover);
        let nonce = handover.nonce.map(|nonce| spend(nonce, Once::OAuth1Nonce));
        if let Some(at) = handover.spent {
            let earlier = Earlier::find(server, Successor::of(server, &ticket, at), &resources, now);
            let earlier = earlier.ok_or(Reason::HandoverSpent)?;
            let wanted = earlier.wanted();
            let earlier = Some((earlier, nonce.into_iter().collect()).into());
            return Ok(Decision::Load(
                wanted,
                Call::Token(Grant::Migration(Self { earlier, ..self.clone() })),
            ));
        }
        let subject = Some(handover.subject.to_string());
        let granted = Authorization::new(&*client.client_id, subject, scopes.clone(), handover.family);
        let granted = Arc::new(Authorization { resources: resources.clone(), ..granted });
        // Nothing outlives what the person allowed.
        let refresh = NewRefresh::first(context, &granted, binding, now).map(|refresh| NewRefresh {
            family_expires: handover
                .until
                .map_or(refresh.family_expires, |end| end.min(refresh.family_expires)),
            ..refresh
        });
        let authorization = narrowed(server, &granted, scopes, resources, None);
        let tokens =
            Tokens { context, grant, now, authorization, binding, refresh, most: handover.until, kept: None };
        let spends = nonce.into_iter().chain([spend(handover.trade, Once::OAuth1Token)]).collect();
        match Successor::of(server, &ticket, handover.trade.at) {
            Some(successor) => tokens.issue(spends, Source::Derived(successor)),
            None => tokens.issue(spends, Source::Drawn(&mut moment.entropy())),
        }
    }

    /// What the realms stand for, of what the client may have, and of that what it asks for.
    fn scopes(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        handover: &Handover,
    ) -> Result<Scopes, Reason> {
        let may_have = server.allowed_scopes(client, None)?;
        let migration = server.config().migration.as_ref();
        let opens = |scope: &str| migration.is_some_and(|migration| migration.opens(&handover.realms, scope));
        let open = may_have.only(opens);
        // Where there are no scopes at all, there is nothing to lose.
        if open.is_empty() && !server.config().scopes.is_empty() {
            return Err(Reason::HandoverOpensNothing);
        }
        match &self.scopes {
            None => Ok(open),
            Some(asked) if asked.is_within(&open) => Ok(asked.clone()),
            Some(_) => Err(Reason::ScopeWider),
        }
    }
}

/// What the tokens are derived from: the credentials as this client trades them. No refresh token has a space.
fn ticket(client: &Client, handover: &Handover) -> Secret {
    Secret::new(format!("OAuth {} {}", handover.token.expose(), &*client.client_id))
}

fn spend(spend: Spend<Digest>, once: fn(Digest) -> Once) -> Spend<Once> {
    Spend { once: once(spend.once), at: spend.at, keep_until: spend.keep_until }
}
