//! The authorization server: an endpoint is two pure functions, from a request to a question for the store, and
//! from what the store knew to a batch or a reply.
//!
//! One enum, [`Step`], says what comes next, so one loop drives every endpoint:
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::{Answer, Moment, Outcome};
//! use oauth2_core::server::{AuthorizationServer, Batch, Endpoint, Facts, Interact, Step, Wanted};
//!
//! fn drive(
//!     server: &AuthorizationServer,
//!     endpoint: Endpoint,
//!     request: http::Request<Bytes>,
//!     load: impl Fn(&Wanted) -> Facts,
//!     commit: impl Fn(&Batch) -> Outcome,
//!     ask: impl Fn(&Interact) -> Answer,
//!     moment: impl Fn() -> Moment,
//! ) -> http::Response<Bytes> {
//!     let mut step = server.receive(endpoint, request, moment());
//!     loop {
//!         step = match step {
//!             Step::Load(pause) => {
//!                 let facts = load(pause.wanted());
//!                 pause.resume(facts, moment())
//!             }
//!             Step::Interact(pause) => {
//!                 let answer = ask(&pause);
//!                 pause.answer(answer, moment())
//!             }
//!             Step::Commit(pause) => {
//!                 let outcome = commit(pause.batch());
//!                 pause.settle(outcome)
//!             }
//!             Step::Reply(reply) => return reply.response,
//!         };
//!     }
//! }
//! ```

mod client;
mod config;
mod facts;
mod reason;
mod records;
mod step;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use oauth_sansio::Moment;

pub use client::{Application, Authentication, Client, GrantType, SecretMethods};
pub use config::{Config, ConfigError, Lifetimes, Limits, Paths};
pub use facts::{Batch, Facts, Wanted};
pub use reason::Reason;
pub use records::{Access, Code, Once, Pending, RETENTION_MARGIN, Record, Refresh};
pub use step::{Commit, Interact, Load, Step};

use crate::metadata::AuthorizationServerMetadata;

/// An authorization server. Cloning it makes another handle to the same one.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Parts>);

struct Parts {
    config: Config,
    metadata: AuthorizationServerMetadata,
}

/// What the path of a request leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The authorization endpoint (RFC 6749 section 3.1).
    Authorize,
    /// Where the person decides.
    Consent,
    /// The token endpoint (RFC 6749 section 3.2).
    Token,
    /// The metadata document (RFC 8414 section 3).
    Metadata,
}

impl AuthorizationServer {
    /// A server with these settings.
    ///
    /// # Errors
    /// When the settings contradict the standards or themselves.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let metadata = AuthorizationServerMetadata::default();
        Ok(Self(Arc::new(Parts { config, metadata })))
    }

    /// The endpoint that the path of a URL leads to.
    pub fn endpoint(&self, path: &str) -> Option<Endpoint> {
        let Paths { authorize, consent, token } = &self.0.config.paths;
        match path {
            _ if path == token => Some(Endpoint::Token),
            _ if path == authorize => Some(Endpoint::Authorize),
            _ if path == consent => Some(Endpoint::Consent),
            _ => None,
        }
    }

    /// Begins to answer a request.
    pub fn receive(&self, _endpoint: Endpoint, _request: Request<Bytes>, _moment: Moment) -> Step {
        Step::Reply(wire::unfinished())
    }

    /// What the server says of itself (RFC 8414).
    pub fn metadata(&self) -> &AuthorizationServerMetadata {
        &self.0.metadata
    }
}

impl std::fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationServer")
            .field("issuer", &self.0.config.issuer.as_str())
            .finish_non_exhaustive()
    }
}

/// Handles are equal when they lead to the same server.
#[cfg(model)]
impl PartialEq for AuthorizationServer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(model)]
impl Eq for AuthorizationServer {}

#[cfg(model)]
impl std::hash::Hash for AuthorizationServer {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
