//! Refreshing an access token (RFC 6749 section 6), with rotation (RFC 9700 section 4.14.2).
//!
//! A refresh token that is used is spent, and another takes its place. A client whose answer got lost knows the old one
//! only: within the grace period it gets the same answer again.

use oauth_sansio::{Digest, Family, Loaded, Moment, Secret, Spend, Tick, Timestamp, form};

use super::{
    Context, Decision, Grant,
    again::Earlier,
    allowed,
    issue::{NewRefresh, Source, Successor, Tokens, narrowed},
    replayed,
};
use crate::{
    Scopes,
    server::{
        AuthorizationServer, Client, Facts, GrantType, JsonText, Once, Reason, Refresh, RefreshRotation,
        Want, Wanted,
        backchannel::Call,
        details, opaque,
        parameters::{optional, required},
        records::kept_until,
        resources,
    },
};

/// A refresh token and what the next access token shall open.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    token: Secret,
    digest: Digest,
    /// `None`: all that was granted.
    scopes: Option<Scopes>,
    /// None: everywhere that was granted.
    resources: Vec<String>,
    /// `None`: all that was granted in detail.
    details: Option<JsonText>,
    /// The answer of an earlier use, where this may be a retry of it.
    earlier: Option<Box<(Family, Earlier)>>,
}

impl Form {
    pub(super) fn read(
        server: &AuthorizationServer,
        form: &form::Form<'_>,
        wanted: &mut Wanted,
    ) -> Result<Self, Reason> {
        let token = required(form, "refresh_token")?;
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        let prefix = &server.config().prefixes.refresh;
        let digest = Digest::of_token(token);
        // What was mistyped is not worth a look-up.
        let mistyped = token.starts_with(prefix.as_str()) && !opaque::is_whole(prefix, token);
        wanted.rows.extend((!mistyped).then_some(Want::Refresh(digest)));
        let (resources, details) = (resources::read(form)?, details::read(form)?);
        Ok(Self { token: Secret::new(token), digest, scopes, resources, details, earlier: None })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        let grant = GrantType::RefreshToken;
        allowed(client, &grant)?;
        if let Some((family, earlier)) = self.earlier.as_deref() {
            let again = earlier.again(server, facts, None, moment.now());
            return again.unwrap_or_else(|| Ok(replayed(*family, Reason::RefreshReplayed)));
        }
        let Loaded { record: token, spent, revoked } =
            facts.refresh.as_ref().ok_or(Reason::RefreshUnknown)?;
        if token.authorization.client_id != client.client_id {
            return Err(Reason::RefreshOfOtherClient);
        }
        let now = moment.now();
        if *revoked {
            return Err(Reason::RefreshRevoked);
        }
        // A public client has nothing else to show that the token is its own; one with a secret may change its key
        // (RFC 9449 section 5).
        let is_public = !client.authentication.is_confidential();
        if token.binding.is_some_and(|bound| is_public && !possession.fits(&bound)) {
            return Err(Reason::OtherKey);
        }
        let binding = possession.binding(server, client)?;
        if is_public && binding.is_none() && server.config().policy.bind_public_refresh_tokens {
            return Err(Reason::NotBound);
        }
        let scopes = self.scopes(server, client, token)?;
        let resources = resources::narrowed(&token.authorization.resources, &self.resources)?;
        let details = details::open_to(server, client, token.authorization.details.as_ref());
        let details = details::narrowed(server, details.as_ref(), self.details.as_ref())?;
        if let Some(at) = *spent {
            return Ok(self.used_again(server, token, &resources, at, now));
        }
        if now >= token.expires || now >= token.family_expires {
            return Err(Reason::RefreshExpired);
        }
        let authorization = narrowed(server, &token.authorization, scopes, resources, details);
        if !self.is_replaced(server, client, token) {
            // It was used, so it is not idle.
            let idle = now.plus(server.lifetimes(client).refresh_idle);
            let row = Refresh { expires: idle.min(token.family_expires), ..Refresh::clone(token) };
            let kept = Some((self.digest, row));
            let tokens =
                Tokens { context, grant, now, authorization, binding, refresh: None, most: None, kept };
            return tokens.issue(Vec::new(), Source::Drawn(&mut moment.entropy()));
        }
        let refresh =
            NewRefresh { authorization: token.authorization.clone(), family_expires: token.family_expires };
        let tokens = Tokens {
            context,
            grant,
            now,
            authorization,
            binding,
            refresh: Some(refresh),
            most: None,
            kept: None,
        };
        // As long as the row itself: a replay must be seen for what it is.
        let keep_until = kept_until(token.family_expires);
        let at = moment.tick();
        let spend = vec![Spend { once: Once::Refresh(self.digest), at, keep_until }];
        let source = match Successor::of(server, &self.token, at) {
            Some(successor) => Source::Derived(successor),
            None => Source::Drawn(&mut moment.entropy()),
        };
        tokens.issue(spend, source)
    }

    /// Within the grace period the first answer may have been lost on its way; after it, or without one, somebody kept a
    /// copy, however old it is.
    fn used_again(
        &self,
        server: &AuthorizationServer,
        token: &Refresh,
        resources: &[String],
        at: Tick,
        now: Timestamp,
    ) -> Decision {
        let family = token.authorization.family;
        let Some(earlier) = Earlier::find(server, Successor::of(server, &self.token, at), resources, now)
        else {
            return replayed(family, Reason::RefreshReplayed);
        };
        let wanted = earlier.wanted();
        let earlier = Some((family, earlier).into());
        Decision::Load(wanted, Call::Token(Grant::Refresh(Self { earlier, ..self.clone() })))
    }

    fn is_replaced(&self, server: &AuthorizationServer, client: &Client, token: &Refresh) -> bool {
        match server.config().policy.refresh {
            RefreshRotation::Always { .. } => true,
            RefreshRotation::UnlessBound { .. } => {
                token.binding.is_none() && !client.authentication.is_confidential()
            }
        }
    }

    fn scopes(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        token: &Refresh,
    ) -> Result<Scopes, Reason> {
        // RFC 6749 section 6: never more than was granted, and never what the client has lost since.
        let granted = &token.authorization.scopes;
        let may_have = server.allowed_scopes(client, None)?;
        match &self.scopes {
            None => Ok(granted.within(&may_have)),
            Some(asked) if asked.is_within(granted) && asked.is_within(&may_have) => Ok(asked.clone()),
            Some(_) => Err(Reason::ScopeWider),
        }
    }
}
