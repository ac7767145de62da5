//! The protocol parameters (RFC 5849 sections 2 and 3.1).

use super::text::Text;

/// The protocol parameters that have a meaning here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `oauth_consumer_key`
    ConsumerKey,
    /// `oauth_token`
    Token,
    /// `oauth_signature_method`
    SignatureMethod,
    /// `oauth_signature`
    Signature,
    /// `oauth_timestamp`
    Timestamp,
    /// `oauth_nonce`
    Nonce,
    /// `oauth_version`
    Version,
    /// `oauth_callback`
    Callback,
    /// `oauth_verifier`
    Verifier,
    /// `oauth_session_handle` of the extension "OAuth Session"
    SessionHandle,
    /// `oauth_body_hash`
    BodyHash,
}

impl Protocol {
    pub(super) const COUNT: usize = Self::BodyHash as usize + 1;

    pub(super) fn of(name: Text<'_>) -> Option<Self> {
        Some(match &*name.decoded() {
            b"oauth_consumer_key" => Self::ConsumerKey,
            b"oauth_token" => Self::Token,
            b"oauth_signature_method" => Self::SignatureMethod,
            b"oauth_signature" => Self::Signature,
            b"oauth_timestamp" => Self::Timestamp,
            b"oauth_nonce" => Self::Nonce,
            b"oauth_version" => Self::Version,
            b"oauth_callback" => Self::Callback,
            b"oauth_verifier" => Self::Verifier,
            b"oauth_session_handle" => Self::SessionHandle,
            b"oauth_body_hash" => Self::BodyHash,
            _ => return None,
        })
    }

    /// The parameter's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConsumerKey => "oauth_consumer_key",
            Self::Token => "oauth_token",
            Self::SignatureMethod => "oauth_signature_method",
            Self::Signature => "oauth_signature",
            Self::Timestamp => "oauth_timestamp",
            Self::Nonce => "oauth_nonce",
            Self::Version => "oauth_version",
            Self::Callback => "oauth_callback",
            Self::Verifier => "oauth_verifier",
            Self::SessionHandle => "oauth_session_handle",
            Self::BodyHash => "oauth_body_hash",
        }
    }
}
