//! Requests that wait: for the browser, for the person, for the device.

use std::{sync::Arc, time::Duration};

use oauth_sansio::{Digest, Family, LoginWish, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Authorization, JsonText};
use crate::{Scopes, jose::Algorithm, pkce::Challenge, server::ClientId};

/// What an authorization request asks for, after every check (RFC 6749 section 4.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Requested {
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What the client wants back unchanged.
    pub state: Option<String>,
    /// How the answer goes there.
    #[serde(default)]
    pub response_mode: ResponseMode,
    /// What the client wants the answer signed with; `None` for whatever signs then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_alg: Option<Algorithm>,
    /// What is asked for.
    pub scopes: Scopes,
    /// Where it shall be used (RFC 8707 section 2.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What is asked for in detail: a JSON array (RFC 9396 section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonText>,
    /// What the code will be bound to (RFC 7636 section 4.4).
    pub code_challenge: Challenge,
    /// The key that the code will be bound to (RFC 9449 section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Digest>,
    /// How the person shall be asked.
    #[serde(default)]
    pub asked: Asked,
}

/// What a request for a token through the browser asks for, after every check (RFC 6749 section 4.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImplicitRequested {
    /// Where the token goes.
    pub redirect_uri: String,
    /// What the client wants back unchanged.
    pub state: Option<String>,
    /// How the token goes there: never in the query.
    pub response_mode: ResponseMode,
    /// What the client wants the answer signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_alg: Option<Algorithm>,
    /// What is asked for.
    pub scopes: Scopes,
    /// Where it shall be used (RFC 8707 section 2.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What is asked for in detail: a JSON array (RFC 9396 section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonText>,
    /// How the person shall be asked.
    #[serde(default)]
    pub asked: Asked,
    /// How long the token lives.
    pub lifetime: Duration,
}

/// What a client wants of the interaction with the person (RFC 9470 section 4, OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Asked {
    /// The authentication context classes that would do, the best first; empty when any does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
    /// Seconds that a login may be old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// Which pages the client wants shown.
    #[serde(default)]
    pub prompt: Wish,
    /// Who the person probably is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
}

/// The value of `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wish {
    /// `none`: show no page; fail where one is needed.
    pub none: bool,
    /// `login`: let the person log in again.
    pub login: bool,
    /// `consent`: ask again for what was granted before.
    pub consent: bool,
    /// `select_account`: let the person choose who to be.
    pub select_account: bool,
}

/// How the answer to an authorization request travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ResponseMode {
    /// In the query (RFC 6749 section 4.1.2).
    #[default]
    #[serde(rename = "query")]
    Query,
    /// In the fragment (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).
    #[serde(rename = "fragment")]
    Fragment,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    #[serde(rename = "form_post")]
    FormPost,
    /// Signed, in the query (JARM section 2.3.1).
    #[serde(rename = "query.jwt")]
    QueryJwt,
    /// Signed, in the fragment (JARM section 2.3.2).
    #[serde(rename = "fragment.jwt")]
    FragmentJwt,
    /// Signed, in a form that the browser posts (JARM section 2.3.3).
    #[serde(rename = "form_post.jwt")]
    FormPostJwt,
}

impl ResponseMode {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Query, Self::Fragment, Self::FormPost, Self::QueryJwt, Self::FragmentJwt, Self::FormPostJwt];

    /// As it stands in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// The mode of this name. `jwt` alone is signed, in the query, where codes go (JARM section 2.3.4).
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "jwt" => Some(Self::QueryJwt),
            _ => Self::ALL.into_iter().find(|mode| mode.as_str() == name),
        }
    }

    /// Whether a browser posts the answer.
    pub const fn is_posted(self) -> bool {
        matches!(self, Self::FormPost | Self::FormPostJwt)
    }

    /// Whether the answer is a signed JWT.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }
}

/// An authorization request that a client has pushed (RFC 9126). Kept under the digest of its `request_uri`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pushed {
    /// The client that pushed it.
    pub client_id: ClientId,
    /// What it asks for.
    pub requested: Arc<Requested>,
    /// From this second on it is dead.
    pub expires: Timestamp,
}

/// A request that passed every check and waits for the person's decision. Kept under the digest of its handle.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pending {
    /// The client that asks.
    pub client_id: ClientId,
    /// What it asks for, and what becomes of the decision.
    pub goal: Goal,
    /// The pushed request that it came from; it is spent with the decision, so that a reload does no harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<Digest>,
    /// The browser that began.
    pub browser: Digest,
    /// When the request came.
    pub began: Timestamp,
    /// From this second on it is too late to decide.
    pub expires: Timestamp,
}

