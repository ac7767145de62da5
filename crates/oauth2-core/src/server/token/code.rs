//! The authorization code grant (RFC 6749 section 4.1.3).

use oauth_sansio::{Digest, Loaded, Moment, Spend, form};

use super::{
    Context, Decision, allowed,
    issue::{NewRefresh, Source, Tokens, narrowed},
    replayed,
};
use crate::{
    pkce::{Challenge, Verifier},
    server::{
        Binding, Client, Code, GrantType, JsonText, Once, Reason, Want, Wanted, details,
        parameters::{optional, required},
        records::kept_until,
        resources,
    },
};

/// A code and what proves that it was meant for the sender.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    code: Digest,
    /// The challenge that the verifier answers.
    answered: Challenge,
    redirect_uri: Option<String>,
    resources: Vec<String>,
    details: Option<JsonText>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>, wanted: &mut Wanted) -> Result<Self, Reason> {
        let code = Digest::of_token(required(form, "code")?);
        // There is no code without a challenge, so there is no request without a verifier (RFC 7636 section 4.5).
        let verifier = Verifier::parse(required(form, "code_verifier")?)
            .map_err(|_| Reason::Malformed("code_verifier"))?;
        // OAuth 2.1 dropped it, as the verifier does its work; clients written for RFC 6749 still send it.
        let redirect_uri = optional(form, "redirect_uri")?.map(str::to_owned);
        wanted.rows.push(Want::Code(code));
        let (resources, details) = (resources::read(form)?, details::read(form)?);
        Ok(Self { code, answered: verifier.challenge(), redirect_uri, resources, details })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        code: Option<&Loaded<Code>>,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        let grant = GrantType::AuthorizationCode;
        allowed(client, &grant)?;
        let Loaded { record: code, spent, revoked } = code.ok_or(Reason::CodeUnknown)?;
        // Whoever cannot prove that the code is his changes nothing, or a thief could log the owner out
        // (OAuth 2.1 section 7.5.3).
        self.check_owner(client, code)?;
        let binding = possession.binding(server, client)?;
        // RFC 9449 section 10
        if code.dpop_jkt.is_some_and(|thumbprint| !possession.fits(&Binding::Dpop(thumbprint))) {
            return Err(Reason::OtherKey);
        }
        let now = moment.now();
        let family = code.authorization.family;
        match (*revoked, *spent) {
            (true, _) => return Err(Reason::CodeRevoked),
            (_, Some(_)) => return Ok(replayed(family, Reason::CodeReplayed)),
            _ if now >= code.expires => return Err(Reason::CodeExpired),
            _ => {}
        }
        let refresh = NewRefresh::first(context, &code.authorization, binding, now);
        let granted = &code.authorization;
        let resources = resources::narrowed(&granted.resources, &self.resources)?;
        let details = details::narrowed(server, granted.details.as_ref(), self.details.as_ref())?;
        let authorization = narrowed(server, granted, granted.scopes.clone(), resources, details);
        let tokens = Tokens { context, grant, now, authorization, binding, refresh, most: None, kept: None };
        let once = Once::Code(self.code);
        let spend = vec![Spend { once, at: now.into(), keep_until: kept_until(code.expires) }];
        tokens.issue(spend, Source::Drawn(&mut moment.entropy()))
    }

    fn check_owner(&self, client: &Client, code: &Code) -> Result<(), Reason> {
        if code.authorization.client_id != client.client_id {
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
