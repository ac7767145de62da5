//! Checking a proof (RFC 9449 section 4.3).

use std::{fmt, time::Duration};

use http::{HeaderMap, Method};
use oauth_sansio::{Digest, Timestamp, base64url};

use super::{Address, Content, ProofKeys};
use crate::jose::{Algorithm, ClaimError, Claims, Jws, JwsError, Limits, Thumbprint, Typ};

/// What a proof must be to be believed.
#[derive(Clone, Copy, Debug)]
pub struct DpopPolicy<'a> {
    /// The algorithms that are allowed.
    pub algorithms: &'a [Algorithm],
    /// How old a proof may be.
    pub oldest: Duration,
    /// How far its clock may be ahead.
    pub ahead: Duration,
}

/// What a proof must be for: the request that it came with.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// Where it goes.
    pub address: Address<'a>,
    /// The digest of the access token that it carries, if it does.
    pub access_token: Option<Digest>,
    /// What it carries as its body.
    pub content: Content<'a>,
    /// Tells whether a nonce is good; without it, none is wanted.
    pub nonce: Option<&'a dyn Fn(&str) -> bool>,
}

/// A proof that was believed. It may be used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// The key that it was made with.
    pub thumbprint: Thumbprint,
    /// What is spent with its use: key, `htu` and `jti` (RFC 9449 section 11.1).
    pub once: Digest,
    /// When it is over at the latest.
    pub expires: Timestamp,
    /// The access token that it is for, by its digest; `None` when it was not judged with one.
    pub access_token: Option<Digest>,
}

/// Why a proof is refused. All but the nonces are `invalid_dpop_proof` (RFC 9449 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DpopError {
    /// There is more than one `DPoP` header.
    #[error("the request has more than one DPoP proof")]
    Several,
    /// The text, its type, its key or its signature.
    #[error("the DPoP proof: {0}")]
    Jws(#[from] JwsError),
    /// A claim is missing or malformed.
    #[error("the DPoP proof: {0}")]
    Claim(#[from] ClaimError),
    /// `htm` is another method.
    #[error("the DPoP proof is for another method")]
    Method,
    /// `htu` is another address.
    #[error("the DPoP proof is for another address")]
    Address,
    /// `iat` is too old, or `exp` has passed.
    #[error("the DPoP proof is too old")]
    Stale,
    /// `iat` or `nbf` is to come.
    #[error("the DPoP proof is from the future")]
    Ahead,
    /// A nonce is wanted and there is none (`use_dpop_nonce`, RFC 9449 section 8).
    #[error("the DPoP proof lacks a nonce")]
    NoNonce,
    /// The nonce is not good, or not any more (`use_dpop_nonce`, RFC 9449 section 8).
    #[error("the DPoP proof has a stale nonce")]
    StaleNonce,
    /// `ath` does not fit the access token (RFC 9449 section 7).
    #[error("the DPoP proof is not for this access token")]
    AccessToken,
    /// `content_digest` does not fit the body.
    #[error("the DPoP proof is for another body")]
    Content,
}

/// Bytes of a proof; of a `jti`.
pub(super) const LIMITS: Limits = Limits { text: 8 * 1024, header: 4 * 1024 };
const MAX_ID_BYTES: usize = 256;

/// `ath`: the hash of an access token (RFC 9449 section 4.2).
pub fn access_token_hash(access_token: &str) -> String {
    base64url::encode(Digest::of(access_token).as_bytes())
}

impl Proof {
    /// The proof that a request carries in its headers, judged; `None` when it carries none. Whoever judges many has
    /// [`ProofKeys`] for it.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn of(
        headers: &HeaderMap,
        expected: &Expected<'_>,
        policy: &DpopPolicy<'_>,
        now: Timestamp,
    ) -> Result<Option<Self>, DpopError> {
        Self::judge(headers, None, expected, policy, now)
    }

    /// The same, for whoever knows keys.
    pub(super) fn judge(
        headers: &HeaderMap,
        keys: Option<&ProofKeys>,
        expected: &Expected<'_>,
        policy: &DpopPolicy<'_>,
        now: Timestamp,
    ) -> Result<Option<Self>, DpopError> {
        let mut values = headers.get_all("dpop").iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(DpopError::Several);
        }
        let text = str::from_utf8(value.as_bytes()).map_err(|_| JwsError::Malformed)?;
        let header = text.split_once('.').map_or(text, |(header, _)| header);
        let known = keys.and_then(|keys| keys.find(header));
        let jws = Jws::parse_knowing(text, &LIMITS, known.as_deref().map(|known| &known.header))?;
        jws.expect_typ(&[Typ::Is("dpop+jwt")])?;
        let algorithm = jws.header().algorithm;
        if algorithm == Algorithm::Hs256 || !policy.algorithms.contains(&algorithm) {
            return Err(JwsError::Algorithm.into());
        }
        let jwk = jws.embedded_key()?;
        let key = jwk.ready_for(algorithm).map_err(|_| JwsError::KeyMismatch)?;
        let mut claims = Claims::parse(jws.verify(key)?)?;
        let id = claims.required("jti")?;
        if id.len() > MAX_ID_BYTES {
            return Err(ClaimError::TooLong("jti").into());
        }
        if claims.required("htm")? != expected.method.as_str() {
            return Err(DpopError::Method);
        }
        let address = claims.required("htu")?;
        if !expected.address.is(&address) {
            return Err(DpopError::Address);
        }
        let issued = claims.date("iat")?.ok_or(ClaimError::Missing("iat"))?;
        let (soon, last) = (now.plus(policy.ahead), issued.plus(policy.oldest));
        if issued > soon || claims.date("nbf")?.is_some_and(|from| from > soon) {
            return Err(DpopError::Ahead);
        }
        if now > last || claims.date("exp")?.is_some_and(|end| now >= end) {
            return Err(DpopError::Stale);
        }
        match (expected.nonce, claims.text("nonce")?) {
            (None, _) => {}
            (Some(is_good), Some(nonce)) if is_good(&nonce) => {}
            (Some(_), None) => return Err(DpopError::NoNonce),
            (Some(_), Some(_)) => return Err(DpopError::StaleNonce),
        }
        if let Some(access_token) = expected.access_token {
            // RFC 9449 section 7.1
            let hash = claims.text("ath")?.ok_or(ClaimError::Missing("ath"))?;
            if base64url::decode_array(hash.as_bytes()).map(Digest::from_bytes) != Some(access_token) {
                return Err(DpopError::AccessToken);
            }
        }
        expected.content.check(&mut claims)?;
        let thumbprint = jwk.thumbprint();
        // The address as the proof names it: that of the request can be spelled in several ways by whoever copies it.
        let once = Digest::of_parts(&[thumbprint.0.as_bytes(), address.as_bytes(), id.as_bytes()]);
        if let (Some(keys), None) = (keys, &known) {
            keys.keep(header, jws.header());
        }
        let access_token = expected.access_token;
        Ok(Some(Self { thumbprint, once, expires: last.max(now), access_token }))
    }
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, address, .. } = self;
        f.debug_struct("Expected").field("method", method).field("address", address).finish_non_exhaustive()
    }
}
