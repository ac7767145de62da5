//! Making a signed text (RFC 7515 section 5.1), in two halves: what is to be signed, and the signature.

use std::fmt;

use oauth_sansio::{Secret, base64, base64url};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    Algorithm, Jwk, KeyError,
    crypto::{Given, Private, Secrets},
    jwk::Material,
    known::Known,
};
use crate::document::{Members, Object};

/// Whoever signs: a key in memory, or one that never leaves its machine.
pub trait Signer {
    /// The name that the key has in the published set.
    fn key_id(&self) -> &str;

    /// The algorithm it signs with.
    fn algorithm(&self) -> Algorithm;

    /// The signature of `input`, as RFC 7518 section 3 and RFC 8037 section 3.1 write it.
    ///
    /// # Errors
    /// When no signature could be made.
    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A signature could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be made")]
pub struct SignError;

/// A text that lacks nothing but its signature.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unsigned {
    input: String,
}

#[derive(Serialize)]
struct HeaderOut<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<Value>,
}

impl Unsigned {
    /// For a signer, with a type.
    pub fn new(signer: &dyn Signer, typ: Option<&str>, payload: &[u8]) -> Self {
        let kid = Some(signer.key_id()).filter(|key_id| !key_id.is_empty());
        Self::write(&HeaderOut { alg: signer.algorithm().as_str(), typ, kid, jwk: None }, payload)
    }

    /// For a key that is known by its name and its algorithm only.
    pub fn by(key_id: &str, algorithm: Algorithm, typ: Option<&str>, payload: &[u8]) -> Self {
        Self::write(&HeaderOut { alg: algorithm.as_str(), typ, kid: Some(key_id), jwk: None }, payload)
    }

    /// With the key in the header, as a DPoP proof has it (RFC 9449 section 4.2).
    pub fn with_embedded_key(jwk: &Jwk, algorithm: Algorithm, typ: &str, payload: &[u8]) -> Self {
        let mut jwk = jwk.to_value();
        if let Some(members) = jwk.as_object_mut() {
            members.retain(|name, _| !matches!(name.as_str(), "use" | "kid" | "alg"));
        }
        Self::write(
            &HeaderOut { alg: algorithm.as_str(), typ: Some(typ), kid: None, jwk: Some(jwk) },
            payload,
        )
    }

    fn write(header: &HeaderOut<'_>, payload: &[u8]) -> Self {
        // A struct of texts always serialises.
        let header = serde_json::to_vec(header).unwrap_or_default();
        let mut input = base64url::encode(&header);
        input.push('.');
        input.push_str(&base64url::encode(payload));
        Self { input }
    }

    /// What is to be signed.
    pub fn input(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// The text with its signature.
    pub fn signed(self, signature: &[u8]) -> String {
        let mut text = self.input;
        text.push('.');
        text.push_str(&base64url::encode(signature));
        text
    }
}

/// What is signed may say much about a person.
impl fmt::Debug for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unsigned(..)")
    }
}

/// A signer whose key is in memory.
pub struct LocalSigner {
    key_id: String,
    algorithm: Algorithm,
    key: Private,
}

impl LocalSigner {
    /// A new key. It is drawn by the cryptographic library from the operating system: for servers that make their keys
    /// themselves, for tests and for trying things out.
    ///
    /// # Errors
    /// [`KeyError::Use`] for an algorithm that has no key pair, [`KeyError::Invalid`] when the library fails.
    pub fn generate(algorithm: Algorithm, key_id: impl Into<String>) -> Result<Self, KeyError> {
        if algorithm == Algorithm::Hs256 {
            return Err(KeyError::Use);
        }
        let key = Private::generate(algorithm).map_err(|_| KeyError::Invalid)?;
        Ok(Self { key_id: key_id.into(), algorithm, key })
    }

    /// A key from PKCS #8 in DER (RFC 5958).
    ///
    /// # Errors
    /// [`KeyError::Invalid`] when it is none of the algorithm's.
    pub fn from_pkcs8(der: &[u8], algorithm: Algorithm, key_id: impl Into<String>) -> Result<Self, KeyError> {
        let key = Private::from_pkcs8(der, algorithm).map_err(|_| KeyError::Invalid)?;
        Ok(Self { key_id: key_id.into(), algorithm, key })
    }

