//! Assertions of trusted issuers (RFC 7523 section 2.1): a token for what another server says of a person, among them the
//! identity assertions of enterprises (draft-ietf-oauth-identity-assertion-authz-grant, section 4.4).
//!
//! Which issuers are believed is written in the settings, and where their keys are too. There is no refresh token
//! (RFC 7521 section 4.1): the client asks its issuer again.

use oauth_sansio::{Family, Login, Moment, Secret, Spend, form};
use url::Url;

use super::{
    Context, Decision, allowed,
    issue::{Source, Tokens, narrowed},
};
use crate::{
    Scopes,
    jose::JwkSet,
    jwt::{AssertionPolicy, GrantAssertion, claimed_issuer},
    server::{
        Authorization, AuthorizationServer, Client, ClientKeys, Facts, GrantType, Once, Reason,
        TrustedIssuer, details,
        parameters::{optional, required},
        records::kept_until,
        resources,
    },
};

/// An assertion and what it shall open.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    assertion: Secret,
    scopes: Option<Scopes>,
    resources: Vec<String>,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>) -> Result<Self, Reason> {
        let assertion = Secret::new(required(form, "assertion")?);
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        details::refuse(form)?;
        Ok(Self { assertion, scopes, resources: resources::read(form)? })
    }

    /// The keys of the issuer, if it is trusted, and the assertion.
    pub(super) fn issuer<'a>(&'a self, server: &'a AuthorizationServer) -> Option<(&'a ClientKeys, &'a str)> {
        let text = self.assertion.expose();
        Some((&server.trusted(&claimed_issuer(text).ok()?)?.keys, text))
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        let grant = GrantType::JwtBearer;
        allowed(client, &grant)?;
        let now = moment.now();
        let text = self.assertion.expose();
        // Whose keys to use, the settings say; of nobody else is anything fetched or verified.
        let issuer = claimed_issuer(text).map_err(Reason::Grant)?;
        let issuer = server.trusted(&issuer).ok_or(Reason::IssuerUnknown)?;
        let keys = match (&issuer.keys, &facts.issuer_keys) {
            (ClientKeys::Jwks(keys), _) => JwkSet::parse(keys.as_str().as_bytes()).ok().map(Into::into),
            (ClientKeys::Uri(_), fetched) => fetched.clone(),
        };
        let keys = keys.ok_or(Reason::IssuerKeys)?;
        let open: Vec<_> =
            server.signing_algorithms().filter(|algorithm| issuer.algorithms.contains(algorithm)).collect();
        let endpoints = server.assertion_endpoints(&server.config().paths.token);
        let endpoints: Vec<_> = endpoints.iter().map(Url::as_str).collect();
        let policy = AssertionPolicy {
            other_audiences: &endpoints,
            algorithms: &open,
            skew: server.config().policy.clock_skew,
            ..AssertionPolicy::new(server.issuer())
        };
        let assertion = GrantAssertion::by_keys(text, &issuer.issuer, &keys, &policy, now);
        let assertion = assertion.map_err(Reason::Grant)?;
        check_kind(issuer, client, &assertion)?;
        let resources = self.resources(server, client, &assertion)?;
        let scopes = self.scopes(server, client, issuer, &assertion)?;

        let binding = possession.binding(server, client)?;
        let mut entropy = moment.entropy();
        let family = Family::from_bytes(entropy.bytes());
        let subject = issuer.name(&assertion.subject);
        let login = assertion.auth_time.map(|auth_time| Login {
            auth_time,
            acr: assertion.acr.clone(),
            amr: Vec::new(),
        });
        let granted = Authorization::new(&*client.client_id, Some(subject), scopes.clone(), family);
        let granted =
            Authorization { resources: resources.clone(), login: login.map(Box::new), ..granted }.into();
        let authorization = narrowed(server, &granted, scopes, resources, None);
        let tokens =
            Tokens { context, grant, now, authorization, binding, refresh: None, most: None, kept: None };
        let keep_until = kept_until(assertion.expires);
        let spend = vec![Spend { once: Once::Traded(assertion.once), at: now.into(), keep_until }];
        tokens.issue(spend, Source::Drawn(&mut entropy))
    }

    /// What the client asks for, of what the issuer and the assertion open.
    fn scopes(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        issuer: &TrustedIssuer,
        assertion: &GrantAssertion,
    ) -> Result<Scopes, Reason> {
        let mut open = server.allowed_scopes(client, None)?;
        if let Some(most) = &issuer.scopes {
            open = open.within(most);
        }
        if let Some(said) = &assertion.scope {
            open = open.within(&said.parse().map_err(|_| Reason::ScopeMalformed)?);
        }
        match &self.scopes {
            None => Ok(open),
            Some(asked) if asked.is_within(&open) => Ok(asked.clone()),
            Some(_) => Err(Reason::ScopeWider),
        }
    }

    /// Where the token may be used: where the assertion says, or the part of that which the client names.
    fn resources(
        &self,
        server: &AuthorizationServer,
        client: &Client,
        assertion: &GrantAssertion,
    ) -> Result<Vec<String>, Reason> {
        match assertion.resources.as_slice() {
            [] => resources::allowed(server, client, &self.resources),
            said => {
                resources::allowed(server, client, said).map_err(|_| Reason::GrantTarget)?;
                resources::narrowed(said, &self.resources)
            }
        }
    }
}

/// The issuer may issue assertions of this kind, and this one is for the client that presents it.
fn check_kind(issuer: &TrustedIssuer, client: &Client, assertion: &GrantAssertion) -> Result<(), Reason> {
    match &assertion.client_id {
        None if issuer.kinds.has_plain() => Ok(()),
        Some(client_id) if !issuer.kinds.has_identity_assertions() || **client_id != *client.client_id => {
            Err(Reason::GrantOfOtherClient)
        }
        // The client that an identity assertion is for has proven to be it.
        Some(_) if client.authentication.is_confidential() => Ok(()),
        Some(_) => Err(Reason::GrantNotAllowed),
        None => Err(Reason::IssuerUnknown),
    }
}

impl AuthorizationServer {
    fn trusted(&self, issuer: &str) -> Option<&TrustedIssuer> {
        self.config().trusted_issuers.iter().find(|trusted| trusted.issuer == issuer)
    }
}
