//! The authorization code grant (RFC 6749 section 4.1.3).

use oauth_sansio::{Digest, Loaded, Moment, Spend, form};

use super::{
    allowed,
    issue::{Issue, Successor},
    replayed,
};
use crate::{
    pkce::{Challenge, Verifier},
    server::{
        AuthorizationServer, Batch, Client, Code, Commit, GrantType, Once, Reason, Wanted,
        parameters::{optional, required},
        records::kept_until,
        step::Lost,
    },
};

/// A code and what proves that it was meant for the sender.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Form {
    code: Digest,
    /// The challenge that the verifier answers.
    answered: Challenge,
    redirect_uri: Option<String>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>, wanted: &mut Wanted) -> Result<Self, Reason> {
        let code = Digest::of_token(required(form, "code")?);
        // There is no code without a challenge, so there is no request without a verifier (RFC 7636 section 4.5).
        let verifier = Verifier::parse(required(form, "code_verifier")?)
            .map_err(|_| Reason::Malformed("code_verifier"))?;
        // OAuth 2.1 dropped it, as the verifier does its work; clients written for RFC 6749 still send it.
        let redirect_uri = optional(form, "redirect_uri")?.map(str::to_owned);
        wanted.code = Some(code);
        Ok(Self { code, answered: verifier.challenge(), redirect_uri })
    }

    pub(super) fn decide(
        self,
        server: &AuthorizationServer,
        client: &Client,
        code: Option<Loaded<Code>>,
        moment: Moment,
    ) -> Result<Commit, Reason> {
        allowed(client, GrantType::AuthorizationCode)?;
        let Loaded { record: code, spent, revoked } = code.ok_or(Reason::CodeUnknown)?;
        // Whoever cannot prove that the code is his changes nothing, or a thief could log the owner out
        // (OAuth 2.1 section 7.5.3).
        self.check_owner(client, &code)?;
        let now = moment.now();
        match (revoked, spent) {
            (true, _) => return Err(Reason::CodeRevoked),
            (_, true) => return Ok(replayed(code.family, Reason::CodeReplayed)),
            _ if now >= code.expires => return Err(Reason::CodeExpired),
            _ => {}
        }
        let refresh = client.grants.contains(&GrantType::RefreshToken).then(|| Successor {
            subject: &code.subject,
            scopes: &code.scopes,
            family_expires: now.plus(server.config().lifetimes.refresh_absolute),
        });
        let issue = Issue {
            server,
            now,
            entropy: moment.entropy(),
            client_id: &client.client_id,
            subject: Some(&code.subject),
            family: code.family,
        };
        let (put, sealed) = issue.tokens(code.scopes.clone(), refresh);
        let spend = vec![Spend { once: Once::Code(self.code), keep_until: kept_until(code.expires) }];
        let lost = Lost::Replayed(code.family, Reason::CodeReplayed);
        Ok(Commit { batch: Batch { spend, put, ..Batch::default() }, sealed, lost })
    }

    fn check_owner(&self, client: &Client, code: &Code) -> Result<(), Reason> {
        if code.client_id != client.client_id {
            return Err(Reason::CodeOfOtherClient);
        }
        if self.redirect_uri.as_ref().is_some_and(|uri| *uri != code.redirect_uri) {
            return Err(Reason::RedirectUriMismatch);
        }
        // Challenges are digests, which compare in constant time.
        if self.answered != code.code_challenge {
            return Err(Reason::PkceMismatch);
        }
        Ok(())
    }
}
