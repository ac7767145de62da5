//! Signature methods by name.

use std::sync::Arc;

use crate::signature::{HmacSha1, HmacSha256, Plaintext, SignatureMethod};

/// A signature method that providers want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signing {
    /// `HMAC-SHA1`
    HmacSha1,
    /// `HMAC-SHA256`
    HmacSha256,
    /// `PLAINTEXT`
    Plaintext,
    /// `RSA-SHA1`
    RsaSha1,
    /// `RSA-SHA256`
    RsaSha256,
}

impl Signing {
    /// The value of `oauth_signature_method`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::Plaintext => "PLAINTEXT",
            Self::RsaSha1 => "RSA-SHA1",
            Self::RsaSha256 => "RSA-SHA256",
        }
    }

    /// The method, where it works with the shared secrets.
    pub fn shared(self) -> Option<Arc<dyn SignatureMethod>> {
        match self {
            Self::HmacSha1 => Some(Arc::new(HmacSha1)),
            Self::HmacSha256 => Some(Arc::new(HmacSha256)),
            Self::Plaintext => Some(Arc::new(Plaintext)),
            Self::RsaSha1 | Self::RsaSha256 => None,
        }
    }
}
