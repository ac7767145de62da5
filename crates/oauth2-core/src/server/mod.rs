//! The authorization server: an endpoint is two pure functions, from a request to a question for the store, and
//! from what the store knew to a batch or a reply.
//!
//! One enum, [`Step`], says what comes next, so one loop drives every endpoint:
//!
//! ```
//! use bytes::Bytes;
//! use oauth_sansio::{Answer, Moment, Outcome};
//! use oauth2_core::server::{
//!     AuthorizationServer, Batch, Endpoint, Facts, FetchError, Fetched, Interact, Step, Verdict, Wanted,
//!     WantedDocument,
//! };
//!
//! fn drive(
//!     server: &AuthorizationServer,
//!     endpoint: Endpoint,
//!     request: http::Request<Bytes>,
//!     load: impl Fn(&Wanted) -> Facts,
//!     fetch: impl Fn(&WantedDocument) -> Result<Fetched, FetchError>,
//!     commit: impl Fn(&Batch) -> Outcome,
//!     ask: impl Fn(&Interact) -> Answer,
//!     sign: impl Fn(&str, &[u8]) -> Vec<u8>,
//!     moment: impl Fn() -> Moment,
//! ) -> http::Response<Bytes> {
//!     let mut step = server.receive(endpoint, &request, moment());
//!     loop {
//!         step = match step {
//!             Step::Load(pause) => {
//!                 let facts = load(pause.wanted());
//!                 pause.resume(facts, moment())
//!             }
//!             Step::Fetch(pause) => {
//!                 let answer = fetch(pause.wanted());
//!                 pause.answer(answer, moment())
//!             }
//!             // Somebody who is logged in may not have to be asked; nobody has to be known.
//!             Step::Identify(pause) => pause.answer(None, moment()),
//!             Step::Interact(pause) => {
//!                 let answer = ask(&pause);
//!                 pause.answer(answer, moment())
//!             }
//!             // What these ask for is switched on in the settings.
//!             Step::Review(pause) => pause.reviewed(Verdict::AS_PROPOSED, moment()),
//!             Step::Verify(pause) => pause.verified(None, moment()),
//!             Step::Extend(pause) => pause.extended(None, moment()),
//!             Step::Migrate(pause) => pause.migrated(None, moment()),
//!             Step::Sign(pause) => {
//!                 let signature = sign(pause.key_id(), pause.input());
//!                 pause.signed(&signature, moment())
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

mod answer;
mod authorize;
mod backchannel;
mod certificate;
mod client;
mod client_auth;
mod config;
mod consent;
mod details;
mod device;
mod facts;
mod fetch;
mod identify;
mod implicit;
mod introspection;
mod key_ring;
mod keys;
mod may_act;
mod metadata;
mod opaque;
mod operator;
mod par;
mod parameters;
mod policy;
mod possession;
mod reason;
mod records;
mod redirect;
mod registration;
mod remembered;
mod request_object;
mod resources;
mod revocation;
mod sign;
mod step;
mod token;
mod trusted_issuer;
mod wire;
mod wishes;

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Handle, Moment};

