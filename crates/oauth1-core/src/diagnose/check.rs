//! What a verifier looks at, in its order.

use serde::Serialize;

use crate::{
    server::Reason,
    signature::{Protocol, ReadError},
};

/// One thing that a verifier makes sure of (RFC 5849 section 3.2). Each has a sentence (`Display`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The origin that the request was sent to is known.
    Origin,
    /// There are OAuth parameters.
    Signed,
    /// One `Authorization` header that follows the grammar (RFC 5849 section 3.5.1).
    Header,
    /// The parameters are within the limits.
    Limits,
    /// The protocol parameters are in one place (RFC 5849 section 3.5).
    OnePlace,
    /// None of them comes twice (RFC 5849 section 3.2).
    NoRepeats,
    /// The percent-encoding reads (RFC 5849 section 3.6).
    Encoding,
    /// Consumer key, method and signature are there (RFC 5849 section 3.1).
    Required,
    /// `oauth_version` is `1.0` or not there (RFC 5849 section 3.1).
    Version,
    /// The timestamp is a number of seconds (RFC 5849 section 3.3).
    TimestampDigits,
    /// Timestamp and nonce are there, where the method needs them (RFC 5849 section 3.1).
    Nonce,
    /// The signature method is known (RFC 5849 section 3.2).
    MethodKnown,
    /// There is TLS where the method needs it (RFC 5849 section 3.4.4).
    Tls,
    /// There is a token, where one is wanted (RFC 5849 section 3.2).
    Token,
    /// The timestamp is within the window (RFC 5849 section 3.3).
    Window,
    /// The body is the one that `oauth_body_hash` says.
    BodyHash,
    /// The client may use the signature method.
    MethodAllowed,
    /// There is a key, and it is one that can be used.
    Key,
    /// The signature verifies (RFC 5849 section 3.2).
    Signature,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Holds,
    /// It is the first that fails.
    Fails,
    /// It was not reached, or there was nothing to check it with.
    Unchecked,
}

impl Check {
    /// All of them, in the verifier's order.
    pub const ALL: [Self; 19] = [
        Self::Origin,
        Self::Signed,
        Self::Header,
        Self::Limits,
        Self::OnePlace,
        Self::NoRepeats,
        Self::Encoding,
        Self::Required,
        Self::Version,
        Self::TimestampDigits,
        Self::Nonce,
        Self::MethodKnown,
        Self::Tls,
        Self::Token,
        Self::Window,
        Self::BodyHash,
        Self::MethodAllowed,
        Self::Key,
        Self::Signature,
    ];

    /// Checks of one phase are made side by side while the request is read: of them nothing is known but the one that
    /// failed.
    pub(super) fn phase(self) -> Self {
        match self {
            Self::Limits | Self::OnePlace | Self::NoRepeats | Self::Encoding => Self::Header,
            other => other,
        }
    }

    /// The check that gave this reason.
    pub(super) fn of(reason: Reason) -> Self {
        const TOKEN: &str = Protocol::Token.name();
        const TIMESTAMP: &str = Protocol::Timestamp.name();
        const NONCE: &str = Protocol::Nonce.name();
        const BODY_HASH: &str = Protocol::BodyHash.name();
        match reason {
            Reason::Hop(_) => Self::Origin,
            Reason::NoCredentials => Self::Signed,
            Reason::Read(error) => match error {
                ReadError::MalformedHeader | ReadError::SeveralHeaders => Self::Header,
                ReadError::TooLarge => Self::Limits,
                ReadError::SeveralPlaces => Self::OnePlace,
                ReadError::Repeated => Self::NoRepeats,
                ReadError::Escape | ReadError::Utf8 => Self::Encoding,
                ReadError::Missing(TOKEN) => Self::Token,
                ReadError::Missing(TIMESTAMP | NONCE) => Self::Nonce,
                ReadError::Missing(BODY_HASH) => Self::BodyHash,
                ReadError::Missing(_) => Self::Required,
                ReadError::Version => Self::Version,
                ReadError::Timestamp => Self::TimestampDigits,
            },
            Reason::UnsupportedMethod => Self::MethodKnown,
            Reason::PlaintextWithoutTls => Self::Tls,
            Reason::Timestamp { .. } => Self::Window,
            Reason::Unexpected(_) | Reason::BodyHash => Self::BodyHash,
            Reason::MethodNotAllowed => Self::MethodAllowed,
            Reason::EmptySecret | Reason::Key(_) => Self::Key,
            _ => Self::Signature,
        }
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Origin => "the origin is known",
            Self::Signed => "there are OAuth parameters",
            Self::Header => "the Authorization header is readable",
            Self::Limits => "the parameters are within the limits",
            Self::OnePlace => "the OAuth parameters are in one place",
            Self::NoRepeats => "no OAuth parameter comes twice",
            Self::Encoding => "the percent-encoding is readable",
            Self::Required => "consumer key, signature method and signature are there",
            Self::Version => "the version is 1.0, or not named",
            Self::TimestampDigits => "the timestamp is a whole number of seconds",
            Self::Nonce => "timestamp and nonce are there",
            Self::MethodKnown => "the signature method is known",
            Self::Tls => "there is TLS, where the method needs it",
            Self::Token => "there is a token, where one is wanted",
            Self::Window => "the timestamp is within the window",
            Self::BodyHash => "the body is the one that was hashed",
            Self::MethodAllowed => "the client may use the signature method",
            Self::Key => "the key can be used",
            Self::Signature => "the signature verifies",
        })
    }
}
