//! RSA keys from PEM, DER and JWK.

use std::fmt;

use ::rsa::{
    BoxedUint,
    pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _},
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _},
    traits::PublicKeyParts as _,
};
use oauth_sansio::base64url;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::{KeyError, PublicKey};

/// A client's private key. `Debug` shows its length; it is wiped when dropped.
pub struct PrivateKey(pub(super) ::rsa::PrivateKey);

/// No key, however encoded, is longer: 8192 bits, twice over for armour and the parts of a private key.
const MAX_BYTES: usize = 16 * 1024;

impl PrivateKey {
    /// Reads a PEM text: `PRIVATE KEY` (PKCS #8, RFC 5208) or `RSA PRIVATE KEY` (PKCS #1, RFC 8017).
    ///
    /// # Errors
    /// When it is neither, or encrypted, or contradicts itself.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let text = bounded(text)?.trim();
        let key = ::rsa::PrivateKey::from_pkcs8_pem(text).ok();
        Self::found(key.or_else(|| ::rsa::PrivateKey::from_pkcs1_pem(text).ok()))
    }

    /// Reads DER: PKCS #8 or PKCS #1.
    ///
    /// # Errors
    /// Those of [`from_pem`](Self::from_pem).
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let der = bounded(der)?;
        let key = ::rsa::PrivateKey::from_pkcs8_der(der).ok();
        Self::found(key.or_else(|| ::rsa::PrivateKey::from_pkcs1_der(der).ok()))
    }

    /// Reads a JWK of type `RSA` with `n`, `e`, `d`, `p` and `q` (RFC 7518 section 6.3.2).
    ///
    /// # Errors
    /// Those of [`from_pem`](Self::from_pem).
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        let jwk = Jwk::read(json)?;
        let secret = |member: &Option<Zeroizing<String>>| number(member.as_ref().ok_or(KeyError::Malformed)?);
        let primes = vec![secret(&jwk.p)?, secret(&jwk.q)?];
        let (n, e, d) = (number(&jwk.n)?, number(&jwk.e)?, secret(&jwk.d)?);
        Self::found(::rsa::PrivateKey::from_components(n, e, d, primes).ok())
    }

    /// What the provider is told of it.
    ///
    /// # Errors
    /// Never for a key that was read.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        spki(self.0.as_public_key())
    }

    /// The length of the modulus.
    pub fn bits(&self) -> u32 {
        self.0.n().bit_width_vartime()
    }

    fn found(key: Option<::rsa::PrivateKey>) -> Result<Self, KeyError> {
        key.map(Self).ok_or(KeyError::Malformed)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} bits)", self.bits())
    }
}

/// From RSA keys in their several clothes.
impl PublicKey {
    /// Reads a PEM text: `PUBLIC KEY` (RFC 7468 section 13) or `RSA PUBLIC KEY` (PKCS #1, RFC 8017).
    ///
    /// # Errors
    /// When it is neither, or not of RSA.
    pub fn from_rsa_pem(text: &str) -> Result<Self, KeyError> {
        let text = bounded(text)?.trim();
        let key = ::rsa::PublicKey::from_public_key_pem(text).ok();
        found(key.or_else(|| ::rsa::PublicKey::from_pkcs1_pem(text).ok()))
    }

    /// Reads DER: a `SubjectPublicKeyInfo` or PKCS #1.
    ///
    /// # Errors
    /// Those of [`from_rsa_pem`](Self::from_rsa_pem).
    pub fn from_rsa_der(der: &[u8]) -> Result<Self, KeyError> {
        let der = bounded(der)?;
        let key = ::rsa::PublicKey::from_public_key_der(der).ok();
        found(key.or_else(|| ::rsa::PublicKey::from_pkcs1_der(der).ok()))
    }

    /// Reads a JWK of type `RSA` with `n` and `e` (RFC 7518 section 6.3.1); private members are not looked at.
    ///
    /// # Errors
    /// Those of [`from_rsa_pem`](Self::from_rsa_pem).
    pub fn from_rsa_jwk(json: &str) -> Result<Self, KeyError> {
        let jwk = Jwk::read(json)?;
        found(::rsa::PublicKey::new(number(&jwk.n)?, number(&jwk.e)?).ok())
    }
}

/// The key in a form that verifies.
pub(super) fn read(key: &PublicKey) -> Result<::rsa::PublicKey, KeyError> {
    ::rsa::PublicKey::from_public_key_der(bounded(key.as_spki())?).map_err(|_| KeyError::Malformed)
}

fn found(key: Option<::rsa::PublicKey>) -> Result<PublicKey, KeyError> {
    spki(&key.ok_or(KeyError::Malformed)?)
}

fn spki(key: &::rsa::PublicKey) -> Result<PublicKey, KeyError> {
    let der = key.to_public_key_der().map_err(|_| KeyError::Malformed)?;
    Ok(PublicKey::from_spki(der.into_vec()))
}

fn bounded<T: AsRef<[u8]> + ?Sized>(encoded: &T) -> Result<&T, KeyError> {
    match encoded.as_ref().len() <= MAX_BYTES {
        true => Ok(encoded),
        false => Err(KeyError::Malformed),
    }
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    n: String,
    e: String,
    d: Option<Zeroizing<String>>,
    p: Option<Zeroizing<String>>,
    q: Option<Zeroizing<String>>,
}

impl Jwk {
    fn read(json: &str) -> Result<Self, KeyError> {
        let jwk: Self = serde_json::from_str(bounded(json)?).map_err(|_| KeyError::Malformed)?;
        if jwk.kty == "RSA" { Ok(jwk) } else { Err(KeyError::Malformed) }
    }
}

/// A `Base64urlUInt` (RFC 7518 section 2).
fn number(text: &str) -> Result<BoxedUint, KeyError> {
    let bytes = Zeroizing::new(base64url::decode(text.as_bytes()).ok_or(KeyError::Malformed)?);
    Ok(BoxedUint::from_be_slice_vartime(&bytes))
}
