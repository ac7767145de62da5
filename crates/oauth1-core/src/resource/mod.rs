//! The protected resource (RFC 5849 section 3): verifies a signed request and says who sent it.
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::{Moment, Outcome};
//! use oauth1_core::{
//!     resource::{Grant, Step, Verifier},
//!     server::{Batch, Facts, Wanted},
//! };
//!
//! fn admit(
//!     verifier: &Verifier,
//!     request: &http::Request<Bytes>,
//!     load: impl Fn(&Wanted) -> Facts,
//!     commit: impl Fn(&Batch) -> Outcome,
//!     moment: impl Fn() -> Moment,
//! ) -> Result<Grant, http::Response<Bytes>> {
//!     let mut step = verifier.receive(request, moment());
//!     loop {
//!         step = match step {
//!             Step::Load(pause) => {
//!                 let facts = load(pause.wanted());
//!                 pause.resume(facts, moment())
//!             }
//!             Step::Commit(pause) => {
//!                 let outcome = commit(pause.batch());
//!                 pause.settle(outcome)
//!             }
//!             Step::Admit(grant) => return Ok(grant),
//!             Step::Reply(reply) => return Err(reply.response),
//!         };
//!     }
//! }
//! ```

mod config;
mod step;

use std::{fmt, sync::Arc};

use http::Request;
use oauth_sansio::{Digest, Family, Handle, Moment, Timestamp};
use serde::{Deserialize, Serialize};

pub use config::Config;
pub use step::{Commit, Load, Step};

use crate::{
    server::{
        ConfigError, Facts, Reason, Wanted,
        verify::{Policy, Used},
    },
    signature::{Protocol, Received},
};

/// What was proven by a request that is let through.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// The client that signed.
    pub client_id: String,
    /// The resource owner it acts for; `None` when it acts for itself.
    pub subject: Option<Arc<str>>,
    /// What the resource owner allowed. Whoever answers the request must look at it.
    pub realms: Arc<[String]>,
    /// What a revocation names; `None` when the client acts for itself.
    pub family: Option<Family>,
    /// Who took part.
    pub legs: Legs,
}

/// How many took part in what a request was signed with: it is never guessed, only what is switched on is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Legs {
    /// A resource owner allowed it, so there is a token (RFC 5849 section 2). Always on.
    Three,
    /// The client acts for itself, without `oauth_token` (RFC 5849 section 3.1).
    Two,
    /// The client acts for itself and sends an empty `oauth_token`.
    Zero,
}

/// Verifies requests for protected resources. Cloning it makes another handle to the same one.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct Verifier(Handle<Policy>);

impl Verifier {
    /// A verifier with these settings.
    ///
    /// # Errors
    /// When the settings contradict the standard or themselves.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self(Handle::new(Policy::new(&config.rules())?)))
    }

    /// Whether [`receive`](Self::receive) must be given the body of a request with this head: where it is a form
    /// (RFC 5849 section 3.4.1.3.1), and where `oauth_body_hash` speaks of it or must.
    pub fn wants_body<B>(&self, request: &Request<B>) -> bool {
        self.0.wants_body(request)
    }

    /// Begins to verify a request. Where [`wants_body`](Self::wants_body) says no, the body may be left out and sent
    /// after.
    pub fn receive<B: AsRef<[u8]>>(&self, request: &Request<B>, moment: Moment) -> Step {
        match self.read(request, moment.now()) {
            Ok(load) => Step::Load(load),
            Err(reason) => self.refuse(reason),
        }
    }

    fn read<B: AsRef<[u8]>>(&self, request: &Request<B>, now: Timestamp) -> Result<Load, Reason> {
        let received = self.0.read(request, now)?;
        let token = received.token().map(Digest::of_token);
        let client = Some(received.consumer_key().to_owned());
        let wanted = Wanted { client, token, ..Wanted::default() };
        Ok(Load { verifier: self.clone(), wanted, received })
    }

    /// RFC 5849 section 3.2: the signature, then what the token is worth, and the nonce at the very end.
    fn decide(
        &self,
        received: &Received,
        wanted: Wanted,
        facts: Facts,
        now: Timestamp,
    ) -> Result<Step, Reason> {
        let policy = &self.0;
        let used = match (received.token(), &facts.token) {
            (None, _) => Used::Nothing,
            (Some(_), None) => Used::Unknown { keeps_key: true },
            (Some(_), Some(token)) => Used::Known {
                secret: &token.record.secret,
                client_id: &token.record.client_id,
                key: Some(&token.record.key),
            },
        };
        policy.verify(received, facts.client.as_deref(), &used)?;
        let mut grant = Grant {
            client_id: wanted.client.unwrap_or_default(),
            subject: None,
            realms: Arc::default(),
            family: None,
            legs: legs(received),
        };
        if let (Some(token), Some(_)) = (facts.token, received.token()) {
            if token.revoked {
                return Err(Reason::Revoked);
            }
            if token.spent.is_some() {
                return Err(Reason::Replaced);
            }
            if token.record.expires.is_some_and(|expires| now >= expires) {
                return Err(Reason::Expired);
            }
            grant.subject = Some(token.record.subject.clone());
            grant.realms = token.record.realms.clone();
            grant.family = Some(token.record.family);
        }
        Ok(match policy.nonce(received) {
            Some(nonce) => Step::Commit(Commit::new(self.clone(), nonce, grant)),
            None => Step::Admit(grant),
        })
    }

    fn refuse(&self, reason: Reason) -> Step {
        Step::Reply(self.0.refuse(reason))
    }
}

fn legs(received: &Received) -> Legs {
    match received.parameter(Protocol::Token) {
        None => Legs::Two,
        Some("") => Legs::Zero,
        Some(_) => Legs::Three,
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("origin", &self.0.origin.as_str()).finish_non_exhaustive()
    }
}
