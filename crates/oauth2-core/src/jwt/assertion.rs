//! Assertions by which a client authenticates (RFC 7521 section 4.2, RFC 7523 section 3, and rfc7523bis, which allows one
//! audience only).

use std::{borrow::Cow, time::Duration};

use oauth_sansio::{Digest, Timestamp};

use crate::jose::{
    Algorithm, Audience, ClaimError, Claims, JwkSet, Jws, JwsError, Limits, Typ, VerifyingKey,
};

/// What an assertion must be to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionPolicy<'a> {
    /// The server's own identifier: the audience.
    pub issuer: &'a str,
    /// Other audiences that are taken, as a text or among several. Each lets a malicious server that a client also
    /// knows get assertions for this one (rfc7523bis section 4).
    pub other_audiences: &'a [&'a str],
    /// The algorithms that are allowed.
    pub algorithms: &'a [Algorithm],
    /// How far the clocks may differ.
    pub skew: Duration,
    /// How long an assertion may live from now on.
    pub longest: Duration,
    /// Whether it must say by `nbf` when its life begins, so that all of it is no longer than that.
    pub wants_beginning: bool,
}

impl<'a> AssertionPolicy<'a> {
    /// The issuer is the only audience; clocks differ by ten seconds; an assertion lives for an hour at most.
    pub const fn new(issuer: &'a str) -> Self {
        Self {
            issuer,
            other_audiences: &[],
            algorithms: &Algorithm::ASYMMETRIC,
            skew: Duration::from_secs(10),
            longest: Duration::from_secs(3600),
            wants_beginning: false,
        }
    }
}

/// An assertion that was believed. It may be used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Assertion {
    /// What is spent with its use: its issuer and its `jti`.
    pub once: Digest,
    /// When it is over at the latest.
    pub expires: Timestamp,
}

/// Why an assertion is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AssertionError {
    /// The text, its type, its key or its signature.
    #[error("the assertion: {0}")]
    Jws(#[from] JwsError),
    /// A claim is missing or malformed.
    #[error("the assertion: {0}")]
    Claim(#[from] ClaimError),
    /// `iss` and `sub` are not both the client (RFC 7523 section 3).
    #[error("the assertion is not about its issuer")]
    OtherClient,
    /// `iss` is not the issuer whose keys were used.
    #[error("the assertion is by another issuer")]
    OtherIssuer,
    /// `aud` is not the server.
    #[error("the assertion is for another audience")]
    Audience,
    /// `exp` has passed.
    #[error("the assertion has expired")]
    Expired,
    /// `exp` is too far away.
    #[error("the assertion lives too long")]
    TooLong,
    /// `nbf` is to come.
    #[error("the assertion is not valid yet")]
    NotYet,
    /// `iat` is to come.
    #[error("the assertion was issued in the future")]
    IssuedInFuture,
}

/// Bytes of a `jti`.
const MAX_ID_BYTES: usize = 512;

/// The client that an assertion claims to be of: whose keys to look for. Nothing is verified.
///
/// # Errors
/// What is wrong with the text.
pub fn claimed_client(text: &str) -> Result<String, AssertionError> {
    let jws = Jws::parse(text, &Limits::default())?;
    let mut claims = Claims::parse(jws.unverified())?;
    let client_id = claims.required("sub")?;
    // RFC 7523 section 3: nobody else speaks for the client.
    match claims.required("iss")? == client_id {
        true => Ok(client_id.into_owned()),
        false => Err(AssertionError::OtherClient),
    }
}

impl Assertion {
    /// Judges an assertion with the published keys of the client.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn by_keys(
        text: &str,
        client_id: &str,
        keys: &JwkSet,
        policy: &AssertionPolicy<'_>,
        now: Timestamp,
    ) -> Result<Self, AssertionError> {
        let jws = read(text, &TYPES, policy)?;
        Self::judge(jws.verify_by(keys)?, client_id, policy, now)
    }

    /// Judges an assertion with the secret that is shared with the client.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn by_secret(
        text: &str,
        client_id: &str,
        key: &VerifyingKey,
        policy: &AssertionPolicy<'_>,
        now: Timestamp,
    ) -> Result<Self, AssertionError> {
        let jws = read(text, &TYPES, policy)?;
        Self::judge(jws.verify(key)?, client_id, policy, now)
    }

    fn judge(
        payload: &[u8],
        client_id: &str,
        policy: &AssertionPolicy<'_>,
        now: Timestamp,
    ) -> Result<Self, AssertionError> {
        let mut claims = Claims::parse(payload)?;
        let issuer = claims.required("iss")?;
        if issuer != client_id || claims.required("sub")? != client_id {
            return Err(AssertionError::OtherClient);
        }
        let (id, expires) = check_use(&mut claims, policy, now)?;
        Ok(Self { once: Digest::of_parts(&[issuer.as_bytes(), id.as_bytes()]), expires })
    }
}

