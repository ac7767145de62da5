//! Whether the sender of an access token holds what the token is bound to (RFC 7800 section 3, RFC 9449 section 7.1,
//! RFC 8705 section 3).

use oauth_sansio::{Digest, base64url};

use super::AccessTokenClaims;
use crate::dpop::Proof;

/// Why the sender may not use the token. On the wire all of these are `invalid_token` (RFC 9449 section 7.1, RFC 8705
/// section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PossessionError {
    /// A proof came with a token that is bound to no key: a bearer token under the scheme `DPoP`.
    #[error("the token is not bound to a key")]
    NotBound,
    /// The token is bound to a key, and there is no proof: a bound token under the scheme `Bearer`.
    #[error("the token is bound to a key and no proof came with it")]
    NoProof,
    /// The proof is for another access token, or for none.
    #[error("the proof is not for this token")]
    OtherToken,
    /// The proof is by another key.
    #[error("the proof is by another key than the token's")]
    OtherKey,
    /// The token is bound to a certificate, and the connection has none.
    #[error("the token is bound to a certificate and none was shown")]
    NoCertificate,
    /// The certificate is another one.
    #[error("the certificate is another one than the token's")]
    OtherCertificate,
}

impl AccessTokenClaims {
    /// Whether the sender holds what the token is bound to. A token that is bound to nothing is a bearer token.
    ///
    /// `token` is the text that these claims are of; `proof` is the one of the request, judged with that very text. `certificate` is the one that the client used for
    /// the TLS connection, in DER; a header is none, unless a trusted proxy wrote it.
    ///
    /// # Errors
    /// The first binding that does not hold.
    pub fn check_possession(
        &self,
        token: &str,
        proof: Option<&Proof>,
        certificate: Option<&[u8]>,
    ) -> Result<(), PossessionError> {
        match (&self.jkt, proof) {
            (None, None) => {}
            (None, Some(_)) => return Err(PossessionError::NotBound),
            (Some(_), None) => return Err(PossessionError::NoProof),
            (Some(_), Some(proof)) if proof.access_token != Some(Digest::of(token)) => {
                return Err(PossessionError::OtherToken);
            }
            (Some(jkt), Some(proof)) if *jkt != proof.thumbprint.to_string() => {
                return Err(PossessionError::OtherKey);
            }
            (Some(_), Some(_)) => {}
        }
        match (&self.x5t_s256, certificate) {
            // A certificate may be there for the sake of the connection alone.
            (None, _) => Ok(()),
            (Some(_), None) => Err(PossessionError::NoCertificate),
            // RFC 8705 section 3.1: over the DER, in base64url.
            (Some(wanted), Some(der)) if *wanted == base64url::encode(Digest::of(der).as_bytes()) => Ok(()),
            (Some(_), Some(_)) => Err(PossessionError::OtherCertificate),
        }
    }
}
