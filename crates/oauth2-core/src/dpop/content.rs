//! What a proof says of the body of its request: the claim `content_digest`.
//!
//! It is no part of RFC 9449, which binds a proof to method and address alone. The draft of a DPoP profile for the Model Context
//! Protocol has it, where all requests have the same of both; the proposal behind that draft (SEP-1932) has since let it go.
//! So nobody has to send it, unless an API says so, and whoever sends it is held to it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use oauth_sansio::Digest;

use super::DpopError;
use crate::jose::{ClaimError, Claims, Jws};

/// What a proof must say of the body of its request.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Whatever it says: the body is not at hand.
    Unseen,
    /// If anything, that it is this one.
    IfTold(&'a [u8]),
    /// That it is this one.
    Required(&'a [u8]),
}

const CLAIM: &str = "content_digest";

/// `content_digest`: the SHA-256 of a body, as the header `Content-Digest` writes it (RFC 9530 section 2).
///
/// ```
/// let digest = oauth2_core::dpop::content_digest(br#"{"hello": "world"}"#);
/// assert_eq!(digest, "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
/// ```
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Digest::of(body).as_bytes()))
}

impl Content<'_> {
    pub(super) fn check(self, claims: &mut Claims<'_>) -> Result<(), DpopError> {
        let (body, is_required) = match self {
            Self::Unseen => return Ok(()),
            Self::IfTold(body) => (body, false),
            Self::Required(body) => (body, true),
        };
        match claims.text(CLAIM)? {
            Some(told) if told == content_digest(body) => Ok(()),
            Some(_) => Err(DpopError::Content),
            None if is_required => Err(ClaimError::Missing(CLAIM).into()),
            None => Ok(()),
        }
    }
}

/// Whether the proof of a request may say something of its body, so that the body must be at hand when it is judged.
/// Nothing is verified.
pub(crate) fn may_tell_content(headers: &HeaderMap) -> bool {
    let tells = |text: &str| {
        let payload = Jws::payload_of(text, &super::proof::LIMITS);
        // A name can be spelled with escapes.
        payload.is_ok_and(|json| {
            memchr::memmem::find(&json, CLAIM.as_bytes()).is_some() || memchr::memchr(b'\\', &json).is_some()
        })
    };
    headers.get_all("dpop").iter().any(|proof| str::from_utf8(proof.as_bytes()).is_ok_and(tells))
}
