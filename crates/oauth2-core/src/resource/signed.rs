//! Access tokens that are JWTs (RFC 9068).

use std::time::Duration;

use oauth_sansio::{Digest, Timestamp};

use super::{Config, Reason};
use crate::{
    jose::{Algorithm, JwkSet, Limits},
    jwt::{AccessTokenPolicy, validate_access_token},
};

/// JWTs of the authorization server whose store the API shares. Each is verified first (RFC 9068 section 4), so that what was
/// not signed never reaches the store, and then looked up, so that a revoked one is dead.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The issuer identifier of the server.
    pub issuer: String,
    /// Its public keys. When they change, make another verifier.
    pub keys: JwkSet,
    /// What tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks may differ: 10 seconds.
    pub leeway: Duration,
}

impl Signed {
    /// Tokens of this server, by every algorithm that is known here.
    pub fn new(issuer: impl Into<String>, keys: JwkSet) -> Self {
        let algorithms = Algorithm::ASYMMETRIC.to_vec();
        Self { issuer: issuer.into(), keys, algorithms, leeway: Duration::from_secs(10) }
    }
}

/// What a token is kept under, and whether it is a JWT that was verified.
pub(super) fn kept_under(config: &Config, token: &str, now: Timestamp) -> Result<(Digest, bool), Reason> {
    // A dot is in no token that is not a JWT.
    let (Some(signed), Some(audience), true) = (&config.signed, &config.identifier, token.contains('.'))
    else {
        return Ok((Digest::of_token(token), false));
    };
    let policy = AccessTokenPolicy {
        issuer: signed.issuer.clone(),
        audience: audience.clone(),
        algorithms: signed.algorithms.clone(),
        leeway: signed.leeway,
        limits: Limits::default(),
    };
    let claims = validate_access_token(token, &signed.keys, &policy, now)?;
    Ok((Digest::of_token(&claims.token_id), true))
}
