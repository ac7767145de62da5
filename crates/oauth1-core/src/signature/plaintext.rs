//! PLAINTEXT (RFC 5849 section 3.4.4).

use oauth_sansio::Entropy;
use subtle::ConstantTimeEq as _;

use super::{Key, KeyError, PreparedKey, SignatureMethod};

/// `PLAINTEXT`: the key itself is the signature. It covers nothing of the request and may travel under TLS only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plaintext;

impl SignatureMethod for Plaintext {
    fn name(&self) -> &str {
        "PLAINTEXT"
    }

    fn needs_tls(&self) -> bool {
        true
    }

    fn covers_request(&self) -> bool {
        false
    }

    fn prepare(&self, key: &Key) -> Result<Box<dyn PreparedKey>, KeyError> {
        Ok(Box::new(key.clone()))
    }
}

impl PreparedKey for Key {
    fn sign(&self, _base: &str, _: &mut Entropy, signature: &mut String) -> Result<(), KeyError> {
        signature.push_str(self.text().expose());
        Ok(())
    }

    fn verify(&self, _base: &str, signature: &str) -> bool {
        self.text().expose().as_bytes().ct_eq(signature.as_bytes()).into()
    }
}