pub use answer::FormPost;
pub use certificate::{CertificateError, CertificateSubject, Chain, ClientCertificate};
pub(crate) use client::MIGRATION;
pub use client::{
    About, Application, Authentication, AuthenticationMethod, Client, ClientDocumentError, ClientError,
    ClientId, ClientKeys, ClientLifetimes, ClientMetadata, Demands, GrantType, MetadataError, Origin,
    Registration, SecretMethods, StoredSecret,
};
pub use config::{
    Config, ConfigError, DocumentClients, Lifetimes, Limits, Migration, MutualTls, Paths, Prefixes, Resource,
    TokenFormat,
};
pub use details::{Details, DetailsError, DetailsType, JsonKind, PlainDetails};
pub use device::DevicePage;
pub use facts::{Batch, Facts, Want, Wanted};
pub(crate) use fetch::check_answer;
pub use fetch::{DocumentKind, Fetch, FetchError, Fetched, WantedDocument};
pub use identify::Identify;
pub use key_ring::{KeyRing, RingKey};
pub use keys::{ServerKey, ServerKeys};
pub use operator::{Extend, Extended, Extension, Migrate, Proposal, Review, Verdict, Verify};
pub use policy::{
    AssertionAudience, BasicEncoding, Difference, Policy, Profile, RefreshRotation, RememberedConsent,
    SenderConstraint,
};
pub use reason::Reason;
pub use records::{
    Access, Actor, Asked, Authorization, Binding, Code, Consent, Device, DeviceDecision, Goal,
    ImplicitRequested, JsonText, Once, Pending, Polls, Pushed, RETENTION_MARGIN, Record, Refresh, Requested,
    ResponseMode, UserCode, Wish,
};
pub use redirect::{RedirectUriError, check_redirect_uri};
pub use registration::{Enrolled, Registrants, RegistrationPolicy};
pub use sign::Sign;
pub use step::{Commit, Interact, Load, Step};
pub use trusted_issuer::{Kinds, Subjects, TrustedIssuer};

use crate::{Scopes, dpop::ProofKeys, jose::Algorithm, metadata::AuthorizationServerMetadata};

/// An authorization server. Cloning it makes another handle to the same one.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub struct AuthorizationServer(Handle<Parts>);

struct Parts {
    config: Config,
    issuer: String,
    consent_url: String,
    well_known: Vec<String>,
    metadata: AuthorizationServerMetadata,
    document: Bytes,
    proof_keys: ProofKeys,
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
    /// Where clients push authorization requests (RFC 9126 section 2).
    PushedAuthorization,
    /// The introspection endpoint (RFC 7662 section 2).
    Introspection,
    /// The revocation endpoint (RFC 7009 section 2).
    Revocation,
    /// Where devices begin (RFC 8628 section 3.1).
    DeviceAuthorization,
    /// Where a person types the code of a device (RFC 8628 section 3.3).
    Device,
    /// Where clients register (RFC 7591 section 3).
    Registration,
    /// Where a client looks after its registration (RFC 7592 section 2).
    ClientConfiguration,
    /// The public keys (RFC 8414 section 2).
    Jwks,
    /// The metadata document (RFC 8414 section 3).
    Metadata,
}

impl Endpoint {
    /// Whether clients authenticate there. Those that show a certificate may have another address for it (RFC 8705
    /// section 5).
    pub const fn authenticates_clients(self) -> bool {
        matches!(
            self,
            Self::Token
                | Self::PushedAuthorization
                | Self::Introspection
                | Self::Revocation
                | Self::DeviceAuthorization
        )
    }
}

