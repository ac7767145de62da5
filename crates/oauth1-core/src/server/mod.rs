//! The provider (RFC 5849 section 2): an endpoint is two pure functions, from a request to a question for the store,
//! and from what the store knew to a batch or a reply.
//!
//! One enum, [`Step`], says what comes next, so one loop drives every endpoint:
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::{Answer, Moment, Outcome};
//! use oauth1_core::server::{Batch, Endpoint, Facts, Interact, Provider, Step, Wanted};
//!
//! fn drive(
//!     provider: &Provider,
//!     endpoint: Endpoint,
//!     request: http::Request<Bytes>,
//!     load: impl Fn(&Wanted) -> Facts,
//!     commit: impl Fn(&Batch) -> Outcome,
//!     ask: impl Fn(&Interact) -> Answer,
//!     moment: impl Fn() -> Moment,
//! ) -> http::Response<Bytes> {
//!     let mut step = provider.receive(endpoint, &request, moment());
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

mod authorize;
mod callback;
mod config;
mod consent;
mod extra;
mod facts;
mod handover;
mod hop;
mod issue;
mod key_cache;
mod pin;
mod problem;
mod reason;
mod records;
mod renewal;
pub(crate) mod reply;
mod revoke;
mod step;
mod temporary;
mod token;
pub(crate) mod verify;

use std::fmt;

use bytes::Bytes;
use http::{Method, Request};
use oauth_sansio::{Handle, Moment, Timestamp};

pub use callback::{Callback, Callbacks};
pub(crate) use config::DEFAULT_WINDOW;
pub use config::{Config, ConfigError, Lifetimes, Paths};
pub use extra::{Extra, Extras, ReservedName};
pub use facts::{Batch, Facts, Wanted};
pub use handover::Presented;
pub use hop::{HopError, HopHeader, TrustedHop};
pub use key_cache::KeyCache;
pub use pin::Pin;
pub use reason::Reason;
pub use records::{Approval, Client, Interaction, Once, RETENTION_MARGIN, Record, Renewal, Temporary, Token};
pub use reply::OutOfBandVerifier;
pub use step::{Commit, Interact, Load, Step};

use crate::signature::Received;
use verify::{Policy, Rules};

/// A provider. Cloning it makes another handle to the same one.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct Provider(Handle<Parts>);

struct Parts {
    config: Config,
    policy: Policy,
}

/// What the path of a request leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Temporary credential request (RFC 5849 section 2.1).
    Temporary,
    /// Resource owner authorization (RFC 5849 section 2.2).
    Authorize,
    /// Where the person decides.
    Consent,
    /// Token request (RFC 5849 section 2.3), and renewal of what it gave out.
    Token,
    /// Revocation, where [`Paths::revoke`] says.
    Revoke,
}

impl Provider {
    /// A provider with these settings.
    ///
    /// # Errors
    /// When the settings contradict the standard or themselves.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let policy = Policy::new(&Rules {
            origin: &config.origin,
            trusted_hop: config.trusted_hop.as_ref(),
            insecure_loopback: config.insecure_loopback,
            realm: &config.realm,
            problems: config.problems,
            window: config.window,
            methods: &config.methods,
            limits: config.limits,
            // Each endpoint says what it takes.
            absent_token_allowed: true,
            empty_token_allowed: config.empty_token_is_absent,
            body_hash_required: false,
        })?;
        Ok(Self(Handle::new(Parts { config, policy })))
    }

    /// The endpoint that the path of a URL leads to.
    pub fn endpoint(&self, path: &str) -> Option<Endpoint> {
        let Paths { temporary, authorize, consent, token, revoke } = &self.config().paths;
        match path {
            _ if path == temporary => Some(Endpoint::Temporary),
            _ if path == authorize => Some(Endpoint::Authorize),
            _ if path == consent => Some(Endpoint::Consent),
            _ if path == token => Some(Endpoint::Token),
            _ if revoke.as_deref() == Some(path) => Some(Endpoint::Revoke),
            _ => None,
        }
    }

    /// Begins to answer a request.
    pub fn receive(&self, endpoint: Endpoint, request: &Request<Bytes>, moment: Moment) -> Step {
        let now = moment.now();
        match endpoint {
            Endpoint::Temporary => self.or_refuse(temporary::receive(self, request, now)),
            Endpoint::Authorize => or_page(authorize::receive(self, request)),
            Endpoint::Consent => or_page(consent::receive(self, request)),
            Endpoint::Token => self.or_refuse(token::receive(self, request, now)),
            Endpoint::Revoke => self.or_refuse(revoke::receive(self, request, now)),
        }
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// A signed request to an endpoint that gives out credentials.
    fn read(&self, request: &Request<Bytes>, now: Timestamp) -> Result<Received, Reason> {
        // RFC 5849 sections 2.1 and 2.3
        if request.method() != Method::POST {
            return Err(Reason::HttpMethod("POST"));
        }
        if request.body().len() > self.config().limits.form.bytes {
            return Err(Reason::TooLarge);
        }
        self.policy().read(request, now)
    }

    /// Tells a client.
    fn or_refuse(&self, step: Result<Step, Reason>) -> Step {
        step.unwrap_or_else(|reason| Step::Reply(self.policy().refuse(reason)))
    }
}

/// Tells a person.
fn or_page(step: Result<Step, Reason>) -> Step {
    step.unwrap_or_else(|reason| Step::Reply(reply::page(reason)))
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("origin", &self.config().origin.as_str()).finish_non_exhaustive()
    }
}
