//! The resource server: from a request with a token (RFC 6750, RFC 9449, RFC 8705) to what was proven by it.
//!
//! [`Verifier::receive`] reads the token and judges the proof beside it. What the token is, one of three tells: the store that is
//! shared with the authorization server ([`Load`]), the signature of a JWT by keys that are fetched ([`Fetch`]), or the server
//! when it is asked ([`Ask`]). What was learnt elsewhere is kept for a while ([`Remember`], [`Recall`]), what the request shows is
//! judged each time, and a proof is spent in a [`Commit`].
//!
//! ```
//! use bytes::Bytes;
//! use std::sync::Arc;
//! use oauth_sansio::{Moment, Outcome};
//! use oauth2_core::{
//!     resource::{FetchedKeys, Grant, Step, Verdicts, Verifier, WantedKeys},
//!     server::{Batch, Facts, FetchError, Wanted},
//! };
//!
//! fn admit(
//!     verifier: &Verifier,
//!     request: &http::Request<Bytes>,
//!     load: impl Fn(&Wanted) -> Facts,
//!     commit: impl Fn(&Batch) -> Outcome,
//!     keys: impl Fn(&WantedKeys) -> Result<FetchedKeys, FetchError>,
//!     send: impl Fn(http::Request<Bytes>) -> Result<http::Response<Bytes>, FetchError>,
//!     verdicts: &mut Verdicts,
//!     moment: impl Fn() -> Moment,
//! ) -> Result<Arc<Grant>, http::Response<Bytes>> {
//!     let mut step = verifier.receive(request, moment());
//!     loop {
//!         step = match step {
//!             Step::Load(pause) => {
//!                 let facts = load(pause.wanted());
//!                 pause.resume(facts, moment())
//!             }
//!             Step::Recall(pause) => {
//!                 let verdict = verdicts.recall(pause.key(), moment().now());
//!                 pause.recalled(verdict, moment())
//!             }
//!             Step::Fetch(pause) => {
//!                 let answer = keys(pause.wanted());
//!                 pause.answer(answer, moment())
//!             }
//!             Step::Ask(pause) => {
//!                 let question = pause.request(moment()).expect("a key that signs");
//!                 pause.answer(send(question.request), moment())
//!             }
//!             Step::Remember(pause) => {
//!                 verdicts.remember(*pause.key(), pause.verdict().clone(), pause.until());
//!                 pause.remembered(moment())
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
mod fetch;
mod grant;
mod implied;
mod introspection;
mod judging;
mod key_sets;
mod mcp;
mod metadata;
mod possession;
mod reason;
mod signed;
mod step;
mod step_up;
mod token;
mod verdicts;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use oauth_sansio::{Digest, Handle, Moment, Timestamp};

pub use fetch::{Fetch, WantedKeys};
pub use grant::{Grant, Principal};
pub use implied::Implied;
pub use introspection::{Ask, Introspected, IntrospectionError};
pub use key_sets::{FetchedKeys, KeyCaching, KeySets, Look};
pub use metadata::Published;
pub use possession::Dpop;
pub use reason::Reason;
pub use signed::{KeySource, Signed};
pub use step::{Commit, Load, Recall, Remember, Step};
pub use step_up::StepUp;
pub use verdicts::{Caching, Verdict, Verdicts};

use crate::{Scopes, dpop::ProofKeys, metadata::Transport};
use introspection::Source;
use judging::{Brought, Judging};
use metadata::Place;
use possession::Shown;
use signed::Trusted;
use token::Token;

/// Protects resources. Cloning it makes another handle with the same settings.
#[derive(Clone, Debug)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct Verifier(Handle<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    config: Config,
    /// Where the API tells of itself, if it does.
    place: Option<Place>,
    sources: Handle<Sources>,
}

/// Who tells what a token is, besides the store.
#[derive(Debug)]
struct Sources {
    trusted: Vec<Trusted>,
    asked: Vec<Source>,
    proof_keys: ProofKeys,
}

