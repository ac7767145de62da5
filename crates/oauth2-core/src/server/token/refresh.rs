//! Refreshing an access token (RFC 6749 section 6). Every refresh token is used once and replaced
//! (RFC 9700 section 4.14.2).

use oauth_sansio::{Digest, Loaded, Moment, Spend, form};

use super::{
    allowed,
    issue::{Issue, Successor},
    replayed,
};
use crate::{
    Scopes,
    server::{
        AuthorizationServer, Batch, Client, Commit, GrantType, Once, Reason, Refresh, Wanted,
        parameters::{optional, required},
        records::kept_until,
        step::Lost,
    },
};

/// A refresh token and what the next access token shall open.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Form {
    token: Digest,
    /// `None`: all that was granted.
    scopes: Option<Scopes>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>, wanted: &mut Wanted) -> Result<Self, Reason> {
        let token = Digest::of_token(required(form, "refresh_token")?);
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        wanted.refresh = Some(token);
        Ok(Self { token, scopes: scopes.map_err(|_| Reason::ScopeMalformed)? })
    }

    pub(super) fn decide(
        self,
        server: &AuthorizationServer,
        client: &Client,
        token: Option<Loaded<Refresh>>,
        moment: Moment,
    ) -> Result<Commit, Reason> {
        allowed(client, GrantType::RefreshToken)?;
        let Loaded { record: token, spent, revoked } = token.ok_or(Reason::RefreshUnknown)?;
        if token.client_id != client.client_id {
            return Err(Reason::RefreshOfOtherClient);
        }
        let now = moment.now();
        match (revoked, spent) {
            (true, _) => return Err(Reason::RefreshRevoked),
            (_, false) if now >= token.expires || now >= token.family_expires => {
                return Err(Reason::RefreshExpired);
            }
            _ => {}
        }
        let scopes = self.scopes(server, client, &token)?;
        // However old it is: somebody kept a copy.
        if spent {
            return Ok(replayed(token.family, Reason::RefreshReplayed));
        }
        let issue = Issue {
            server,
            now,
            entropy: moment.entropy(),
            client_id: &client.client_id,
            subject: Some(&token.subject),
            family: token.family,
        };
        let successor = Successor {
            subject: &token.subject,
            scopes: &token.scopes,
            family_expires: token.family_expires,
        };
        let (put, sealed) = issue.tokens(scopes, Some(successor));
        // As long as the row itself: a replay must be seen for what it is.
        let keep_until = kept_until(token.family_expires);
        let spend = vec![Spend { once: Once::Refresh(self.token), keep_until }];
        let lost = Lost::Replayed(token.family, Reason::RefreshReplayed);
        Ok(Commit { batch: Batch { spend, put, ..Batch::default() }, sealed, lost })
    }

    /// What the access token opens: never more than was granted, nor more than the client may have by now.
    fn scopes(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        token: &Refresh,
    ) -> Result<Scopes, Reason> {
        let may_have = server.allowed_scopes(client, None)?;
        match &self.scopes {
            None => Ok(token.scopes.within(&may_have)),
            Some(asked) if asked.is_within(&token.scopes) && asked.is_within(&may_have) => Ok(asked.clone()),
            Some(_) => Err(Reason::ScopeWider),
        }
    }
}
