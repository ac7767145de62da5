//! Why there are no good tokens.

use oauth_clock::NoEntropy;
use oauth2_core::client::{self, KeeperError};

use super::TokenStoreError;
use crate::Error;

/// Why there are no good tokens. None of them prints a secret.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There is nothing to be had without a person granting it.
    #[error(transparent)]
    Keeper(#[from] KeeperError),
    /// They were not renewed; [`is_dead_grant`](Self::is_dead_grant) tells whether they ever will be.
    #[error("the tokens were not renewed: {0}")]
    Renewal(#[from] Error<client::Error>),
    /// While this waited, a renewal failed that somebody else had asked for; it was told why. The same may work later.
    #[error("the tokens were not renewed: it was tried just now, in vain")]
    FailedMeanwhile,
    /// The store cannot be read. Nothing was renewed.
    #[error("the stored tokens cannot be read: {0}")]
    Store(#[from] TokenStoreError),
    /// There are new tokens, which nobody gets before they are stored; it is tried again with the next use.
    #[error("the renewed tokens cannot be stored: {0}")]
    Unsaved(#[source] TokenStoreError),
    /// There was no randomness for the next step.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The runtime was shut down meanwhile.
    #[error("the renewal was interrupted")]
    Interrupted,
}

impl TokenError {
    /// Whether only a person who grants access anew helps. Anything else may pass.
    pub fn is_dead_grant(&self) -> bool {
        match self {
            Self::Keeper(error) => !matches!(error, KeeperError::PublicClient),
            Self::Renewal(Error::Exchange(error)) => error.is_dead_grant(),
            _ => false,
        }
    }
}
