//! The resource server: from a request with a bearer token (RFC 6750) to what was proven by it.
//!
//! [`Verifier::receive`] reads the token, [`Load::resume`] judges what the store knew of it.
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::Moment;
//! use oauth2_core::{
//!     resource::{Grant, Step, Verifier},
//!     server::{Facts, Wanted},
//! };
//!
//! fn admit(
//!     verifier: &Verifier,
//!     request: &http::Request<Bytes>,
//!     load: impl Fn(&Wanted) -> Facts,
//!     moment: Moment,
//! ) -> Result<Grant, http::Response<Bytes>> {
//!     let mut step = verifier.receive(request);
//!     if let Step::Load(pause) = step {
//!         let facts = load(pause.wanted());
//!         step = pause.resume(facts, moment);
//!     }
//!     match step {
//!         Step::Admit(grant) => Ok(grant),
//!         Step::Reply(reply) => Err(reply.response),
//!         Step::Load(_) => unreachable!("there is one look-up"),
//!     }
//! }
//! ```

mod bearer;
mod challenge;
mod reason;
mod step;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;

pub use reason::Reason;
pub use step::{Grant, Load, Principal, Step};

use crate::{Scopes, server::Wanted};

/// Protects resources. Cloning it makes another handle with the same settings.
#[derive(Clone, Debug)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct Verifier(Arc<Config>);

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
        let realm = config.realm.as_deref().map(|realm| ("realm", realm));
        challenge::build(realm).map_err(|_| ConfigError::Realm)?;
        Ok(Self(Arc::new(config)))
    }

    /// The same, but a token must have these scopes.
    #[must_use]
    pub fn requiring(&self, scopes: Scopes) -> Self {
        Self(Arc::new(Config { scopes, ..Config::clone(&self.0) }))
    }

    /// Begins to judge a request. Its body is looked at only with [`Config::form_body`].
    pub fn receive(&self, request: &Request<Bytes>) -> Step {
        match bearer::read(request, self.0.form_body) {
            Ok(token) => {
                let wanted = Wanted { access: Some(token), ..Wanted::default() };
                Step::Load(Load { verifier: self.clone(), wanted })
            }
            Err(reason) => self.refuse(reason),
        }
    }

    fn refuse(&self, reason: Reason) -> Step {
        Step::Reply(challenge::refuse(&self.0, reason))
    }
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The realm has a character that no header may carry.
    #[error("the realm cannot stand in a header")]
    Realm,
}
