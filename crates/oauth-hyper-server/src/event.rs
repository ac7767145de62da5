//! What an operator's own code is told of a request, whichever protocol it speaks. There is no secret in it.

use std::fmt;
use std::net::IpAddr;

use http::StatusCode;
use oauth1_core::server as core1;
use oauth2_core::server as core2;

/// A request that is about to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Where it came in.
    pub endpoint: Endpoint,
    /// The client that it says to be of. Nothing is proven yet.
    pub client_id: Option<&'a str>,
    /// Where it came from, when the server told ([`Connection`](crate::Connection)).
    pub peer: Option<IpAddr>,
}

/// What became of a request: for a log of its own, and for counting failures.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What was asked.
    pub attempt: Attempt<'a>,
    /// What was answered.
    pub status: StatusCode,
    /// Why it was refused, if it was.
    pub reason: Option<Reason>,
    /// What was written: what was issued, spent and revoked.
    pub written: Option<Written<'a>>,
}

/// An endpoint of one of the protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// One of OAuth 1.0a.
    OAuth1(core1::Endpoint),
    /// One of OAuth 2.
    OAuth2(core2::Endpoint),
}

/// Why a request was refused, as exactly as the core knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// By the provider of OAuth 1.0a.
    OAuth1(core1::Reason),
    /// By the authorization server of OAuth 2.
    OAuth2(core2::Reason),
}

/// A batch that was applied.
#[derive(Clone, Copy, Debug)]
pub enum Written<'a> {
    /// Temporary credentials, approvals and token credentials of OAuth 1.0a.
    OAuth1(&'a core1::Batch),
    /// Codes, grants and tokens of OAuth 2.
    OAuth2(&'a core2::Batch),
}

impl Endpoint {
    /// Whether a browser brings a person here, rather than an application a message.
    pub(crate) fn is_for_people(self) -> bool {
        use {core1::Endpoint as E1, core2::Endpoint as E2};
        matches!(
            self,
            Self::OAuth1(E1::Authorize | E1::Consent)
                | Self::OAuth2(E2::Authorize | E2::Consent | E2::Device)
        )
    }
}

/// As figures and logs call it: `oauth2 Token`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OAuth1(endpoint) => write!(f, "oauth1 {endpoint:?}"),
            Self::OAuth2(endpoint) => write!(f, "oauth2 {endpoint:?}"),
        }
    }
}

impl Reason {
    /// Whether somebody may be trying things out: a secret, a code or a token was wrong (RFC 6819 section 5.1.4.2.3).
    pub const fn is_guess(self) -> bool {
        match self {
            Self::OAuth1(reason) => reason.is_guess(),
            Self::OAuth2(reason) => reason.is_guess(),
        }
    }
}

impl Written<'_> {
    /// How many records were put.
    pub fn put(&self) -> usize {
        match self {
            Self::OAuth1(batch) => batch.put.len(),
            Self::OAuth2(batch) => batch.put.len(),
        }
    }

    /// How many families were revoked.
    pub fn revoked(&self) -> usize {
        match self {
            Self::OAuth1(batch) => batch.revoke.len(),
            Self::OAuth2(batch) => batch.revoke.len(),
        }
    }
}

impl From<core1::Endpoint> for Endpoint {
    fn from(endpoint: core1::Endpoint) -> Self {
        Self::OAuth1(endpoint)
    }
}

impl From<core2::Endpoint> for Endpoint {
    fn from(endpoint: core2::Endpoint) -> Self {
        Self::OAuth2(endpoint)
    }
}

impl From<core1::Reason> for Reason {
    fn from(reason: core1::Reason) -> Self {
        Self::OAuth1(reason)
    }
}

impl From<core2::Reason> for Reason {
    fn from(reason: core2::Reason) -> Self {
        Self::OAuth2(reason)
    }
}

impl<'a> From<&'a core1::Batch> for Written<'a> {
    fn from(batch: &'a core1::Batch) -> Self {
        Self::OAuth1(batch)
    }
}

impl<'a> From<&'a core2::Batch> for Written<'a> {
    fn from(batch: &'a core2::Batch) -> Self {
        Self::OAuth2(batch)
    }
}
