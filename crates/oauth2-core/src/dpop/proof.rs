//! Checking a proof (RFC 9449 section 4.3).

use std::{borrow::Cow, time::Duration};

use http::{HeaderMap, Method};
use oauth_sansio::{Digest, Timestamp, base64url};
use url::Url;

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

/// A proof that was believed. It may be used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// The key that it was made with.
    pub thumbprint: Thumbprint,
    /// What is spent with its use: key, address and `jti` (RFC 9449 section 11.1).
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
}

/// Bytes of a proof; of a `jti`.
const LIMITS: Limits = Limits { text: 8 * 1024, header: 4 * 1024 };
const MAX_ID_BYTES: usize = 256;

/// `ath`: the hash of an access token (RFC 9449 section 4.2).
pub fn access_token_hash(access_token: &str) -> String {
    base64url::encode(Digest::of(access_token).as_bytes())
}

impl Proof {
    /// The proof that a request carries, judged; `None` when it carries none.
    ///
    /// `url` is the address of the endpoint as clients know it; a `Host` header never is. `access_token` is the one the
    /// request carries. `nonce` tells whether a nonce is good; without it, none is wanted.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn of(
        headers: &HeaderMap,
        method: &Method,
        url: &Url,
        access_token: Option<&str>,
        nonce: Option<&dyn Fn(&str) -> bool>,
        policy: &DpopPolicy<'_>,
        now: Timestamp,
    ) -> Result<Option<Self>, DpopError> {
        let mut values = headers.get_all("dpop").iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(DpopError::Several);
        }
        let text = value.to_str().map_err(|_| JwsError::Malformed)?;
        let jws = Jws::parse(text, &LIMITS)?;
        jws.expect_typ(&[Typ::Is("dpop+jwt")])?;
        let algorithm = jws.header().algorithm;
        if algorithm == Algorithm::Hs256 || !policy.algorithms.contains(&algorithm) {
            return Err(JwsError::Algorithm.into());
        }
        let jwk = jws.embedded_key()?;
        let key = jwk.verifying_key(algorithm).map_err(|_| JwsError::KeyMismatch)?;
        let mut claims = Claims::parse(jws.verify(&key)?)?;
        let id = claims.required("jti")?;
        if id.len() > MAX_ID_BYTES {
            return Err(ClaimError::TooLong("jti").into());
        }
        if claims.required("htm")? != method.as_str() {
            return Err(DpopError::Method);
        }
        let address = claims.required("htu")?;
        if !is_same_address(&address, url) {
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
        match (nonce, claims.text("nonce")?) {
            (None, _) => {}
            (Some(is_good), Some(nonce)) if is_good(&nonce) => {}
            (Some(_), None) => return Err(DpopError::NoNonce),
            (Some(_), Some(_)) => return Err(DpopError::StaleNonce),
        }
        if let Some(access_token) = access_token {
            // RFC 9449 section 7.1
            match claims.text("ath")? {
                Some(hash) if hash == access_token_hash(access_token) => {}
                Some(_) => return Err(DpopError::AccessToken),
                None => return Err(ClaimError::Missing("ath").into()),
            }
        }
        let thumbprint = jwk.thumbprint();
        let once = Digest::of_parts(&[thumbprint.0.as_bytes(), url.as_str().as_bytes(), id.as_bytes()]);
        let access_token = access_token.map(Digest::of);
        Ok(Some(Self { thumbprint, once, expires: last.max(now), access_token }))
    }
}

/// Compared after normalisation, without query and fragment (RFC 9449 section 4.3, RFC 3986 section 6.2.2).
fn is_same_address(claimed: &str, url: &Url) -> bool {
    // What a URL parser forgives is no URL that a client was told.
    let plain = claimed.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let Some(claimed) = plain.then(|| Url::parse(claimed).ok()).flatten() else { return false };
    let no_user = claimed.username().is_empty() && claimed.password().is_none();
    no_user
        && claimed.scheme() == url.scheme()
        && claimed.host() == url.host()
        && claimed.port_or_known_default() == url.port_or_known_default()
        && normal_path(claimed.path()) == normal_path(url.path())
}

/// Escapes in upper case, and none of what needs no escape (RFC 3986 sections 6.2.2.1 and 6.2.2.2).
fn normal_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut pieces = path.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_at_checked(2).map(|(digits, rest)| (u8::from_str_radix(digits, 16), digits, rest)) {
            Some((Ok(byte), _, rest)) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                out.push_str(rest);
            }
            Some((_, digits, rest)) => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
                out.push_str(rest);
            }
            None => {
                out.push('%');
                out.push_str(piece);
            }
        }
    }
    Cow::Owned(out)
}
