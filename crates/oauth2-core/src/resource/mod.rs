//! The resource server: from a request with a token (RFC 6750, RFC 9449, RFC 8705) to what was proven by it.
//!
//! [`Verifier::receive`] reads the token and judges the proof beside it, [`Load::resume`] judges what the store knew of the
//! token, and a proof is spent in a [`Commit`].
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::{Moment, Outcome};
//! use oauth2_core::{
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

mod bearer;
mod challenge;
mod metadata;
mod possession;
mod reason;
mod signed;
mod step;
mod step_up;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use oauth_sansio::{Handle, Moment, Timestamp};

pub use metadata::Published;
pub use possession::Dpop;
pub use reason::Reason;
pub use signed::Signed;
pub use step::{Commit, Grant, Load, Principal, Step};
pub use step_up::StepUp;

use crate::{Scopes, server::Wanted};
use bearer::Presented;
use metadata::Place;
use possession::Shown;
use step::Brought;

/// Protects resources. Cloning it makes another handle with the same settings.
#[derive(Clone, Debug)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct Verifier(Handle<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    config: Config,
    /// Where the API tells of itself, if it does.
    place: Option<Place>,
}

/// What an operator decides about protected resources.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What a challenge calls the protected space (RFC 9110 section 11.5).
    pub realm: Option<String>,
    /// What a token must have, all of it; [`Verifier::requiring`] sets it per route.
    pub scopes: Scopes,
    /// How the person behind a token must have logged in; [`Verifier::requiring_login`] sets it per route.
    pub step_up: StepUp,
    /// Whether a token may also come in a form body (RFC 6750 section 2.2). A query never carries one.
    pub form_body: bool,
    /// What the authorization server calls this API (RFC 8707): a token for others is refused, one that is for nobody in
    /// particular is not. `None` takes both.
    pub identifier: Option<String>,
    /// How proofs are taken. Without it a token that is bound to a key opens nothing here.
    pub dpop: Option<Dpop>,
    /// The JWTs that are taken, for [`identifier`](Self::identifier); `None` for none.
    pub signed: Option<Signed>,
    /// What is told to everybody (RFC 9728), at the well-known place for the identifier; challenges then say where. `None`
    /// for nothing.
    pub published: Option<Published>,
}

/// How a request brings its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449 section 7.1.
    Dpop,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

impl Verifier {
    /// A verifier with these settings.
    ///
    /// # Errors
    /// When a challenge could not carry what is set, no proof could be made for it, or there is no place to publish it at.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let realm = config.realm.as_deref().map(|realm| ("realm", realm));
        challenge::build(Scheme::Bearer, realm).map_err(|_| ConfigError::Realm)?;
        if config.dpop.as_ref().is_some_and(|dpop| !dpop.is_fit()) {
            return Err(ConfigError::Dpop);
        }
        if !config.step_up.is_fit() {
            return Err(ConfigError::StepUp);
        }
        if config.signed.is_some() && config.identifier.is_none() {
            return Err(ConfigError::Identifier);
        }
        let place = Place::of(&config)?;
        Ok(Self(Handle::new(Parts { config, place })))
    }

    /// The same, but a token must have these scopes.
    #[must_use]
    pub fn requiring(&self, scopes: Scopes) -> Self {
        let Parts { config, place } = Parts::clone(&self.0);
        Self(Handle::new(Parts { config: Config { scopes, ..config }, place }))
    }

    /// The same, but the person must have logged in like this.
    ///
    /// # Errors
    /// When a challenge could not carry it.
    pub fn requiring_login(&self, step_up: StepUp) -> Result<Self, ConfigError> {
        let Parts { config, .. } = Parts::clone(&self.0);
        Self::new(Config { step_up, ..config })
    }

    /// The answer to a request for what the API says of itself (RFC 9728 section 3); `None` when it is for something else.
    pub fn describe<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        self.0.place.as_ref()?.answer(request)
    }

    /// Begins to judge a request. Its body is looked at only with [`Config::form_body`].
    pub fn receive(&self, request: &Request<Bytes>, moment: Moment) -> Step {
        let now = moment.now();
        let presented = match bearer::read(request, self.config()) {
            Ok(presented) => presented,
            Err(reason) => return self.refuse(Scheme::Bearer, reason, now),
        };
        let scheme = presented.scheme;
        match self.load(request, &presented, now) {
            Ok(load) => Step::Load(load),
            Err(reason) => self.refuse(scheme, reason, now),
        }
    }

    /// The `DPoP-Nonce` to send with the answer to a request that came with a proof, so that the next one has a nonce that
    /// is fresh (RFC 9449 section 8.2); `None` where none is wanted.
    pub fn nonce(&self, now: Timestamp) -> Option<HeaderValue> {
        self.config().dpop.as_ref()?.nonce(now)
    }

    fn load(
        &self,
        request: &Request<Bytes>,
        presented: &Presented<'_>,
        now: Timestamp,
    ) -> Result<Load, Reason> {
        let (access, signed) = signed::kept_under(self.config(), &presented.token, now)?;
        let shown = Shown::of(self.config(), request, presented, now)?;
        let wanted = Wanted { access: Some(access), ..Wanted::default() };
        Ok(Load::new(self.clone(), wanted, Brought { scheme: presented.scheme, signed, shown }))
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn refuse(&self, scheme: Scheme, reason: Reason, now: Timestamp) -> Step {
        let place = self.0.place.as_ref().map(|place| place.url.as_str());
        Step::Reply(challenge::refuse(self.config(), place, scheme, reason, now))
    }
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The realm has a character that no header may carry.
    #[error("the realm cannot stand in a header")]
    Realm,
    /// The address has no host, or a query or a fragment, or no algorithm is left that a key pair signs with.
    #[error("no proof could be made for the address or by the algorithms")]
    Dpop,
    /// An authentication context class is empty or has a character that a word does not have.
    #[error("an authentication context class is no word")]
    StepUp,
    /// An authorization server is named by what is no issuer identifier.
    #[error("what is published names an authorization server by something that is no issuer identifier")]
    Published,
    /// What is published or signed is for no identifier, or what is published for one that is no address.
    #[error("what is published or signed needs an identifier, for what is published an https address")]
    Identifier,
}
