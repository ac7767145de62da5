//! Proof Key for Code Exchange (RFC 7636), with the method `S256` alone.
//!
//! `plain` proves nothing to whoever saw the authorization request, so it is neither offered nor understood
//! (RFC 9700 section 2.1.1).

use oauth_sansio::{Digest, Entropy, Secret, base64url, percent};
use serde::{Deserialize, Serialize};

/// The only `code_challenge_method` (RFC 7636 section 4.2).
pub const METHOD: &str = "S256";

/// A `code_verifier`: 43 to 128 unreserved characters that only the client knows until it redeems its code
/// (RFC 7636 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Verifier(Secret);

impl Verifier {
    /// A fresh verifier: 256 random bits in 43 characters, as RFC 7636 section 4.1 recommends.
    pub fn generate(entropy: &mut Entropy) -> Self {
        Self(entropy.text())
    }

    /// Takes over a text as a verifier.
    ///
    /// # Errors
    /// When the text is not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    pub fn parse(text: impl Into<Secret>) -> Result<Self, PkceError> {
        let text = text.into();
        check_verifier(text.expose())?;
        Ok(Self(text))
    }

    /// `BASE64URL(SHA256(ASCII(code_verifier)))` (RFC 7636 section 4.2).
    ///
    /// ```
    /// use oauth2_core::pkce::Verifier;
    ///
    /// let verifier = Verifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")?;
    /// assert_eq!(verifier.challenge().to_string(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    /// # Ok::<(), oauth2_core::pkce::PkceError>(())
    /// ```
    pub fn challenge(&self) -> Challenge {
        Challenge(Digest::of(self.expose()))
    }

    /// The text itself, for the token request.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// A `code_challenge` of the method `S256`. It is the digest of the verifier, so it may be stored and shown.
///
/// As serde data it is the text that goes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(Digest);

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method` of an authorization request.
    ///
    /// # Errors
    /// [`PkceError::UnsupportedMethod`] for any method but `S256`; also for none, which would mean `plain`
    /// (RFC 7636 section 4.3). Otherwise when the text cannot be a SHA-256 in base64url: no verifier would ever
    /// match it.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        if method != Some(METHOD) {
            return Err(PkceError::UnsupportedMethod);
        }
        if challenge.bytes().any(|byte| !percent::is_unreserved(byte)) {
            return Err(PkceError::InvalidCharacter);
        }
        if challenge.len() != CHALLENGE_LENGTH {
            return Err(PkceError::WrongLength);
        }
        let bytes = base64url::decode_array(challenge.as_bytes());
        bytes.map(|bytes| Self(Digest::from_bytes(bytes))).ok_or(PkceError::InvalidCharacter)
    }

    /// Writes the text that goes on the wire behind what is there.
    pub(crate) fn append_to(&self, out: &mut String) {
        base64url::append(out, self.0.as_bytes());
    }

    /// Checks the `code_verifier` of a token request, in constant time (RFC 7636 section 4.6).
    ///
    /// # Errors
    /// When it is missing, malformed, or another one's. On the wire all of these are `invalid_grant`.
    pub fn verify(&self, verifier: Option<&str>) -> Result<(), PkceError> {
        let verifier = verifier.filter(|text| !text.is_empty()).ok_or(PkceError::MissingVerifier)?;
        check_verifier(verifier)?;
        // `Digest` compares in constant time.
        if Digest::of(verifier) == self.0 { Ok(()) } else { Err(PkceError::Mismatch) }
    }
}

/// The text that goes on the wire.
impl std::fmt::Display for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base64url::encode(self.0.as_bytes()))
    }
}

/// Why a verifier or a challenge is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PkceError {
    /// A `code_challenge_method` that is not `S256`, or none.
    #[error("code_challenge_method is not S256")]
    UnsupportedMethod,
    /// The challenge is not 43 characters long.
    #[error("code_challenge is not 43 characters long")]
    WrongLength,
    /// The verifier has fewer than 43 characters.
    #[error("code_verifier is too short")]
    TooShort,
    /// The verifier has more than 128 characters.
    #[error("code_verifier is too long")]
    TooLong,
    /// A character that does not belong there.
    #[error("a character is not allowed in a code_verifier or code_challenge")]
    InvalidCharacter,
    /// A challenge was sent with the authorization request, no verifier with the token request.
    #[error("code_verifier is missing")]
    MissingVerifier,
    /// The verifier does not match the challenge.
    #[error("code_verifier does not match code_challenge")]
    Mismatch,
}

/// 32 bytes in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// `43*128unreserved` (RFC 7636 section 4.1).
fn check_verifier(text: &str) -> Result<(), PkceError> {
    match text.len() {
        129.. => Err(PkceError::TooLong),
        _ if text.bytes().any(|byte| !percent::is_unreserved(byte)) => Err(PkceError::InvalidCharacter),
        0..43 => Err(PkceError::TooShort),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use oauth_sansio::{Moment, Timestamp};

    use super::*;

    #[test]
    fn l10_verifiers_are_fresh_and_hold_256_bits() {
        let mut entropy = Moment::new(Timestamp::from_unix(0), [7; 32]).entropy();
        let (one, other) = (Verifier::generate(&mut entropy), Verifier::generate(&mut entropy));
        assert_ne!(one, other);
        assert_eq!(base64url::decode(one.expose().as_bytes()).unwrap().len(), 32);
        assert_eq!(check_verifier(one.expose()), Ok(()));
        assert_eq!(one.challenge().verify(Some(one.expose())), Ok(()));
        assert_eq!(one.challenge().verify(Some(other.expose())), Err(PkceError::Mismatch));
    }

    #[test]
    fn l21_a_verifier_does_not_print() {
        let verifier = Verifier::generate(&mut Moment::new(Timestamp::from_unix(0), [7; 32]).entropy());
        assert_eq!(format!("{verifier:?}"), "Verifier(Secret(..))");
    }

    #[test]
    fn a_challenge_survives_storage_as_its_own_text() {
        let text = "\"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\"";
        let challenge: Challenge = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&challenge).unwrap(), text);
        assert_eq!(format!("\"{challenge}\""), text);
    }

    #[test]
    fn a_challenge_that_no_verifier_could_match_is_refused() {
        // The last character carries two bits that a SHA-256 does not have.
        let stray = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN";
        assert_eq!(Challenge::parse(stray, Some("S256")), Err(PkceError::InvalidCharacter));
        assert_eq!(Challenge::parse(stray, None), Err(PkceError::UnsupportedMethod));
        assert_eq!(Challenge::parse(stray, Some("s256")), Err(PkceError::UnsupportedMethod));
    }
}
