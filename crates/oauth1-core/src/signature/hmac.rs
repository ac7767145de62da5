//! HMAC-SHA1 (RFC 5849 section 3.4.2) and its successors with SHA-256 and SHA-512.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{KeyInit as _, Mac as _};
use oauth_sansio::Entropy;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{BodyHash, Key, KeyError, PreparedKey, SignatureMethod};

macro_rules! hmac_method {
    ($(#[$doc:meta])* $method:ident, $name:literal, $hash:ty, $bytes:literal, $body_hash:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $method;

        impl $method {
            fn state(key: &Key) -> State<hmac::Hmac<$hash>, $bytes> {
                let key = key.text().expose().as_bytes();
                // HMAC takes keys of any length (RFC 2104 section 3), so there is no error to speak of.
                let mac = hmac::Hmac::new_from_slice(key);
                State(mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length")))
            }
        }

        impl SignatureMethod for $method {
            fn name(&self) -> &str {
                $name
            }

            fn body_hash(&self) -> BodyHash {
                BodyHash::$body_hash
            }

            fn prepare(&self, key: &Key) -> Result<Box<dyn PreparedKey>, KeyError> {
                Ok(Box::new(Self::state(key)))
            }

            fn verify(&self, key: &Key, base: &str, signature: &str) -> Result<bool, KeyError> {
                Ok(Self::state(key).verify(base, signature))
            }
        }

        impl PreparedKey for State<hmac::Hmac<$hash>, $bytes> {
            fn sign(&self, base: &str, _: &mut Entropy, signature: &mut String) -> Result<(), KeyError> {
                let mac = self.0.clone().chain_update(base).finalize().into_bytes();
                STANDARD.encode_string(mac, signature);
                Ok(())
            }

            fn verify(&self, base: &str, signature: &str) -> bool {
                // The text must be the one text that stands for these bytes: decoding refuses what strays from it.
                let mut bytes = [0; $bytes + 2];
                match STANDARD.decode_slice(signature, &mut bytes) {
                    Ok($bytes) => {
                        let mac = self.0.clone().chain_update(base);
                        mac.verify_slice(bytes.get(..$bytes).unwrap_or_default()).is_ok()
                    }
                    _ => false,
                }
            }
        }
    };
}

hmac_method! {
    /// `HMAC-SHA1` (RFC 5849 section 3.4.2).
    HmacSha1, "HMAC-SHA1", Sha1, 20, Sha1
}
hmac_method! {
    /// `HMAC-SHA256`: as HMAC-SHA1, with SHA-256.
    HmacSha256, "HMAC-SHA256", Sha256, 32, Sha256
}
hmac_method! {
    /// `HMAC-SHA512`: as HMAC-SHA1, with SHA-512.
    HmacSha512, "HMAC-SHA512", Sha512, 64, Sha512
}

/// The state of an HMAC that has taken in its key.
struct State<M, const BYTES: usize>(M);

impl<M, const BYTES: usize> std::fmt::Debug for State<M, BYTES> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State(..)")
    }
}
