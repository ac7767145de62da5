//! What a request has proven, wherever that was learnt: from a store, a signature or an introspection.

use std::sync::Arc;

use oauth_sansio::{Family, Loaded, Timestamp};

use super::{Config, Reason, possession::Shown};
use crate::{
    Scopes,
    server::{Access, Binding, JsonText},
};

/// What a request has proven.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The authorization server that issued the token; `None` when it is the one whose store is shared, and
    /// [`Config::issuer`] does not name it.
    pub issuer: Option<Arc<str>>,
    /// The client that the token was issued to. Empty when an introspection does not tell.
    pub client_id: Arc<str>,
    /// On whose behalf it acts.
    pub principal: Principal,
    /// What the token opens.
    pub scopes: Scopes,
    /// For whom the token is (RFC 8707 section 2); empty when it is for nobody in particular.
    pub audience: Vec<String>,
    /// What the token opens in detail: a JSON array (RFC 9396 section 9).
    pub details: Option<JsonText>,
    /// How strong the login behind the token was: its authentication context class (RFC 9470 section 6).
    pub acr: Option<Arc<str>>,
    /// When that login was.
    pub auth_time: Option<Timestamp>,
    /// What else is said of the token: a JSON object of the members that no field here is for.
    pub claims: Option<JsonText>,
    /// What the token is revoked with; only the authorization server and who shares its store know.
    pub family: Option<Family>,
    /// What the token is bound to, and the sender has shown that it holds; none for a bearer token.
    pub bindings: Vec<Binding>,
    /// When the token was issued, where that is told.
    pub issued: Option<Timestamp>,
    /// From this second on the token is dead. What clocks may differ by is in it.
    pub expires: Timestamp,
}

/// On whose behalf a client acts. An application must not take the one for the other: a client may be named like
/// a user (RFC 9700 section 4.15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A resource owner, by its identifier.
    User(Arc<str>),
    /// The client itself.
    Client,
}

impl Principal {
    /// Who a token that was issued elsewhere is about: the client, where `sub` is the client (RFC 9068 section 5).
    pub(super) fn of(subject: Option<&str>, client_id: &str) -> Self {
        match subject {
            Some(subject) if subject != client_id => Self::User(subject.into()),
            _ => Self::Client,
        }
    }
}

impl Grant {
    /// The resource owner; `None` when the client acts for itself.
    pub fn subject(&self) -> Option<&str> {
        match &self.principal {
            Principal::User(subject) => Some(subject),
            Principal::Client => None,
        }
    }

    /// What the store knew of a token.
    pub(super) fn of_record(
        config: &Config,
        loaded: Option<Loaded<Access>>,
        signed: bool,
    ) -> Result<Self, Reason> {
        let Loaded { record: access, revoked, spent } = loaded.ok_or(Reason::Unknown)?;
        // The name of a JWT is not the JWT.
        if access.signed != signed {
            return Err(Reason::Unknown);
        }
        if revoked || spent.is_some() {
            return Err(Reason::Revoked);
        }
        let authorization = &access.authorization;
        let login = authorization.login.as_deref();
        let user = |subject: &String| Principal::User(subject.as_str().into());
        Ok(Self {
            issuer: config.issuer.clone(),
            client_id: authorization.client_id.clone().into(),
            principal: authorization.subject.as_ref().map_or(Principal::Client, user),
            scopes: authorization.scopes.clone(),
            audience: authorization.resources.clone(),
            details: authorization.details.clone(),
            acr: login.and_then(|login| login.acr.as_deref()).map(Into::into),
            auth_time: login.map(|login| login.auth_time),
            claims: access.claims.clone(),
            family: Some(authorization.family),
            bindings: access.binding.into_iter().collect(),
            issued: Some(access.issued),
            expires: access.expires,
        })
    }

    /// Whether it opens this API to this request now. Nothing of it is taken from a cache.
    pub(super) fn check(&self, config: &Config, shown: &Shown, now: Timestamp) -> Result<(), Reason> {
        if now >= self.expires {
            return Err(Reason::Expired);
        }
        // A bound token is worth nothing to whoever merely presents it (RFC 9449 section 7.1, RFC 8705 section 3).
        shown.check(&self.bindings)?;
        // RFC 8707 section 2: whoever it is for and no other, or a counterfeit API could use what it is sent.
        let is_for_us = match &config.identifier {
            Some(own) if !self.audience.is_empty() => self.audience.contains(own),
            _ => !config.require_audience,
        };
        if !is_for_us {
            return Err(Reason::OtherResource);
        }
        config.step_up.check(self.acr.as_deref(), self.auth_time, now)?;
        match config.scopes.is_within(&self.scopes) {
            true => Ok(()),
            false => Err(Reason::InsufficientScope),
        }
    }
}
