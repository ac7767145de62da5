//! Access tokens that are JWTs (RFC 9068).

use std::{borrow::Cow, sync::Arc, time::Duration};

use oauth_sansio::{Digest, Timestamp, base64url};
use serde::Deserialize;
use url::Url;

use super::{Config, ConfigError, Grant, Principal, Reason};
use crate::{
    jose::{Algorithm, Audience, ClaimError, JwkSet, Jws, JwsError, Limits},
    jwt::{AccessToken, AccessTokenError, AccessTokenPolicy, Confirmation},
    metadata::{AuthorizationServerMetadata, check_endpoint},
    server::{Binding, JsonText},
};

/// JWTs of one authorization server. The `iss` of a token says whose it is; one of a server that is not listed is refused,
/// and nobody is asked about it.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The issuer identifier of the server.
    pub issuer: String,
    /// Its public keys, or where they are.
    pub keys: KeySource,
    /// What tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks may differ: 10 seconds.
    pub leeway: Duration,
    /// Whether a token is looked up after it was verified: the store is the server's, and a revoked one is dead. Without,
    /// a token is good for as long as it lives.
    pub looked_up: bool,
}

/// Where the keys of a server are. No token ever says where: `jku`, `x5u`, `x5c` and `jwk` in its header mean nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeySource {
    /// Here. When they change, make another verifier.
    Fixed(Arc<JwkSet>),
    /// At this address (`jwks_uri`): they are fetched, kept, and fetched again.
    At(Url),
}

impl Signed {
    /// Tokens of the server whose store the API shares, by every algorithm that is known here. Each is verified first (RFC
    /// 9068 section 4), so that what was not signed never reaches the store, and then looked up.
    pub fn new(issuer: impl Into<String>, keys: JwkSet) -> Self {
        Self { looked_up: true, ..Self::by(issuer, KeySource::Fixed(keys.into())) }
    }

    /// Tokens of a server that is elsewhere: its keys are at this address.
    pub fn offline(issuer: impl Into<String>, jwks_uri: Url) -> Self {
        Self::by(issuer, KeySource::At(jwks_uri))
    }

    /// The same, of a server whose metadata was fetched (RFC 8414 section 2); `None` when it publishes no keys.
    pub fn from_metadata(metadata: &AuthorizationServerMetadata) -> Option<Self> {
        Some(Self::offline(&metadata.issuer, metadata.jwks_uri.clone()?))
    }

    /// Tokens of a server, verified by these keys and nothing else.
    pub fn by(issuer: impl Into<String>, keys: KeySource) -> Self {
        let algorithms = Algorithm::ASYMMETRIC.to_vec();
        let leeway = Duration::from_secs(10);
        Self { issuer: issuer.into(), keys, algorithms, leeway, looked_up: false }
    }
}

/// A server whose JWTs are taken, with what each of them is measured by.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    pub(super) keys: KeySource,
    pub(super) looked_up: bool,
    issuer: Arc<str>,
    policy: AccessTokenPolicy,
}

/// What a token that is a JWT turned out to be.
pub(super) enum Verified {
    /// This, whatever any store says.
    Grant(Grant),
    /// What is kept under this.
    LookUp(Digest),
}

/// The servers of a configuration, each once.
pub(super) fn trusted(config: &Config) -> Result<Vec<Trusted>, ConfigError> {
    let audience = match (&config.identifier, config.signed.as_slice()) {
        (_, []) => return Ok(Vec::new()),
        // RFC 9068 section 4: a token for anybody would be one that others got for themselves.
        (None, _) => return Err(ConfigError::Identifier),
        (Some(identifier), _) => identifier,
    };
    let mut all: Vec<Trusted> = Vec::with_capacity(config.signed.len());
    for Signed { issuer, keys, algorithms, leeway, looked_up } in &config.signed {
        let is_reached = match keys {
            KeySource::Fixed(_) => true,
            KeySource::At(url) => check_endpoint(url, config.transport).is_ok(),
        };
        if !is_reached {
            return Err(ConfigError::Endpoint);
        }
        if all.iter().any(|other| *other.issuer == **issuer) {
            return Err(ConfigError::Issuer);
        }
        let policy = AccessTokenPolicy {
            issuer: issuer.clone(),
            audience: audience.clone(),
            algorithms: algorithms.clone(),
            leeway: *leeway,
            limits: Limits::default(),
        };
        all.push(Trusted {
            keys: keys.clone(),
            looked_up: *looked_up,
            issuer: issuer.as_str().into(),
            policy,
        });
    }
    Ok(all)
}