/// The types that an assertion by which a client authenticates may have. Another kind of JWT by the same key is none
/// (RFC 8725 section 3.11, rfc7523bis section 4).
const TYPES: [Typ<'static>; 3] = [Typ::Absent, Typ::Is("jwt"), Typ::Is("client-authentication+jwt")];

/// An assertion of one of these types, whose signature nobody has looked at.
pub(super) fn read<'t>(
    text: &'t str,
    types: &[Typ<'_>],
    policy: &AssertionPolicy<'_>,
) -> Result<Jws<'t>, AssertionError> {
    let jws = Jws::parse(text, &Limits::default())?;
    jws.expect_typ(types)?;
    match policy.algorithms.contains(&jws.header().algorithm) {
        true => Ok(jws),
        false => Err(JwsError::Algorithm.into()),
    }
}

/// What every assertion must say of its use: for whom, from when until when, and that it is one
/// (RFC 7523 section 3). Gives its `jti` and the second in which it is over everywhere.
pub(super) fn check_use<'c>(
    claims: &mut Claims<'c>,
    policy: &AssertionPolicy<'_>,
    now: Timestamp,
) -> Result<(Cow<'c, str>, Timestamp), AssertionError> {
    check_audience(claims, policy)?;
    let expires = check_time(claims, policy, now)?;
    // Without one, a replay could not be told (RFC 7523 section 3 leaves that open).
    let id = claims.required("jti")?;
    if id.len() > MAX_ID_BYTES {
        return Err(ClaimError::TooLong("jti").into());
    }
    Ok((id, expires))
}

/// For whom it is (RFC 7523 section 3).
pub(super) fn check_audience(
    claims: &mut Claims<'_>,
    policy: &AssertionPolicy<'_>,
) -> Result<(), AssertionError> {
    match is_for_us(&claims.audience()?.ok_or(ClaimError::Missing("aud"))?, policy) {
        true => Ok(()),
        false => Err(AssertionError::Audience),
    }
}

/// From when until when (RFC 7523 section 3). Gives the second in which it is over everywhere.
pub(super) fn check_time(
    claims: &mut Claims<'_>,
    policy: &AssertionPolicy<'_>,
    now: Timestamp,
) -> Result<Timestamp, AssertionError> {
    let expires = claims.date("exp")?.ok_or(ClaimError::Missing("exp"))?;
    if now >= expires.plus(policy.skew) {
        return Err(AssertionError::Expired);
    }
    let soon = now.plus(policy.skew);
    let is_to_come = |date: Option<Timestamp>| date.is_some_and(|date| date > soon);
    let begins = claims.date("nbf")?;
    if is_to_come(begins) {
        return Err(AssertionError::NotYet);
    }
    if policy.wants_beginning && expires > begins.ok_or(ClaimError::Missing("nbf"))?.plus(policy.longest) {
        return Err(AssertionError::TooLong);
    }
    if is_to_come(claims.date("iat")?) {
        return Err(AssertionError::IssuedInFuture);
    }
    if expires > soon.plus(policy.longest) {
        return Err(AssertionError::TooLong);
    }
    Ok(expires.plus(policy.skew))
}

/// The issuer, as a text of its own: in company, another server could use it too (rfc7523bis section 4).
fn is_for_us(audience: &Audience<'_>, policy: &AssertionPolicy<'_>) -> bool {
    let lenient = policy.other_audiences.iter().any(|other| audience.names(other))
        || !policy.other_audiences.is_empty() && audience.names(policy.issuer);
    lenient || matches!(audience, Audience::One(one) if one == policy.issuer)
}