/// What a decision is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A code goes to the client through the browser (RFC 6749 section 4.1).
    Code(Arc<Requested>),
    /// A token goes to the redirect URI (RFC 6749 section 4.2.2).
    InsecureToken(Arc<ImplicitRequested>),
    /// The device finds it when it asks (RFC 8628 section 3.4).
    Device {
        /// The device, by the digest of its `device_code`.
        device: Digest,
        /// What it asks for.
        asks: Arc<Device>,
        /// The code that was typed in, as the device shows it. It opens nothing by itself.
        #[serde(default)]
        user_code: String,
    },
}

impl Goal {
    /// What is asked for in detail.
    pub fn details(&self) -> Option<&JsonText> {
        match self {
            Self::Code(requested) => requested.details.as_ref(),
            Self::InsecureToken(asked) => asked.details.as_ref(),
            Self::Device { asks, .. } => asks.details.as_ref(),
        }
    }

    /// The scopes that are asked for.
    pub fn scopes(&self) -> &Scopes {
        match self {
            Self::Code(requested) => &requested.scopes,
            Self::InsecureToken(asked) => &asked.scopes,
            Self::Device { asks, .. } => &asks.scopes,
        }
    }

    /// Where it shall be used.
    pub fn resources(&self) -> &[String] {
        match self {
            Self::Code(requested) => &requested.resources,
            Self::InsecureToken(asked) => &asked.resources,
            Self::Device { asks, .. } => &asks.resources,
        }
    }

    /// Which pages the client wants shown; a device wants none in particular.
    pub(in crate::server) fn wish(&self) -> Wish {
        match self {
            Self::Code(requested) => requested.asked.prompt,
            Self::InsecureToken(asked) => asked.asked.prompt,
            Self::Device { .. } => Wish::default(),
        }
    }

    /// How the person must have logged in, for a request that came when `began` says.
    pub(in crate::server) fn login(&self, began: Timestamp) -> LoginWish {
        match self {
            Self::Code(requested) => requested.asked.login(began),
            Self::InsecureToken(asked) => asked.asked.login(began),
            Self::Device { .. } => LoginWish::default(),
        }
    }
}

/// A device that waits for its user (RFC 8628 section 3.2). Kept under the digest of its `device_code`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device {
    /// The client that asks.
    pub client_id: ClientId,
    /// What it asks for.
    pub scopes: Scopes,
    /// Where it shall be used (RFC 8707).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What is asked for in detail: a JSON array (RFC 9396 section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonText>,
    /// When it began to wait.
    pub issued: Timestamp,
    /// From this second on both codes are dead.
    pub expires: Timestamp,
}

/// The short code that a person types in (RFC 8628 section 3.3). Kept under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserCode {
    /// The device that it stands for, by the digest of its `device_code`.
    pub device: Digest,
    /// What the device asks for.
    pub asks: Arc<Device>,
}

/// What the person decided about a device. Kept under the digest of the `device_code`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeviceDecision {
    /// What was granted; `None` when it was refused.
    pub granted: Option<Arc<Authorization>>,
    /// As of the device.
    pub expires: Timestamp,
}

/// How fast a device polls (RFC 8628 section 3.5). Kept under the digest of the `device_code`; the newest one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Polls {
    /// When it polled last.
    pub last: Timestamp,
    /// Seconds that it must leave between two polls.
    pub interval: u64,
    /// As of the device.
    pub expires: Timestamp,
}

/// What a person has granted to a client before. Kept under the digest of both.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Consent {
    /// The client.
    pub client_id: ClientId,
    /// The person.
    pub subject: String,
    /// What was granted.
    pub scopes: Scopes,
    /// Where it may be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What everything that is issued under it is revoked with; it is over with that.
    pub family: Family,
    /// Where answers went then; a client that answers elsewhere is asked for anew.
    pub redirect_uri: String,
    /// From this second on the person is asked again.
    pub expires: Timestamp,
}

impl Consent {
    /// The digest that it is kept under.
    pub fn key(client_id: &str, subject: &str) -> Digest {
        Digest::of_parts(&[client_id.as_bytes(), subject.as_bytes()])
    }
}
