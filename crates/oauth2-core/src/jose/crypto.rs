//! The arithmetic: the only file that names the library.

use std::sync::Arc;

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeyPairComponents, KeySize, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaParameters,
    },
};

use super::Algorithm;

/// The library refused a key, or a signature could not be made. It does not say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// A public key that is ready to verify, or a shared one.
#[derive(Clone)]
pub(super) enum Public {
    Parsed(Arc<ParsedPublicKey>),
    Shared(Arc<hmac::Key>),
}

/// The numbers of a public key.
pub(super) enum Numbers<'a> {
    Ec { x: &'a [u8; 32], y: &'a [u8; 32] },
    Okp { x: &'a [u8; 32] },
    Rsa { n: &'a [u8], e: &'a [u8] },
}

impl Public {
    /// Points that are not on their curve and moduli of fewer than 2048 bits are refused.
    pub(super) fn parse(numbers: &Numbers<'_>, algorithm: Algorithm) -> Result<Self, Refused> {
        const PKCS1: &RsaParameters = &RSA_PKCS1_2048_8192_SHA256;
        const PSS: &RsaParameters = &RSA_PSS_2048_8192_SHA256;
        let rsa = |n, e, parameters| PublicKeyComponents { n, e }.to_parsed_public_key(parameters);
        let parsed = match (numbers, algorithm) {
            (Numbers::Ec { x, y }, Algorithm::Es256) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(x, y)).map_err(|_| Refused)?
            }
            (Numbers::Okp { x }, Algorithm::EdDsa) => {
                ParsedPublicKey::new(&ED25519, x).map_err(|_| Refused)?
            }
            (Numbers::Rsa { n, e }, Algorithm::Rs256) => rsa(*n, *e, PKCS1).map_err(|_| Refused)?,
            (Numbers::Rsa { n, e }, Algorithm::Ps256) => rsa(*n, *e, PSS).map_err(|_| Refused)?,
            _ => return Err(Refused),
        };
        Ok(Self::Parsed(Arc::new(parsed)))
    }

    pub(super) fn shared(secret: &[u8]) -> Self {
        Self::Shared(hmac::Key::new(hmac::HMAC_SHA256, secret).into())
    }

    /// ECDSA signatures are the two numbers one behind the other (RFC 7518 section 3.4), never DER.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        match self {
            Self::Parsed(key) => key.verify_sig(message, signature).map_err(|_| Refused),
            // In constant time.
            Self::Shared(key) => hmac::verify(key, message, signature).map_err(|_| Refused),
        }
    }

    /// `SubjectPublicKeyInfo` in DER, as certificates carry it.
    pub(super) fn spki(&self) -> Option<Vec<u8>> {
        match self {
            Self::Parsed(key) => {
                let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
                Some(der.as_ref().to_vec())
            }
            Self::Shared(_) => None,
        }
    }
}

/// A private key that is ready to sign.
pub(super) enum Private {
    Ec(EcdsaKeyPair),
    Okp(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    Shared(Box<hmac::Key>),
}

/// The numbers of a private key, beside those of the public one.
pub(super) enum Secrets<'a> {
    Ec { d: &'a [u8] },
    Okp { d: &'a [u8] },
    Rsa { d: &'a [u8], p: &'a [u8], q: &'a [u8], dp: &'a [u8], dq: &'a [u8], qi: &'a [u8] },
}

/// The numbers of a public key, given away.
pub(super) enum Given {
    Ec { x: Vec<u8>, y: Vec<u8> },
    Okp { x: Vec<u8> },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Private {
    /// The private half must belong to the public one.
    pub(super) fn parse(numbers: &Numbers<'_>, secrets: &Secrets<'_>) -> Result<Self, Refused> {
        match (numbers, secrets) {
            (Numbers::Ec { x, y }, Secrets::Ec { d }) => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                EcdsaKeyPair::from_private_key_and_public_key(algorithm, d, &point(x, y)).map(Self::Ec)
            }
            (Numbers::Okp { x }, Secrets::Okp { d }) => {
                Ed25519KeyPair::from_seed_and_public_key(d, *x).map(Self::Okp)
            }
            (Numbers::Rsa { n, e }, Secrets::Rsa { d, p, q, dp, dq, qi }) => {
                let public_key = PublicKeyComponents { n: *n, e: *e };
                #[allow(non_snake_case, reason = "the names of the library")]
                let (dP, dQ, qInv) = (*dp, *dq, *qi);
                let components = KeyPairComponents { public_key, d: *d, p: *p, q: *q, dP, dQ, qInv };
                RsaKeyPair::from_components(&components).map(Self::Rsa)
            }
            _ => return Err(Refused),
        }
        .map_err(|_| Refused)
    }

    /// From PKCS #8 (RFC 5958), of the kind that the algorithm needs.
    pub(super) fn from_pkcs8(der: &[u8], algorithm: Algorithm) -> Result<Self, Refused> {
        match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Self::Ec),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Okp),
            Algorithm::Ps256 | Algorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(Self::Rsa),
            Algorithm::Hs256 => return Err(Refused),
        }
        .map_err(|_| Refused)
    }

    /// A new key, from the library's own source of randomness.
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, Refused> {
        match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::Ec),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Self::Okp),
            Algorithm::Ps256 | Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Self::Rsa),
            Algorithm::Hs256 => return Err(Refused),
        }
        .map_err(|_| Refused)
    }

    pub(super) fn shared(secret: &[u8]) -> Self {
        Self::Shared(hmac::Key::new(hmac::HMAC_SHA256, secret).into())
    }

    /// The library draws what a signature needs of randomness itself.
    pub(super) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, Refused> {
        let rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(|_| Refused)?;
            Ok(signature)
        };
        match (self, algorithm) {
            (Self::Ec(pair), Algorithm::Es256) => {
                Ok(pair.sign(&SystemRandom::new(), message).map_err(|_| Refused)?.as_ref().to_vec())
            }
            (Self::Okp(pair), Algorithm::EdDsa) => Ok(pair.sign(message).as_ref().to_vec()),
            (Self::Rsa(pair), Algorithm::Ps256) => rsa(pair, &RSA_PSS_SHA256),
            (Self::Rsa(pair), Algorithm::Rs256) => rsa(pair, &RSA_PKCS1_SHA256),
            (Self::Shared(key), Algorithm::Hs256) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            _ => Err(Refused),
        }
    }

    /// The public half; `None` of a shared key.
    pub(super) fn public(&self) -> Option<Given> {
        Some(match self {
            Self::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref().split_first()?.1.split_at_checked(32)?;
                Given::Ec { x: x.to_vec(), y: y.to_vec() }
            }
            Self::Okp(pair) => Given::Okp { x: pair.public_key().as_ref().to_vec() },
            Self::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                Given::Rsa { n: public.n, e: public.e }
            }
            Self::Shared(_) => return None,
        })
    }
}

/// A point, uncompressed (SEC 1 section 2.3.3).
fn point(x: &[u8; 32], y: &[u8; 32]) -> [u8; 65] {
    let mut point = [4; 65];
    let (first, second) = point.split_at_mut(33);
    if let (Some(first), Some(second)) = (first.last_chunk_mut(), second.first_chunk_mut()) {
        (*first, *second) = (*x, *y);
    }
    point
}
