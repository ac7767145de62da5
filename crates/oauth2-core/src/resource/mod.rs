//! The resource server: from a request with a bearer token (RFC 6750) to what was proven by it.
//!
//! [`Verifier::receive`] reads the token, [`Load::resume`] judges what the store knew of it.

mod reason;
mod step;

use bytes::Bytes;
use http::Request;

pub use reason::Reason;
pub use step::{Grant, Load, Principal, Step};

use crate::Scopes;

/// Protects resources. Cloning it makes another handle with the same settings.
#[derive(Clone, Debug)]
pub struct Verifier {
    pub(crate) config: std::sync::Arc<Config>,
}

/// What an operator decides about protected resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config {
    /// What a challenge calls the protected space (RFC 9110 section 11.5).
    pub realm: Option<String>,
    /// What a token must have, all of it; [`Verifier::requiring`] sets it per route.
    pub scopes: Scopes,
    /// Whether a token may also come in a form body (RFC 6750 section 2.2). A query never carries one.
    pub form_body: bool,
}

impl Verifier {
    /// A verifier with these settings.
    ///
    /// # Errors
    /// When the realm cannot stand in a header.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self { config: std::sync::Arc::new(config) })
    }

    /// The same, but a token must have these scopes.
    #[must_use]
    pub fn requiring(&self, scopes: Scopes) -> Self {
        let config = Config { scopes, ..(*self.config).clone() };
        Self { config: std::sync::Arc::new(config) }
    }

    /// Begins to judge a request.
    pub fn receive(&self, _request: &Request<Bytes>) -> Step {
        Step::Reply(step::unfinished())
    }
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The realm has a character that no header may carry.
    #[error("the realm cannot stand in a header")]
    Realm,
}