    /// A key from the PEM text of PKCS #8 (`PRIVATE KEY`, RFC 7468 section 10).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the text is none, [`KeyError::Invalid`] when its key is none of the algorithm's.
    pub fn from_pem(text: &str, algorithm: Algorithm, key_id: impl Into<String>) -> Result<Self, KeyError> {
        Self::from_pkcs8(&pem(text).ok_or(KeyError::Malformed)?, algorithm, key_id)
    }

    /// A private key as JSON (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2). Its `kid` and `alg` count; without
    /// `alg` it signs with `algorithm`.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn from_private_jwk(json: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        if json.len() > Jwk::MAX_BYTES {
            return Err(KeyError::Malformed);
        }
        let mut members = Object::parse(json).map_err(|_| KeyError::Malformed)?;
        let public = Jwk::public_part(&mut members)?;
        let mut number = |name| -> Result<Zeroizing<Vec<u8>>, KeyError> {
            let text = members.text(name).map_err(|_| KeyError::Malformed)?.ok_or(KeyError::Malformed)?;
            base64url::decode(text.as_bytes()).map(Zeroizing::new).ok_or(KeyError::Malformed)
        };
        let d = number("d")?;
        let numbers = public.material.numbers();
        let key = match &public.material {
            Material::Ec { .. } => Private::parse(&numbers, &Secrets::Ec { d: &d }),
            Material::Okp { .. } => Private::parse(&numbers, &Secrets::Okp { d: &d }),
            Material::Rsa { .. } => {
                let (p, q, dp) = (number("p")?, number("q")?, number("dp")?);
                let (dq, qi) = (number("dq")?, number("qi")?);
                let secrets = Secrets::Rsa { d: &d, p: &p, q: &q, dp: &dp, dq: &dq, qi: &qi };
                Private::parse(&numbers, &secrets)
            }
        };
        let key = key.map_err(|_| KeyError::Invalid)?;
        let algorithm = public.algorithm.unwrap_or(algorithm);
        // It must be able to verify what it is about to sign.
        public.verifying_key(algorithm)?;
        Ok(Self { key_id: public.key_id.unwrap_or_default(), algorithm, key })
    }

    /// A shared secret, for `client_secret_jwt`.
    ///
    /// # Errors
    /// [`KeyError::Weak`] when it is shorter than the hash (RFC 7518 section 3.2).
    pub fn from_secret(secret: &Secret) -> Result<Self, KeyError> {
        match secret.expose().as_bytes() {
            bytes if bytes.len() < 32 => Err(KeyError::Weak),
            bytes => {
                Ok(Self { key_id: String::new(), algorithm: Algorithm::Hs256, key: Private::shared(bytes) })
            }
        }
    }

    /// The public half, to be published; of a shared secret there is none.
    ///
    /// # Errors
    /// [`KeyError::Private`] for a shared secret.
    pub fn public(&self) -> Result<Jwk, KeyError> {
        let material = match self.key.public().ok_or(KeyError::Private)? {
            Given::Ec { x, y } => {
                let sized = |bytes: Vec<u8>| bytes.try_into().map_err(|_| KeyError::Invalid);
                Material::Ec { x: sized(x)?, y: sized(y)? }
            }
            Given::Okp { x } => Material::Okp { x: x.try_into().map_err(|_| KeyError::Invalid)? },
            Given::Rsa { n, e } => Material::rsa(n, e)?,
        };
        let key_id = Some(self.key_id.clone()).filter(|key_id| !key_id.is_empty());
        Ok(Jwk { material, key_id, algorithm: Some(self.algorithm), known: Known::default() })
    }
}

impl Signer for LocalSigner {
    fn key_id(&self) -> &str {
        &self.key_id
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SignError> {
        self.key.sign(self.algorithm, input).map_err(|_| SignError)
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Base64 between two lines; what stands before and behind them is a comment (RFC 7468 section 2).
fn pem(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    const MAX_BYTES: usize = 16 * 1024;
    let bounded = Some(text).filter(|text| text.len() <= MAX_BYTES)?;
    let (_, behind) = bounded.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = behind.split_once("-----END PRIVATE KEY-----")?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    base64::decode(body.as_bytes()).map(Zeroizing::new)
}