/// What an operator decides about protected resources.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What a challenge calls the protected space (RFC 9110 section 11.5).
    pub realm: Option<String>,
    /// What a token must have, all of it; [`Verifier::requiring`] sets it per route.
    pub scopes: Scopes,
    /// Which scopes open others; a [`Grant`] has them all.
    pub implied: Implied,
    /// How the person behind a token must have logged in; [`Verifier::requiring_login`] sets it per route.
    pub step_up: StepUp,
    /// Whether a token may also come in a form body (RFC 6750 section 2.2).
    pub form_body: bool,
    /// Whether a token may also come in the query (RFC 6750 section 2.3), for clients of long ago that can do nothing else. Each
    /// such request leaves its token in logs, histories and the headers of what follows; OAuth 2.1 has done away with it
    /// (section 5.2), and without this a token in a query is not read.
    pub insecure_query: bool,
    /// What the authorization server calls this API (RFC 8707): a token for others is refused, one that is for nobody in
    /// particular is not. `None` takes both.
    pub identifier: Option<String>,
    /// How proofs are taken. Without it a token that is bound to a key opens nothing here.
    pub dpop: Option<Dpop>,
    /// Whether a token that is for nobody in particular is refused, too. Then a server that names no audience cannot be
    /// used at all.
    pub require_audience: bool,
    /// The server whose store is shared: a [`Grant`] from there names it.
    pub issuer: Option<Arc<str>>,
    /// The servers whose JWTs are taken, for [`identifier`](Self::identifier); the `iss` of a token tells which.
    pub signed: Vec<Signed>,
    /// The servers that are asked about tokens that are no JWTs of these.
    pub introspected: Vec<Introspected>,
    /// How long what was learnt elsewhere is believed. What a store knows is looked up at each use.
    pub caching: Caching,
    /// When keys are asked for again.
    pub key_caching: KeyCaching,
    /// Over what keys are fetched.
    pub transport: Transport,
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
    /// When a challenge could not carry what is set, no proof could be made for it, there is no place to publish it at, or
    /// a server could not be told from another or reached safely.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        if config.dpop.as_ref().is_some_and(|dpop| !dpop.is_fit()) {
            return Err(ConfigError::Dpop);
        }
        if config.require_audience && config.identifier.is_none() {
            return Err(ConfigError::Identifier);
        }
        check_challenge(&config)?;
        let trusted = signed::trusted(&config)?;
        let asked = introspection::sources(&config)?;
        let place = Place::of(&config)?;
        let sources = Handle::new(Sources { trusted, asked, proof_keys: ProofKeys::new() });
        Ok(Self(Handle::new(Parts { config, place, sources })))
    }

    /// The same, but a token must have these scopes.
    #[must_use]
    pub fn requiring(&self, scopes: Scopes) -> Self {
        let parts = Parts::clone(&self.0);
        Self(Handle::new(Parts { config: Config { scopes, ..parts.config }, ..parts }))
    }

    /// The same, but the person must have logged in like this.
    ///
    /// # Errors
    /// When a challenge could not carry it.
    pub fn requiring_login(&self, step_up: StepUp) -> Result<Self, ConfigError> {
        let parts = Parts::clone(&self.0);
        let config = Config { step_up, ..parts.config };
        check_challenge(&config)?;
        Ok(Self(Handle::new(Parts { config, ..parts })))
    }

    /// Whether both come from one [`Verifier::new`], so that what one of them has learnt of a token is true for the other.
    pub fn learns_with(&self, other: &Self) -> bool {
        std::ptr::eq::<Sources>(&*self.0.sources, &*other.0.sources)
    }

    /// Whether anything is learnt elsewhere than in the store: only then there is a pause for it.
    pub fn learns(&self) -> bool {
        let Sources { trusted, asked, .. } = &*self.0.sources;
        !asked.is_empty() || trusted.iter().any(|one| !one.looked_up)
    }

    /// How long what is learnt is kept.
    pub fn caching(&self) -> Caching {
        self.config().caching
    }

    /// When keys are asked for again.
    pub fn key_caching(&self) -> &KeyCaching {
        &self.config().key_caching
    }

    /// The answer to a request for what the API says of itself (RFC 9728 section 3); `None` when it is for something else.
    pub fn describe<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        self.0.place.as_ref()?.answer(request)
    }

    /// Whether [`receive`](Self::receive) must be given the body of a request with this head: where a form may have the
    /// token in it, and where a proof says what the body is, or must.
    pub fn wants_body<B>(&self, request: &Request<B>) -> bool {
        let Config { dpop, form_body, .. } = self.config();
        *form_body && bearer::is_form_body(request)
            || dpop.as_ref().is_some_and(|dpop| bearer::is_bound(request) && dpop.wants_body(request))
    }

    /// Takes the token out of the query and the form of a request that was let through, where one may be there: what it is
    /// handed to next shall neither use it nor write it down.
    pub fn hide_token(&self, request: &mut Request<Bytes>) {
        if self.config().insecure_query {
            bearer::hide_in_query(request);
        }
        if self.config().form_body && bearer::is_form_body(request) {
            bearer::hide_in_body(request);
        }
    }

    /// Begins to judge a request. Where [`wants_body`](Self::wants_body) says no, the body may be left out and sent after.
    pub fn receive(&self, request: &Request<Bytes>, moment: Moment) -> Step {
        let now = moment.now();
        let presented = match bearer::read(request, self.config()) {
            Ok(presented) => presented,
            Err(reason) => return self.refuse(Scheme::Bearer, reason, now),
        };
        let scheme = presented.scheme;
        let key = Digest::of(&*presented.token);
        let shown = match Shown::of(self, request, scheme, key, now) {
            Ok(shown) => shown,
            Err(reason) => return self.refuse(scheme, reason, now),
        };
        let token = Token::of(request, presented.token);
        let judging = Judging { verifier: self.clone(), token, key, brought: Brought { scheme, shown } };
        match self.remembers() {
            true => Step::Recall(Recall::new(judging)),
            false => judging.begin(now),
        }
    }

    /// The `DPoP-Nonce` to send with the answer to a request that came with a proof, so that the next one has a nonce that
    /// is fresh (RFC 9449 section 8.2); `None` where none is wanted.
    pub fn nonce(&self, now: Timestamp) -> Option<HeaderValue> {
        self.config().dpop.as_ref()?.nonce(now)
    }

    fn remembers(&self) -> bool {
        self.learns() && self.config().caching != Caching::NONE
    }

    fn proof_keys(&self) -> &ProofKeys {
        &self.0.sources.proof_keys
    }

    fn all_trusted(&self) -> &[Trusted] {
        &self.0.sources.trusted
    }

    fn trusted(&self, at: usize) -> Option<&Trusted> {
        self.0.sources.trusted.get(at)
    }

    fn source(&self, at: usize) -> Option<&Source> {
        self.0.sources.asked.get(at)
    }

    /// The server that is asked about a token: the one whose tokens begin like this, or the one for all others.
    fn asked(&self, token: &str) -> Option<usize> {
        let asked = &self.0.sources.asked;
        let begins = |source: &Source| source.prefix().is_some_and(|prefix| token.starts_with(prefix));
        asked.iter().position(begins).or_else(|| asked.iter().position(|source| source.prefix().is_none()))
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn refuse(&self, scheme: Scheme, reason: Reason, now: Timestamp) -> Step {
        let place = self.0.place.as_ref().map(|place| place.url.as_str());
        Step::Reply(challenge::refuse(self.config(), place, scheme, reason, now))
    }
}

/// Whether challenges can carry what is set.
fn check_challenge(config: &Config) -> Result<(), ConfigError> {
    let realm = config.realm.as_deref().map(|realm| ("realm", realm));
    challenge::build(Scheme::Bearer, realm).map_err(|_| ConfigError::Realm)?;
    match config.step_up.is_fit() {
        true => Ok(()),
        false => Err(ConfigError::StepUp),
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
    /// What is published or signed, or an audience that is required, is for no identifier, or what is published for one
    /// that is no address.
    #[error("what is published or signed needs an identifier, for what is published an https address")]
    Identifier,
    /// Two servers have one issuer identifier.
    #[error("two servers have one issuer identifier")]
    Issuer,
    /// Keys are at an address that is not asked over this transport, or a server has no endpoint to be asked at.
    #[error("a server is not reached safely, or cannot be asked")]
    Endpoint,
}
