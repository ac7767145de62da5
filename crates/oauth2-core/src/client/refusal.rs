//! A server's refusal: the code, and texts that nobody should believe (RFC 6749 sections 4.1.2.1 and 5.2).

use std::{borrow::Cow, fmt, time::Duration};

use http::StatusCode;

/// What a server says when it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error code.
    pub code: ErrorCode,
    /// `error_description`: for a developer's log, never for a user or a page. `None` also where it says a secret of the
    /// request again.
    pub description: Option<Untrusted>,
    /// `error_uri`: a text; never open it.
    pub uri: Option<Untrusted>,
    /// The HTTP status, when the refusal came as a response and not through the browser.
    pub status: Option<StatusCode>,
    /// How long the server asks to wait, when it says so in seconds.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{}: {description}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

/// A text that came from outside. Printed, it cannot break out of a log line, a terminal or a page.
#[derive(Clone, PartialEq, Eq)]
pub struct Untrusted(String);

impl Untrusted {
    /// Bytes that are kept; the rest is cut off.
    pub const MAX_BYTES: usize = 1024;

    pub(crate) fn new(text: Cow<'_, str>) -> Self {
        let mut text = text.into_owned();
        let end = (0..=Self::MAX_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        Self(text)
    }

    /// The text as it came. Whoever calls this answers for where it goes.
    pub fn as_untrusted_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '<' | '>' | '&' | '"' | '\'' | '`' => write!(f, "\\u{{{:x}}}", u32::from(char)),
            // Controls, and what turns the direction of a text around.
            char if char.is_control() || matches!(char, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                write!(f, "\\u{{{:x}}}", u32::from(char))
            }
            char => fmt::Write::write_char(f, char),
        })
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({self})")
    }
}

/// An error code of RFC 6749 sections 4.1.2.1 and 5.2, of an extension that is spoken here, or another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `access_denied`
    AccessDenied,
    /// `invalid_client`
    InvalidClient,
    /// `invalid_grant`
    InvalidGrant,
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_scope`
    InvalidScope,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `unsupported_grant_type`
    UnsupportedGrantType,
    /// `unsupported_response_type`
    UnsupportedResponseType,
    /// `invalid_redirect_uri` (RFC 7591 section 3.2.2)
    InvalidRedirectUri,
    /// `invalid_client_metadata` (RFC 7591 section 3.2.2)
    InvalidClientMetadata,
    /// `invalid_software_statement` (RFC 7591 section 3.2.2)
    InvalidSoftwareStatement,
    /// `unapproved_software_statement` (RFC 7591 section 3.2.2)
    UnapprovedSoftwareStatement,
    /// `invalid_token` (RFC 6750 section 3.1)
    InvalidToken,
    /// `invalid_target` (RFC 8707 section 2)
    InvalidTarget,
    /// `invalid_authorization_details` (RFC 9396 section 5)
    InvalidAuthorizationDetails,
    /// A code of an extension, or one that the server made up. Its characters are those that codes may have.
    Other(String),
    /// The server tells of an error in a form that no standard has, which only a lenient client reads; or its code has a
    /// secret in it.
    Unreadable,
}

impl ErrorCode {
    /// Reads a code: `1*NQSCHAR` (RFC 6749 section 5.2).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 256 || !text.bytes().all(is_nqschar) {
            return None;
        }
        Some(match text {
            "access_denied" => Self::AccessDenied,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "invalid_request" => Self::InvalidRequest,
            "invalid_scope" => Self::InvalidScope,
            "server_error" => Self::ServerError,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "unsupported_response_type" => Self::UnsupportedResponseType,
            "invalid_redirect_uri" => Self::InvalidRedirectUri,
            "invalid_client_metadata" => Self::InvalidClientMetadata,
            "invalid_software_statement" => Self::InvalidSoftwareStatement,
            "unapproved_software_statement" => Self::UnapprovedSoftwareStatement,
            "invalid_token" => Self::InvalidToken,
            "invalid_target" => Self::InvalidTarget,
            "invalid_authorization_details" => Self::InvalidAuthorizationDetails,
            other => Self::Other(other.to_owned()),
        })
    }

    /// The code as it goes over the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::InvalidToken => "invalid_token",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::Other(code) => code,
            Self::Unreadable => "an error in an unknown form",
        }
    }
}

/// Safe to print: what codes may not hold is not in them.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Untrusted(self.as_str().to_owned()), f)
    }
}

/// `NQSCHAR = %x20-21 / %x23-5B / %x5D-7E` (RFC 6749 appendix A).
pub(super) const fn is_nqschar(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l25_an_error_description_cannot_break_out_of_a_page_or_a_log() {
        let text = "<script>alert('x')</script>&amp;\"\r\nforged: line\u{1b}[31m\u{202e}`";
        let untrusted = Untrusted::new(text.into());
        let refusal = Refusal {
            code: ErrorCode::parse("<b>").unwrap(),
            description: Some(untrusted.clone()),
            uri: Some(untrusted.clone()),
            status: None,
            retry_after: None,
        };
        for printed in [untrusted.to_string(), refusal.to_string(), format!("{refusal:?}")] {
            let printed = printed.replace("Some(", "").replace("Other(\"<b>\")", "");
            for bad in ['<', '>', '&', '\'', '`', '\r', '\n', '\u{1b}', '\u{202e}'] {
                assert!(!printed.contains(bad), "{bad:?} in {printed}");
            }
        }
        assert_eq!(untrusted.as_untrusted_str(), text);
    }

    #[test]
    fn a_long_description_is_cut_between_characters() {
        let cut = Untrusted::new("é".repeat(Untrusted::MAX_BYTES).into());
        assert_eq!(cut.as_untrusted_str().len(), Untrusted::MAX_BYTES);
        let cut = Untrusted::new(format!("a{}", "é".repeat(Untrusted::MAX_BYTES)).into());
        assert_eq!(cut.as_untrusted_str().len(), Untrusted::MAX_BYTES - 1);
    }
}