impl AuthorizationServer {
    /// A server with these settings.
    ///
    /// # Errors
    /// When the settings contradict the standards or themselves.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let metadata = metadata::describe(&config)?;
        let document = serde_json::to_vec(&metadata).map_err(|_| ConfigError::Issuer)?.into();
        let consent_url = config.url(&config.paths.consent).into();
        let well_known = config.well_known();
        let issuer = config.issuer_identifier().to_owned();
        let proof_keys = ProofKeys::new();
        Ok(Self(Handle::new(Parts {
            config,
            issuer,
            consent_url,
            well_known,
            metadata,
            document,
            proof_keys,
        })))
    }

    /// The endpoint that the path of a URL leads to.
    pub fn endpoint(&self, path: &str) -> Option<Endpoint> {
        let Paths { authorize, consent, token, pushed, introspection, revocation, jwks, .. } =
            &self.0.config.paths;
        let with_devices = self.0.config.policy.grants.contains(&GrantType::DeviceCode);
        let Paths { device_authorization, device, registration, .. } = &self.0.config.paths;
        match path {
            _ if path == token => Some(Endpoint::Token),
            _ if path == authorize => Some(Endpoint::Authorize),
            _ if path == consent => Some(Endpoint::Consent),
            _ if path == pushed => Some(Endpoint::PushedAuthorization),
            _ if path == introspection => Some(Endpoint::Introspection),
            _ if path == revocation => Some(Endpoint::Revocation),
            _ if path == device_authorization && with_devices => Some(Endpoint::DeviceAuthorization),
            _ if path == device && with_devices => Some(Endpoint::Device),
            _ if self.0.config.registration.is_some() && is_at_or_below(path, registration) => {
                Some(match path == registration {
                    true => Endpoint::Registration,
                    false => Endpoint::ClientConfiguration,
                })
            }
            _ if path == jwks && !self.0.config.signing.is_empty() => Some(Endpoint::Jwks),
            _ if self.0.well_known.iter().any(|known| known == path) => Some(Endpoint::Metadata),
            _ => None,
        }
    }

    /// Begins to answer a request. Its URL counts only for its query: where the server is, the settings say.
    pub fn receive(&self, endpoint: Endpoint, request: &Request<Bytes>, moment: Moment) -> Step {
        match endpoint {
            Endpoint::Authorize => authorize::receive(self.clone(), request),
            Endpoint::Consent => consent::receive(self.clone(), request),
            Endpoint::Token
            | Endpoint::PushedAuthorization
            | Endpoint::Introspection
            | Endpoint::DeviceAuthorization
            | Endpoint::Revocation => backchannel::receive(self.clone(), endpoint, request, moment.now()),
            Endpoint::Device => device::receive(self.clone(), request),
            Endpoint::Registration => registration::register(self, request, moment),
            Endpoint::ClientConfiguration => registration::manage(self.clone(), request),
            Endpoint::Jwks => key_ring::receive(self, request, moment.now()),
            Endpoint::Metadata => metadata::receive(self, request),
        }
    }

    /// What the server says of itself (RFC 8414).
    pub fn metadata(&self) -> &AuthorizationServerMetadata {
        &self.0.metadata
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    /// The issuer identifier, as clients compare it.
    fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The algorithms that clients may sign with.
    fn signing_algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.0.config.policy.asymmetric()
    }

    /// Whether a grant can be had here.
    fn serves(&self, grant: &GrantType) -> bool {
        self.config().grants().any(|served| served == grant.as_str())
    }

    fn is_secure(&self) -> bool {
        self.0.config.issuer.scheme() == "https"
    }

    fn consent_url(&self) -> &str {
        &self.0.consent_url
    }

    fn proof_keys(&self) -> &ProofKeys {
        &self.0.proof_keys
    }

    fn metadata_document(&self) -> Bytes {
        self.0.document.clone()
    }

    /// What a client may have: what it asks for, or all that it is registered for.
    fn allowed_scopes(&self, client: &Client, asked: Option<&Scopes>) -> Result<Scopes, Reason> {
        let supported = &self.0.config.scopes;
        match asked {
            None => Ok(client.scopes.within(supported)),
            // What the client has is shared; what came with the request is a copy.
            Some(asked) if *asked == client.scopes && asked.is_within(supported) => Ok(client.scopes.clone()),
            Some(asked) if asked.is_within(&client.scopes) && asked.is_within(supported) => Ok(asked.clone()),
            Some(_) => Err(Reason::ScopeNotAllowed),
        }
    }

    /// How long the tokens of a client live.
    fn lifetimes(&self, client: &Client) -> Lifetimes {
        let (own, all) = (&client.lifetimes, &self.0.config.lifetimes);
        Lifetimes {
            access: own.access.unwrap_or(all.access),
            refresh_idle: own.refresh_idle.unwrap_or(all.refresh_idle),
            refresh_absolute: own.refresh_absolute.unwrap_or(all.refresh_absolute),
            ..*all
        }
    }

    /// Whether what is wrong with a request of the client is told to the person instead of to the client.
    fn holds_errors_of(&self, client: &Client) -> bool {
        let unknown = matches!(client.origin, Origin::Registered | Origin::Document);
        unknown && self.0.config.policy.hold_errors_of_unknown_clients
    }

    fn lifetime_of_codes(&self) -> std::time::Duration {
        self.0.config.lifetimes.code.min(self.0.config.policy.longest_code)
    }
}

fn is_at_or_below(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.len() > 1 && rest.starts_with('/'))
}

impl std::fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationServer").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}
