//! `oauth_body_hash`: covers a body that is no form (OAuth Request Body Hash, draft of 2009, as deployed).
//!
//! RFC 5849 signs the parameters of a form and no other body. The extension puts a hash of the body among the signed
//! parameters. It may not come with a form, which is signed already.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// A hash of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyHash {
    /// The only one of the draft, for HMAC-SHA1 and RSA-SHA1; widespread under the newer methods too.
    Sha1,
    /// For methods with SHA-256.
    Sha256,
    /// For methods with SHA-512.
    Sha512,
}

impl BodyHash {
    /// The value of `oauth_body_hash` for a body.
    ///
    /// ```
    /// use oauth1_core::signature::BodyHash;
    ///
    /// assert_eq!(BodyHash::Sha1.of(b"Hello World!"), "Lve95gjOVATpfV8EL5X4nxwjKHE=");
    /// ```
    pub fn of(self, body: &[u8]) -> String {
        match self {
            Self::Sha1 => STANDARD.encode(Sha1::digest(body)),
            Self::Sha256 => STANDARD.encode(Sha256::digest(body)),
            Self::Sha512 => STANDARD.encode(Sha512::digest(body)),
        }
    }
}
