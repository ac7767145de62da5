//! Signatures with RSA keys (RFC 5849 section 3.4.3): RSA-SHA1, its successors, and RSA-PSS as deployed.
//!
//! The client signs with its private key, the provider verifies with the public key that the client registered; neither
//! shared secret plays a part.
//!
//! ```
//! use std::sync::Arc;
//!
//! use oauth_sansio::{Moment, Timestamp};
//! use oauth1_core::signature::{Key, KeyError, PublicKey, SignatureMethod, rsa::{PrivateKey, Rsa}};
//!
//! # fn main() -> Result<(), KeyError> {
//! # let pem = include_str!("../../../tests/keys/client.pem");
//! let private = PrivateKey::from_pem(pem)?;
//! let public = private.public_key()?;
//! let secretless = Key::shared(&"".into(), None);
//!
//! // The application: the method holds the key.
//! let method = Rsa::sha256().signing_with(private)?;
//! let mut signature = String::new();
//! let mut entropy = Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32]).entropy();
//! method.prepare(&secretless)?.sign("GET&…", &mut entropy, &mut signature)?;
//!
//! // The provider: the key comes with the client.
//! let key = secretless.with_public_key(Some(public));
//! assert!(Rsa::sha256().verify(&key, "GET&…", &signature)?);
//! # Ok(())
//! # }
//! ```

mod keys;

use std::sync::Arc;

use ::rsa::traits::PublicKeyParts as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use oauth_sansio::Entropy;
use rand::{SeedableRng as _, rngs::StdRng};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{BodyHash, Key, KeyError, PreparedKey, SignatureMethod};

pub use keys::PrivateKey;

/// A signature method with RSA keys.
#[derive(Clone, Debug)]
pub struct Rsa {
    scheme: Scheme,
    minimum_bits: u32,
    private: Option<Arc<PrivateKey>>,
}

/// A padding and a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Sha1,
    Sha256,
    Sha512,
    Pss,
}

impl Rsa {
    /// The least length of a key in bits (NIST SP 800-131A), unless told otherwise.
    pub const MINIMUM_BITS: u32 = 2048;

    /// `RSA-SHA1`: RSASSA-PKCS1-v1_5 with SHA-1 (RFC 5849 section 3.4.3). For providers that know no other.
    pub fn sha1() -> Self {
        Self::new(Scheme::Sha1)
    }

    /// `RSA-SHA256`: as RSA-SHA1, with SHA-256.
    pub fn sha256() -> Self {
        Self::new(Scheme::Sha256)
    }

    /// `RSA-SHA512`: as RSA-SHA1, with SHA-512.
    pub fn sha512() -> Self {
        Self::new(Scheme::Sha512)
    }

    /// `RSA-PSS` as deployed: RSASSA-PSS (RFC 8017 section 8.1) with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes.
    pub fn pss() -> Self {
        Self::new(Scheme::Pss)
    }

    fn new(scheme: Scheme) -> Self {
        Self { scheme, minimum_bits: Self::MINIMUM_BITS, private: None }
    }

    /// The method of a client that has this key.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn signing_with(self, key: PrivateKey) -> Result<Self, KeyError> {
        self.check(key.bits())?;
        Ok(Self { private: Some(Arc::new(key)), ..self })
    }

    /// Takes keys of fewer bits than [`MINIMUM_BITS`](Self::MINIMUM_BITS). Keys of 1024 bits are within reach of
    /// whoever can pay for it, and shorter ones of everybody; below 1024 nothing is taken.
    #[must_use]
    pub fn dangerously_accept_keys_of(self, minimum_bits: u32) -> Self {
        Self { minimum_bits, ..self }
    }

    fn check(&self, bits: u32) -> Result<(), KeyError> {
        match bits < self.minimum_bits {
            true => Err(KeyError::TooShort { bits, minimum: self.minimum_bits }),
            false => Ok(()),
        }
    }
}

impl SignatureMethod for Rsa {
    fn name(&self) -> &str {
        match self.scheme {
            Scheme::Sha1 => "RSA-SHA1",
            Scheme::Sha256 => "RSA-SHA256",
            Scheme::Sha512 => "RSA-SHA512",
            Scheme::Pss => "RSA-PSS",
        }
    }

    fn uses_secrets(&self) -> bool {
        false
    }

    fn body_hash(&self) -> BodyHash {
        match self.scheme {
            Scheme::Sha1 => BodyHash::Sha1,
            Scheme::Sha256 | Scheme::Pss => BodyHash::Sha256,
            Scheme::Sha512 => BodyHash::Sha512,
        }
    }

    fn prepare(&self, key: &Key) -> Result<Box<dyn PreparedKey>, KeyError> {
        let public = match (key.public_key(), &self.private) {
            (Some(public), _) => keys::read(public)?,
            (None, Some(private)) => private.0.to_public_key(),
            (None, None) => return Err(KeyError::Missing),
        };
        self.check(public.n().bit_width_vartime())?;
        Ok(Box::new(Prepared { scheme: self.scheme, public, private: self.private.clone() }))
    }
}

#[derive(Debug)]
struct Prepared {
    scheme: Scheme,
    public: ::rsa::PublicKey,
    private: Option<Arc<PrivateKey>>,
}

impl PreparedKey for Prepared {
    fn sign(&self, base: &str, entropy: &mut Entropy, signature: &mut String) -> Result<(), KeyError> {
        let key = &self.private.as_ref().ok_or(KeyError::Missing)?.0;
        // For the salt of PSS, and to blind the computation against whoever measures it.
        let (rng, base) = (&mut StdRng::from_seed(entropy.bytes()), base.as_bytes());
        let bytes = match self.scheme {
            Scheme::Sha1 => key.pkcs1v15_sign_with_rng::<Sha1, _>(rng, base),
            Scheme::Sha256 => key.pkcs1v15_sign_with_rng::<Sha256, _>(rng, base),
            Scheme::Sha512 => key.pkcs1v15_sign_with_rng::<Sha512, _>(rng, base),
            Scheme::Pss => key.pss_sign_with_rng::<Sha256, _>(rng, base),
        };
        STANDARD.encode_string(bytes.map_err(|_| KeyError::Failed)?, signature);
        Ok(())
    }

    fn verify(&self, base: &str, signature: &str) -> bool {
        // The text must be the one text that stands for these bytes: decoding refuses what strays from it.
        let longest = self.public.size().div_ceil(3) * 4;
        let bytes = match signature.len() <= longest {
            true => STANDARD.decode(signature).unwrap_or_default(),
            false => Vec::new(),
        };
        let base = base.as_bytes();
        let verified = match self.scheme {
            Scheme::Sha1 => self.public.pkcs1v15_verify::<Sha1>(base, &bytes),
            Scheme::Sha256 => self.public.pkcs1v15_verify::<Sha256>(base, &bytes),
            Scheme::Sha512 => self.public.pkcs1v15_verify::<Sha512>(base, &bytes),
            Scheme::Pss => self.public.pss_verify::<Sha256>(base, &bytes),
        };
        verified.is_ok()
    }
}