/// Whose a JWT says it is. Nothing is believed yet.
pub(super) fn claimed_by<'t>(all: &'t [Trusted], token: &str) -> Result<(usize, &'t Trusted), Reason> {
    #[derive(Deserialize)]
    struct Claimed<'a> {
        #[serde(borrow)]
        iss: Cow<'a, str>,
    }
    let payload = Jws::payload_of(token, &Limits::default()).map_err(AccessTokenError::Jws)?;
    let claimed: Result<Claimed<'_>, _> = serde_json::from_slice(&payload);
    let claimed = claimed.map_err(|_| AccessTokenError::Claim(ClaimError::Malformed))?;
    let mut all = all.iter().enumerate();
    // RFC 8725 section 3.8: the keys of one issuer verify no token of another.
    all.find(|(_, one)| *one.issuer == *claimed.iss).ok_or(AccessTokenError::Issuer.into())
}

impl Trusted {
    /// Verifies a token with the keys of its server.
    pub(super) fn verify(&self, token: &str, keys: &JwkSet, now: Timestamp) -> Result<Verified, Reason> {
        let jws = Jws::parse_for(token, &self.policy.limits, keys).map_err(AccessTokenError::Jws)?;
        let token = AccessToken::of(&jws, keys, &self.policy, now)?;
        match self.looked_up {
            true => Ok(Verified::LookUp(Digest::of_token(&token.token_id))),
            false => Ok(Verified::Grant(self.grant(token)?)),
        }
    }

    fn grant(&self, token: AccessToken<'_>) -> Result<Grant, AccessTokenError> {
        let scopes = token.scopes();
        let mut rest = token.rest;
        Ok(Grant {
            issuer: Some(self.issuer.clone()),
            client_id: token.client_id.as_ref().into(),
            principal: Principal::of(Some(&token.subject), &token.client_id),
            scopes,
            audience: listed(token.audience),
            // RFC 9396 section 9.1, RFC 9470 section 6.1
            details: rest.value("authorization_details").as_ref().map(JsonText::of),
            acr: rest.text("acr")?.as_deref().map(Into::into),
            auth_time: rest.date("auth_time")?,
            family: None,
            bindings: bindings(&token.confirmation)?,
            issued: Some(token.issued),
            expires: token.expires.plus(self.policy.leeway),
            claims: others(rest),
        })
    }
}

/// Whether newer keys could make a difference: the token names a key that is not there, or names none and no key fits.
pub(super) fn may_be_by_a_newer_key(token: &str, reason: Reason) -> bool {
    match reason {
        Reason::Signed(AccessTokenError::Jws(JwsError::NoKey)) => true,
        Reason::Signed(AccessTokenError::Jws(JwsError::Signature)) => {
            Jws::parse(token, &Limits::default()).is_ok_and(|jws| jws.header().key_id().is_none())
        }
        _ => false,
    }
}

/// The recipients of a token.
pub(super) fn listed(audience: Audience<'_>) -> Vec<String> {
    match audience {
        Audience::One(one) => vec![one.into_owned()],
        Audience::Several(all) => all,
    }
}

/// What a token is bound to. A thumbprint is SHA-256 in base64url; what is none could be shown by nobody.
pub(super) fn bindings(confirmation: &Confirmation) -> Result<Vec<Binding>, ClaimError> {
    let digest = |text: &String| {
        let bytes = base64url::decode_array(text.as_bytes());
        bytes.map(Digest::from_bytes).ok_or(ClaimError::Type("cnf"))
    };
    let key = confirmation.jkt.as_ref().map(digest).transpose()?.map(Binding::Dpop);
    let certificate = confirmation.x5t_s256.as_ref().map(digest).transpose()?.map(Binding::Certificate);
    Ok(key.into_iter().chain(certificate).collect())
}

/// The claims that nobody asked for.
pub(super) fn others(claims: crate::jose::Claims<'_>) -> Option<JsonText> {
    let rest = claims.rest();
    (!rest.is_empty()).then(|| JsonText::of(&rest.into()))
}
