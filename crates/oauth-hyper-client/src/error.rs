//! What can go wrong between two peers.

use std::time::Duration;

use oauth_clock::NoEntropy;

/// Why an exchange did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// The protocol refused: see the core's error for who is to blame.
    #[error(transparent)]
    Exchange(E),
    /// The request or its answer did not get through.
    #[error(transparent)]
    Send(#[from] SendError),
    /// There was no randomness for the next step.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Why a request was not answered. None of these tells whether the server acted on it.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No connection, or one that broke.
    #[error("the server cannot be reached: {0}")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer was not complete in time.
    #[error("the server did not answer within {0:?}")]
    TimedOut(Duration),
    /// The address is not one that may be asked. Nothing was sent.
    #[error("nothing is sent to this address")]
    Refused,
    /// The answer's body is compressed, and what is in it may be of any size.
    #[error("the answer is compressed")]
    Compressed,
    /// The answer's body is longer than the request allows.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}
