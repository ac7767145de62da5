//! The pause of extension grants (RFC 6749 section 4.5): the operator's own code says what a client gets for what it
//! presents; the server holds it to what the client may have.

use std::{fmt, sync::Arc};

use oauth_sansio::{Digest, Login, Moment, Secret, Timestamp};

use super::Paused;
use crate::{
    Scopes,
    server::{Client, Step},
};

/// Judge the [`extension`](Self::extension), then go on with [`extended`](Self::extended).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Extend {
    extension: Extension,
    paused: Box<Paused>,
}

/// What a client presents.
#[derive(Clone, Debug)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct Extension {
    /// The absolute URI of the grant.
    pub grant_type: String,
    /// The client, which has authenticated and is registered for the grant.
    pub client: Arc<Client>,
    /// What it sent, each name once; not what it authenticated with, nor what the server reads itself (`scope` and
    /// `resource`).
    pub parameters: Vec<(String, Secret)>,
}

impl Extension {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&Secret> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// What the client gets for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(model, derive(Hash))]
pub struct Extended {
    /// The resource owner; `None` when the client acts for itself.
    pub subject: Option<String>,
    /// How the resource owner logged in, where that is known.
    pub login: Option<Login>,
    /// What it opens at most; `None` for all that the client may have.
    pub scopes: Option<Scopes>,
    /// Whether a refresh token comes with it, for a client that is registered for those.
    pub refresh: bool,
    /// What is spent by it, and when that is over: whoever presents the same a second time gets nothing.
    pub once: Option<(Digest, Timestamp)>,
}

impl Extend {
    pub(super) fn new(extension: Extension, paused: Paused) -> Self {
        Self { extension, paused: paused.into() }
    }

    /// What is presented.
    pub fn extension(&self) -> &Extension {
        &self.extension
    }

    /// Goes on with what it is worth; `None` for nothing.
    pub fn extended(self, extended: Option<Extended>, moment: Moment) -> Step {
        let mut paused = *self.paused;
        paused.known.extended = Some(extended);
        paused.resume(moment)
    }
}

impl fmt::Debug for Extend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extend").field("extension", &self.extension).finish_non_exhaustive()
    }
}
