//! The resource's pauses: each is a question, and answering it consumes it.

use std::fmt;

use oauth_sansio::{Moment, Outcome, Reply, Spend};

use super::{Grant, Verifier};
use crate::{
    server::{Batch, Facts, Once, Reason, Wanted},
    signature::Received,
};

/// What the driver does next. `Admit` and `Reply` are the ends; the others are questions, and answering one
/// consumes it.
#[must_use = "a step that is dropped leaves its request unanswered"]
#[derive(Debug)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
#[allow(
    clippy::large_enum_variant,
    reason = "a step is moved twice; a box would be one more allocation a request"
)]
pub enum Step {
    /// Read records.
    Load(Load),
    /// Write a batch.
    Commit(Commit),
    /// Let the request through.
    Admit(Grant),
    /// Refuse the request.
    Reply(Box<Reply<Reason>>),
}

/// Read the records that [`wanted`](Self::wanted) names, in one round trip, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load {
    pub(super) verifier: Verifier,
    pub(super) wanted: Wanted,
    pub(super) received: Received,
}

impl Load {
    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: Facts, moment: Moment) -> Step {
        let Self { verifier, wanted, received } = self;
        let step = verifier.decide(&received, wanted, facts, moment.now());
        step.unwrap_or_else(|reason| verifier.refuse(reason))
    }
}

/// Apply the [`batch`](Self::batch), all or nothing, then [`settle`](Self::settle).
///
/// The grant is sealed in here. Nothing but an applied batch opens it.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Commit {
    verifier: Verifier,
    batch: Batch,
    sealed: Grant,
}

impl Commit {
    pub(super) fn new(verifier: Verifier, nonce: Spend<Once>, sealed: Grant) -> Self {
        Self { verifier, batch: Batch { spend: vec![nonce], ..Batch::default() }, sealed }
    }

    /// What to write.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Goes on with what became of the batch. A nonce that was used revokes nothing: whoever overhears a request
    /// could otherwise end the client's access.
    pub fn settle(self, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Applied => Step::Admit(self.sealed),
            Outcome::Lost(_) => self.verifier.refuse(Reason::NonceUsed),
        }
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("batch", &self.batch).finish_non_exhaustive()
    }
}
