//! Grants of extensions: token exchange (RFC 8693), assertions (RFC 7523 section 2.1), and any other by its name
//! (RFC 6749 section 4.5).

use oauth_sansio::Secret;

use super::{Client, Error, Misuse, TokenExchange, exchange::Asked};
use crate::{Scopes, server::MIGRATION};

/// `urn:ietf:params:oauth:token-type:access_token` (RFC 8693 section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What is asked for in exchange for a token (RFC 8693 section 2.1).
#[derive(Clone, Debug)]
pub struct Trade<'a> {
    /// On whose behalf: a token, and its type.
    pub subject: (&'a Secret, &'a str),
    /// Who acts: a token, and its type; `None` for the client itself.
    pub actor: Option<(&'a Secret, &'a str)>,
    /// Where the new token is for, as addresses (RFC 8707).
    pub resources: &'a [&'a str],
    /// Where the new token is for, by names that the server knows.
    pub audiences: &'a [&'a str],
    /// What it shall open; nothing for whatever the server gives.
    pub scope: Scopes,
    /// What type it shall be of; `None` for what the server gives.
    pub requested: Option<&'a str>,
}

impl<'a> Trade<'a> {
    /// An access token for another one.
    pub const fn of(access_token: &'a Secret) -> Self {
        Self {
            subject: (access_token, ACCESS_TOKEN),
            actor: None,
            resources: &[],
            audiences: &[],
            scope: Scopes::none(),
            requested: None,
        }
    }
}

/// What the protocol sets itself.
const RESERVED: [&str; 5] =
    ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

impl Client {
    /// Trades a token for another one (RFC 8693). What type came is told in `issued_token_type`, among
    /// [`Tokens::extra`](super::Tokens::extra).
    pub fn trade(&self, trade: &Trade<'_>) -> TokenExchange {
        let Trade { subject, actor, resources, audiences, scope, requested } = trade;
        let mut parameters = vec![("subject_token", subject.0.expose()), ("subject_token_type", subject.1)];
        if let Some((token, kind)) = actor {
            parameters.extend([("actor_token", token.expose()), ("actor_token_type", *kind)]);
        }
        parameters.extend(resources.iter().map(|resource| ("resource", *resource)));
        parameters.extend(audiences.iter().map(|audience| ("audience", *audience)));
        parameters.extend(requested.map(|requested| ("requested_token_type", requested)));
        self.with_scope("urn:ietf:params:oauth:grant-type:token-exchange", parameters, scope)
    }

    /// Trades an assertion of another issuer for a token (RFC 7523 section 2.1).
    pub fn assertion(&self, assertion: &Secret, scope: &Scopes) -> TokenExchange {
        let parameters = vec![("assertion", assertion.expose())];
        self.with_scope("urn:ietf:params:oauth:grant-type:jwt-bearer", parameters, scope)
    }

    /// Trades token credentials of OAuth 1 for tokens, without asking the person again. It is OAuth 1 that proves whose they
    /// are: this exchange is to be signed with them on its way out.
    pub fn migration(&self, scope: &Scopes) -> TokenExchange {
        self.with_scope(MIGRATION, Vec::new(), scope)
    }

    /// Asks for tokens by a grant that has no method here.
    ///
    /// # Errors
    /// [`Misuse::ReservedParameter`] when a parameter is one that the protocol sets itself.
    pub fn grant(&self, grant_type: &str, parameters: &[(&str, &str)]) -> Result<TokenExchange, Error> {
        if parameters.iter().any(|(name, _)| RESERVED.contains(name)) {
            return Err(Misuse::ReservedParameter.into());
        }
        Ok(TokenExchange::new(self, grant_type, false, Asked::default(), parameters))
    }

    fn with_scope<'a>(
        &self,
        grant_type: &str,
        mut parameters: Vec<(&'a str, &'a str)>,
        scope: &'a Scopes,
    ) -> TokenExchange {
        if !scope.is_empty() {
            parameters.push(("scope", scope.as_str()));
        }
        TokenExchange::new(self, grant_type, false, Asked::of(scope), &parameters)
    }
}
