//! The extension "Problem Reporting" (wiki.oauth.net): tells a client exactly why it was refused.
//!
//! Off unless configured: which of client, token, nonce and verifier was wrong helps those who guess, too. Values are
//! never told back, names are.

use super::Reason;
use crate::signature::{Protocol, ReadError};

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    name: &'static str,
    companion: Option<(&'static str, String)>,
}

impl Problem {
    /// `oauth_problem`, and the parameter that says more.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let companion = self.companion.as_ref().map(|(name, value)| (*name, value.as_str()));
        [("oauth_problem", self.name)].into_iter().chain(companion)
    }
}

impl Reason {
    /// The problem in the extension's words; `None` where it has none.
    pub(super) fn problem(self) -> Option<Problem> {
        let plain = |name| Some(Problem { name, companion: None });
        let with = |name, companion, value| Some(Problem { name, companion: Some((companion, value)) });
        let absent = |names: &str| with("parameter_absent", "oauth_parameters_absent", names.to_owned());
        let rejected = |name: &str| with("parameter_rejected", "oauth_parameters_rejected", name.to_owned());
        match self {
            Self::NoCredentials => absent("oauth_consumer_key&oauth_signature_method&oauth_signature"),
            Self::Read(ReadError::Missing(name)) => absent(name),
            Self::Read(ReadError::Version) => {
                with("version_rejected", "oauth_acceptable_versions", "1.0-1.0".to_owned())
            }
            Self::Read(ReadError::Timestamp) => rejected(Protocol::Timestamp.name()),
            Self::Read(_) => plain("parameter_rejected"),
            Self::Unexpected(name) => rejected(name),
            Self::Realm => rejected("realm"),
            Self::Callback => rejected(Protocol::Callback.name()),
            Self::Verifier | Self::LastTry => rejected(Protocol::Verifier.name()),
            Self::SessionHandle => rejected(Protocol::SessionHandle.name()),
            Self::UnsupportedMethod | Self::PlaintextWithoutTls | Self::MethodNotAllowed => {
                plain("signature_method_rejected")
            }
            Self::UnknownClient => plain("consumer_key_unknown"),
            Self::EmptySecret | Self::Key(_) => plain("consumer_key_rejected"),
            Self::Signature => plain("signature_invalid"),
            Self::BodyHash => plain("body_hash_invalid"),
            Self::Timestamp { from, until } => {
                let range = format!("{}-{}", from.as_unix(), until.as_unix());
                with("timestamp_refused", "oauth_acceptable_timestamps", range)
            }
            Self::NonceUsed => plain("nonce_used"),
            Self::UnknownToken | Self::OtherClient | Self::NotRenewable => plain("token_rejected"),
            Self::Expired => plain("token_expired"),
            Self::Revoked | Self::RenewedTwice => plain("token_revoked"),
            Self::Replaced | Self::TemporaryUsed | Self::NonceOrTemporaryUsed => plain("token_used"),
            Self::NotApproved => plain("permission_unknown"),
            Self::Denied => plain("permission_denied"),
            Self::Hop(_)
            | Self::HttpMethod(_)
            | Self::TooLarge
            | Self::Query
            | Self::Link
            | Self::Handle
            | Self::Browser
            | Self::Answered
            | Self::ClientChanged
            | Self::Store => None,
        }
    }
}
