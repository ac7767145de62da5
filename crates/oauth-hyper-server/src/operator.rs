//! What an operator's own code decides, and what it is told.

use std::time::Duration;

use async_trait::async_trait;
use oauth_sansio::Secret;
use oauth2_core::server::{Extended, Extension, Proposal, Verdict};

use crate::{Attempt, Event};

/// Hooks of a provider. Requests of both protocols pass [`admit`](Self::admit) and [`happened`](Self::happened); the others
/// are questions of OAuth 2. Each has a default that changes nothing; an error of a hook drops the request with 503, like one
/// of the store.
///
/// ```
/// use oauth_hyper_server::{Operator, Unavailable};
/// use oauth2_core::server::{Proposal, Verdict};
///
/// struct Staff;
///
/// #[async_trait::async_trait]
/// impl Operator for Staff {
///     async fn review(&self, proposal: &Proposal) -> Result<Verdict, Unavailable> {
///         // Comes before each token, so also before each refresh, where `Config::reviews` is on.
///         Ok(match proposal.authorization.subject.as_deref() {
///             Some("dismissed") => Verdict::Refused,
///             _ => Verdict::AS_PROPOSED,
///         })
///     }
/// }
/// ```
#[async_trait]
pub trait Operator: Send + Sync + 'static {
    /// Whether a request may go on; otherwise how long to wait. Comes before anything is looked up, for every request that
    /// says who it is or what it has.
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        let _ = attempt;
        Ok(())
    }

    /// Whether a token may be issued, and what it says
    /// ([`Config::reviews`](oauth2_core::server::Config::reviews)).
    ///
    /// # Errors
    /// When it cannot be told.
    async fn review(&self, proposal: &Proposal) -> Result<Verdict, Unavailable> {
        let _ = proposal;
        Ok(Verdict::AS_PROPOSED)
    }

    /// The resource owner that a name and a password belong to (RFC 6749 section 4.3). An unknown name must cost as much as
    /// a wrong password.
    ///
    /// # Errors
    /// When it cannot be told.
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<String>, Unavailable> {
        let _ = (username, password);
        Ok(None)
    }

    /// What a client gets for an extension grant (RFC 6749 section 4.5).
    ///
    /// # Errors
    /// When it cannot be told.
    async fn extend(&self, extension: &Extension) -> Result<Option<Extended>, Unavailable> {
        let _ = extension;
        Ok(None)
    }

    /// What became of a request. It must not block: hand on what takes time.
    fn happened(&self, event: &Event<'_>) {
        let _ = event;
    }
}

/// The operator who leaves everything to the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Operator for Nobody {}

/// Why an operator's code could not tell.
#[derive(Debug, thiserror::Error)]
#[error("the operator's code failed: {0}")]
pub struct Unavailable(pub Box<dyn std::error::Error + Send + Sync>);
