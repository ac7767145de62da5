//! One public key as JSON (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use std::{borrow::Cow, fmt};

use oauth_sansio::{Digest, Secret, base64url};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use super::{
    Algorithm,
    crypto::{Numbers, Public},
    known::Known,
};
use crate::document::{DocumentError, Members, Object};

/// A public key. What it may be used for is part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Jwk {
    pub(super) material: Material,
    /// `kid`: its name within a set. It means nothing to anybody else.
    pub key_id: Option<String>,
    /// `alg`: the only algorithm that it may be used with.
    pub algorithm: Option<Algorithm>,
    pub(super) known: Known,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Material {
    Ec { x: [u8; 32], y: [u8; 32] },
    Okp { x: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// The thumbprint of a key (RFC 7638): SHA-256 over the members that make it the key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thumbprint(pub Digest);

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0.as_bytes()))
    }
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum KeyError {
    /// It is no JSON object with members of the right types, or too large.
    #[error("the key is malformed")]
    Malformed,
    /// `kty` and `crv` name a kind that is not known here.
    #[error("the kind of key is not known")]
    Kind,
    /// It holds a private or a shared key (RFC 9449 section 4.3, RFC 7591 section 2).
    #[error("the key is not only public")]
    Private,
    /// RSA with fewer than 2048 bits, or more than 8192 (RFC 8725 section 3.2, RFC 7518 section 3.3).
    #[error("the key is too weak or too large")]
    Weak,
    /// The numbers are no key: not on the curve, or an exponent that is none.
    #[error("the key is invalid")]
    Invalid,
    /// It is not for signatures, or for another algorithm (RFC 7517 sections 4.2 to 4.4).
    #[error("the key is not for this")]
    Use,
}

impl Jwk {
    /// Bytes of a key as JSON: RSA with 8192 bits needs a quarter of it.
    pub const MAX_BYTES: usize = 8 * 1024;

