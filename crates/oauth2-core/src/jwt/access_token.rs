//! Access tokens as JWT (RFC 9068): what a resource server checks.

use std::{borrow::Cow, time::Duration};

use oauth_sansio::Timestamp;
use serde_json::{Map, Value};

use crate::{
    Scopes,
    jose::{Algorithm, Audience, ClaimError, Claims, JwkSet, Jws, JwsError, Limits, Typ},
};

/// What a token must be to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenPolicy {
    /// Who must have issued it, byte for byte (RFC 9068 section 4).
    pub issuer: String,
    /// For whom it must be: the resource server's own identifier.
    pub audience: String,
    /// The algorithms that are allowed.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks may differ.
    pub leeway: Duration,
    /// How large it may be.
    pub limits: Limits,
}

/// What a valid token says. Whether its sender may use it, [`check_possession`](Self::check_possession) tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenClaims {
    /// `sub`: the resource owner, or the client where it acts for itself.
    pub subject: String,
    /// `client_id`.
    pub client_id: String,
    /// `jti`.
    pub token_id: String,
    /// `iat`.
    pub issued: Timestamp,
    /// `exp`.
    pub expires: Timestamp,
    /// `scope`.
    pub scopes: Scopes,
    /// `cnf.jkt`: the DPoP key that it is bound to (RFC 9449 section 6.1).
    pub jkt: Option<String>,
    /// `cnf.x5t#S256`: the certificate that it is bound to (RFC 8705 section 3.1).
    pub x5t_s256: Option<String>,
    /// Every other claim.
    pub rest: Map<String, Value>,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AccessTokenError {
    /// The text, its type, its key or its signature.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// A claim is missing or malformed.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// `iss` is another one.
    #[error("the token is of another issuer")]
    Issuer,
    /// `aud` does not name the resource server.
    #[error("the token is for another audience")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is to come.
    #[error("the token is not valid yet")]
    NotYet,
    /// `iat` is to come.
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

/// A valid token, borrowed from the text that was verified: nothing of it is copied.
pub struct AccessToken<'a> {
    /// `sub`: the resource owner, or the client where it acts for itself.
    pub subject: Cow<'a, str>,
    /// `client_id`.
    pub client_id: Cow<'a, str>,
    /// `jti`.
    pub token_id: Cow<'a, str>,
    /// `aud`: it names the resource server.
    pub audience: Audience<'a>,
    /// `iat`.
    pub issued: Timestamp,
    /// `exp`.
    pub expires: Timestamp,
    /// `scope`, in its grammar.
    pub scope: Option<Cow<'a, str>>,
    /// `cnf`: what it is bound to.
    pub confirmation: Confirmation,
    /// Every other claim.
    pub rest: Claims<'a>,
}

/// What a token is bound to (RFC 7800 section 3.1): as many as are there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// `jkt`: the thumbprint of a DPoP key (RFC 9449 section 6.1).
    pub jkt: Option<String>,
    /// `x5t#S256`: the thumbprint of a certificate (RFC 8705 section 3.1).
    pub x5t_s256: Option<String>,
}

impl<'a> AccessToken<'a> {
    /// Validates a token (RFC 9068 section 4).
    ///
    /// # Errors
    /// The first check that fails.
    pub fn of(
        jws: &'a Jws<'_>,
        keys: &JwkSet,
        policy: &AccessTokenPolicy,
        now: Timestamp,
    ) -> Result<Self, AccessTokenError> {
        // RFC 9068 section 2.1: no other JWT of the issuer may pass for an access token.
        jws.expect_typ(&[Typ::Is("at+jwt")])?;
        if !policy.algorithms.contains(&jws.header().algorithm) {
            return Err(JwsError::Algorithm.into());
        }
        let mut claims = Claims::parse(jws.verify_by(keys)?)?;
        if claims.text("iss")?.ok_or(ClaimError::Missing("iss"))? != policy.issuer.as_str() {
            return Err(AccessTokenError::Issuer);
        }
        let audience = claims.audience()?.ok_or(ClaimError::Missing("aud"))?;
        if !audience.names(&policy.audience) {
            return Err(AccessTokenError::Audience);
        }
        let expires = claims.date("exp")?.ok_or(ClaimError::Missing("exp"))?;
        if now >= expires.plus(policy.leeway) {
            return Err(AccessTokenError::Expired);
        }
        let issued = claims.date("iat")?.ok_or(ClaimError::Missing("iat"))?;
        let soon = now.plus(policy.leeway);
        if claims.date("nbf")?.is_some_and(|from| from > soon) {
            return Err(AccessTokenError::NotYet);
        }
        if issued > soon {
            return Err(AccessTokenError::IssuedInFuture);
        }
        let confirmation = Confirmation::of(&mut claims)?;
        let scope = claims.text("scope")?;
        if scope.as_deref().is_some_and(|scope| !Scopes::is_scope(scope)) {
            return Err(ClaimError::Type("scope").into());
        }
        Ok(Self {
            subject: claims.required("sub")?,
            client_id: claims.required("client_id")?,
            token_id: claims.required("jti")?,
            audience,
            issued,
            expires,
            scope,
            confirmation,
            rest: claims,
        })
    }

    /// `scope`, as a set.
    pub fn scopes(&self) -> Scopes {
        self.scope.as_deref().and_then(|scope| scope.parse().ok()).unwrap_or_default()
    }
}

/// Validates a token (RFC 9068 section 4), and keeps what it says.
///
/// # Errors
/// The first check that fails.
pub fn validate_access_token(
    token: &str,
    keys: &JwkSet,
    policy: &AccessTokenPolicy,
    now: Timestamp,
) -> Result<AccessTokenClaims, AccessTokenError> {
    let jws = Jws::parse_for(token, &policy.limits, keys)?;
    let token = AccessToken::of(&jws, keys, policy, now)?;
    let scopes = token.scopes();
    Ok(AccessTokenClaims {
        subject: token.subject.into_owned(),
        client_id: token.client_id.into_owned(),
        token_id: token.token_id.into_owned(),
        issued: token.issued,
        expires: token.expires,
        scopes,
        jkt: token.confirmation.jkt,
        x5t_s256: token.confirmation.x5t_s256,
        rest: token.rest.rest(),
    })
}

impl Confirmation {
    /// Takes out `cnf`. A binding that is not understood is none that could be checked (RFC 7800 section 3.1).
    ///
    /// # Errors
    /// [`ClaimError::Type`].
    pub fn of(claims: &mut Claims<'_>) -> Result<Self, ClaimError> {
        const NAME: &str = "cnf";
        let Some(mut members) = claims.object(NAME)? else { return Ok(Self::default()) };
        let mut text = |name| match members.text(name) {
            Ok(text) => Ok(text.map(Cow::into_owned)),
            Err(_) => Err(ClaimError::Type(NAME)),
        };
        match (text("jkt")?, text("x5t#S256")?) {
            (None, None) => Err(ClaimError::Type(NAME)),
            (jkt, x5t_s256) => Ok(Self { jkt, x5t_s256 }),
        }
    }
}
