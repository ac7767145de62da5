//! Why a signed request cannot be read, and why a key is of no use.

use oauth_sansio::percent::DecodeError;

/// Why a request that claims to be signed cannot be read. Each is a bad request (RFC 5849 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ReadError {
    /// The `Authorization` header does not follow RFC 5849 section 3.5.1.
    #[error("the Authorization header does not follow RFC 5849 section 3.5.1")]
    MalformedHeader,
    /// There is more than one `Authorization` header.
    #[error("there is more than one Authorization header")]
    SeveralHeaders,
    /// Protocol parameters come in more than one of header, body and query (RFC 5849 section 3.5).
    #[error("protocol parameters come in more than one place")]
    SeveralPlaces,
    /// A protocol parameter, or a parameter of the header, comes twice (RFC 5849 section 3.2).
    #[error("a protocol parameter is repeated")]
    Repeated,
    /// A `%` is not followed by two hexadecimal digits (RFC 5849 section 3.6).
    #[error("a percent sign is not followed by two hexadecimal digits")]
    Escape,
    /// A protocol parameter is not UTF-8 (RFC 5849 section 3.6).
    #[error("a protocol parameter is not UTF-8")]
    Utf8,
    /// A required protocol parameter is missing or empty (RFC 5849 section 3.1).
    #[error("{0} is missing")]
    Missing(&'static str),
    /// `oauth_version` is something else than `1.0` (RFC 5849 section 3.1).
    #[error("oauth_version is not 1.0")]
    Version,
    /// `oauth_timestamp` is not a whole number of seconds (RFC 5849 section 3.3).
    #[error("oauth_timestamp is not a whole number of seconds")]
    Timestamp,
    /// Query, form body, or a parameter is longer than the limits allow, or there are too many.
    #[error("the request's parameters are over a limit")]
    TooLarge,
}

impl From<DecodeError> for ReadError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Escape => Self::Escape,
            DecodeError::Utf8 => Self::Utf8,
        }
    }
}

/// Why a signature method cannot work with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The method needs a public or private key, and there is none.
    #[error("there is no key for the signature method")]
    Missing,
    /// It is not a key of the kind that the method needs, or contradicts itself.
    #[error("the key cannot be read, or is of another kind")]
    Malformed,
    /// The key is so short that others can work it out.
    #[error("the key has {bits} bits, fewer than {minimum}")]
    TooShort {
        /// The length of its modulus.
        bits: u32,
        /// The least that is accepted.
        minimum: u32,
    },
    /// The computation failed: the key is too short for the hash, or a fault was caught.
    #[error("the key does not sign")]
    Failed,
}