    /// Reads a public key.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(json: &[u8]) -> Result<Self, KeyError> {
        if json.len() > Self::MAX_BYTES {
            return Err(KeyError::Malformed);
        }
        Self::of(Object::parse(json).map_err(|_| KeyError::Malformed)?)
    }

    /// Reads a public key from JSON that is parsed already.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn from_value(value: &Value) -> Result<Self, KeyError> {
        Self::parse(value.to_string().as_bytes())
    }

    pub(super) fn of(mut members: Object<'_>) -> Result<Self, KeyError> {
        // RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| members.has(name)) {
            return Err(KeyError::Private);
        }
        let jwk = Self::public_part(&mut members)?;
        let verifies = match members.text("use").map_err(malformed)?.as_deref() {
            None | Some("sig") => true,
            Some(_) => false,
        };
        let operations = members.list("key_ops").map_err(malformed)?;
        if !verifies || operations.is_some_and(|list| list.iter().all(|name| name != "verify")) {
            return Err(KeyError::Use);
        }
        // A point off its curve is found here, not at the first signature.
        jwk.ready_for(jwk.any_algorithm())?;
        Ok(jwk)
    }

    /// The members of the public half, taken out.
    pub(super) fn public_part(members: &mut Object<'_>) -> Result<Self, KeyError> {
        let kty = members.text("kty").map_err(malformed)?.ok_or(KeyError::Malformed)?;
        let crv = members.text("crv").map_err(malformed)?;
        let material = match (&*kty, crv.as_deref()) {
            ("EC", Some("P-256")) => {
                Material::Ec { x: coordinate(members, "x")?, y: coordinate(members, "y")? }
            }
            ("OKP", Some("Ed25519")) => match coordinate(members, "x")? {
                x if is_of_small_order(&x) => return Err(KeyError::Invalid),
                x => Material::Okp { x },
            },
            ("RSA", None) => Material::rsa(number(members, "n")?, number(members, "e")?)?,
            _ => return Err(KeyError::Kind),
        };
        let key_id = members.text("kid").map_err(malformed)?.map(Cow::into_owned);
        // A name that is not known here is an algorithm that the key cannot be used with here.
        let algorithm = match members.text("alg").map_err(malformed)? {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| KeyError::Use)?),
        };
        Ok(Self { material, key_id, algorithm, known: Known::default() })
    }

    /// RFC 7638 section 3: the required members, in the order of their names, without white space.
    pub fn thumbprint(&self) -> Thumbprint {
        self.known.thumbprint(|| self.material.thumbprint())
    }

    /// The key, ready to verify signatures of one algorithm and no other (RFC 8725 section 3.1).
    ///
    /// # Errors
    /// [`KeyError::Use`] when the key is for something else, [`KeyError::Invalid`] when its numbers are no key.
    pub fn verifying_key(&self, algorithm: Algorithm) -> Result<VerifyingKey, KeyError> {
        self.ready_for(algorithm).cloned()
    }

    /// The same, where it lies.
    pub(crate) fn ready_for(&self, algorithm: Algorithm) -> Result<&VerifyingKey, KeyError> {
        let fits = matches!(
            (&self.material, algorithm),
            (Material::Ec { .. }, Algorithm::Es256)
                | (Material::Okp { .. }, Algorithm::EdDsa)
                | (Material::Rsa { .. }, Algorithm::Ps256 | Algorithm::Rs256)
        );
        if !fits || self.algorithm.is_some_and(|only| only != algorithm) {
            return Err(KeyError::Use);
        }
        self.known.ready(algorithm, || self.parsed(algorithm))
    }

    /// The key as certificates carry it: `SubjectPublicKeyInfo` in DER (RFC 5280 section 4.1.2.7).
    pub fn subject_public_key_info(&self) -> Option<Vec<u8>> {
        self.parsed(self.any_algorithm()).ok()?.key.spki()
    }

    fn parsed(&self, algorithm: Algorithm) -> Result<VerifyingKey, KeyError> {
        let key = Public::parse(&self.material.numbers(), algorithm).map_err(|_| KeyError::Invalid)?;
        Ok(VerifyingKey { algorithm, key })
    }

    fn any_algorithm(&self) -> Algorithm {
        match (&self.material, self.algorithm) {
            (_, Some(algorithm)) => algorithm,
            (Material::Ec { .. }, None) => Algorithm::Es256,
            (Material::Okp { .. }, None) => Algorithm::EdDsa,
            (Material::Rsa { .. }, None) => Algorithm::Rs256,
        }
    }

    /// The key as JSON: its public members only.
    pub fn to_value(&self) -> Value {
        let mut members = serde_json::Map::new();
        let mut put = |name: &str, text: &str| drop(members.insert(name.to_owned(), text.into()));
        match &self.material {
            Material::Ec { x, y } => {
                put("kty", "EC");
                put("crv", "P-256");
                put("x", &base64url::encode(x));
                put("y", &base64url::encode(y));
            }
            Material::Okp { x } => {
                put("kty", "OKP");
                put("crv", "Ed25519");
                put("x", &base64url::encode(x));
            }
            Material::Rsa { n, e } => {
                put("kty", "RSA");
                put("n", &base64url::encode(n));
                put("e", &base64url::encode(e));
            }
        }
        put("use", "sig");
        if let Some(key_id) = &self.key_id {
            put("kid", key_id);
        }
        if let Some(algorithm) = self.algorithm {
            put("alg", algorithm.as_str());
        }
        Value::Object(members)
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Material {
    /// An odd exponent above one, and 2048 to 8192 bits without leading zeros (RFC 7518 sections 3.3 and 6.3.1.1).
    pub(super) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Self, KeyError> {
        let bits = n.len().saturating_mul(8);
        match (n.first(), e.first(), e.last()) {
            (Some(0), ..) | (_, Some(0), _) | (None, ..) | (_, None, _) => Err(KeyError::Invalid),
            _ if !(2048..=8192).contains(&bits)
                || n.first().is_some_and(|top| top.leading_zeros() > 0) && bits == 2048 =>
            {
                Err(KeyError::Weak)
            }
            (.., Some(last)) if last & 1 == 0 || e == [1] || e.len() > 8 => Err(KeyError::Invalid),
            _ => Ok(Self::Rsa { n, e }),
        }
    }

    fn thumbprint(&self) -> Thumbprint {
        let members: [(&str, &[u8]); 2] = match self {
            Self::Ec { x, y } => [(r#"{"crv":"P-256","kty":"EC","x":""#, x), (r#"","y":""#, y)],
            Self::Okp { x } => [(r#"{"crv":"Ed25519","kty":"OKP","x":""#, x), ("", &[])],
            Self::Rsa { n, e } => [(r#"{"e":""#, e), (r#"","kty":"RSA","n":""#, n)],
        };
        let mut text = String::with_capacity(128);
        for (before, number) in members {
            text.push_str(before);
            base64url::append(&mut text, number);
        }
        text.push_str(r#""}"#);
        Thumbprint(Digest::of(text))
    }

    pub(super) fn numbers(&self) -> Numbers<'_> {
        match self {
            Self::Ec { x, y } => Numbers::Ec { x, y },
            Self::Okp { x } => Numbers::Okp { x },
            Self::Rsa { n, e } => Numbers::Rsa { n, e },
        }
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ec { .. } => "P-256",
            Self::Okp { .. } => "Ed25519",
            Self::Rsa { .. } => "RSA",
        })
    }
}

/// A key that is ready to verify, with the one algorithm that it verifies. Cloning it makes another handle.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: Public,
}

impl VerifyingKey {
    /// A shared secret, for `client_secret_jwt` (OpenID Connect Core section 9).
    ///
    /// # Errors
    /// [`KeyError::Weak`] when it is shorter than the hash (RFC 7518 section 3.2).
    pub fn of_secret(secret: &Secret) -> Result<Self, KeyError> {
        match secret.expose().as_bytes() {
            bytes if bytes.len() < 32 => Err(KeyError::Weak),
            bytes => Ok(Self { algorithm: Algorithm::Hs256, key: Public::shared(bytes) }),
        }
    }

    /// The algorithm that it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Whether a point of Ed25519 has an order that divides eight, in any spelling: some signatures by such a key fit every
/// message (RFC 8725 section 3.5, RFC 8032 section 8.9).
fn is_of_small_order(x: &[u8; 32]) -> bool {
    const P: [u8; 32] = least(0xed, 0xff, 0x7f);
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
    ];
    // y is 0, 1 or -1, and the first two once more with p added to them.
    const Y: [[u8; 32]; 5] =
        [least(0, 0, 0), least(1, 0, 0), least(0xec, 0xff, 0x7f), P, least(0xee, 0xff, 0x7f)];
    let mut y = *x;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    Y.contains(&y) || ORDER_8.contains(&y)
}

/// A number in little-endian order: its first byte, thirty of another, its last one.
const fn least(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    let [head, .., tail] = &mut bytes;
    (*head, *tail) = (first, last);
    bytes
}

fn number(members: &mut Object<'_>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    let text = members.text(name).map_err(malformed)?.ok_or(KeyError::Malformed)?;
    base64url::decode(text.as_bytes()).ok_or(KeyError::Malformed)
}

/// A coordinate has its full length (RFC 7518 section 6.2.1.2).
fn coordinate(members: &mut Object<'_>, name: &'static str) -> Result<[u8; 32], KeyError> {
    let text = members.text(name).map_err(malformed)?.ok_or(KeyError::Malformed)?;
    base64url::decode_array(text.as_bytes()).ok_or(KeyError::Malformed)
}

fn malformed(_: DocumentError) -> KeyError {
    KeyError::Malformed
}
