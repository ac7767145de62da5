//! The pauses of a resource server.

use std::{fmt, sync::Arc};

use oauth_sansio::{Digest, Moment, Outcome, Reply, Spend, Timestamp};

use super::{
    Ask, Fetch, Grant, Reason, Scheme, Verdict, Verifier,
    judging::{Brought, Judging},
};
use crate::server::{Batch, Facts, Once, Wanted};

/// What the driver does next.
#[must_use = "a step that is dropped leaves its request unanswered"]
#[derive(Debug)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub enum Step {
    /// Tell what is known of a token.
    Recall(Recall),
    /// Get the keys of a server.
    Fetch(Fetch),
    /// Ask a server about a token.
    Ask(Ask),
    /// Keep what was learnt of a token.
    Remember(Remember),
    /// Read records.
    Load(Load),
    /// Write a batch.
    Commit(Commit),
    /// Let the request through.
    Admit(Arc<Grant>),
    /// Answer the request.
    Reply(Box<Reply<Reason>>),
}

impl Step {
    /// A proof lets one request through.
    pub(super) fn commit(verifier: Verifier, proof: Spend<Once>, grant: Arc<Grant>, now: Timestamp) -> Self {
        let batch = Batch { spend: vec![proof], ..Batch::default() };
        Self::Commit(Commit { verifier, batch, grant, now })
    }
}

/// Look whether something is known of the token that is kept under [`key`](Self::key), then [`recalled`](Self::recalled).
/// Whoever keeps nothing knows nothing.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Recall(Box<Judging>);

impl Recall {
    pub(super) fn new(judging: Judging) -> Self {
        Self(Box::new(judging))
    }

    /// The digest of the token.
    pub fn key(&self) -> &Digest {
        &self.0.key
    }

    /// Goes on with what is known.
    pub fn recalled(self, verdict: Option<Verdict>, moment: Moment) -> Step {
        match verdict {
            Some(verdict) => self.0.decided(verdict, moment.now()),
            None => self.0.begin(moment.now()),
        }
    }
}

/// Keep the [`verdict`](Self::verdict) of the token with this [`key`](Self::key), not longer than [`until`](Self::until),
/// then go on with [`remembered`](Self::remembered), whether or not it was kept.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Remember(Box<Remembering>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Remembering {
    judging: Judging,
    verdict: Verdict,
    until: Timestamp,
}

impl Remember {
    pub(super) fn new(judging: Judging, verdict: Verdict, until: Timestamp) -> Self {
        Self(Box::new(Remembering { judging, verdict, until }))
    }

    /// The digest of the token.
    pub fn key(&self) -> &Digest {
        &self.0.judging.key
    }

    /// What was learnt.
    pub fn verdict(&self) -> &Verdict {
        &self.0.verdict
    }

    /// From this second on it must be learnt anew.
    pub fn until(&self) -> Timestamp {
        self.0.until
    }

    /// Goes on with it.
    pub fn remembered(self, moment: Moment) -> Step {
        let Remembering { judging, verdict, .. } = *self.0;
        judging.decided(verdict, moment.now())
    }
}

/// Read the records that [`wanted`](Self::wanted) names, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load(Box<Loading>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Loading {
    verifier: Verifier,
    wanted: Wanted,
    /// The token is a JWT, and was verified.
    signed: bool,
    brought: Brought,
}

impl Load {
    pub(super) fn new(verifier: Verifier, wanted: Wanted, signed: bool, brought: Brought) -> Self {
        Self(Box::new(Loading { verifier, wanted, signed, brought }))
    }

    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.0.wanted
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: impl Into<Box<Facts>>, moment: Moment) -> Step {
        let Loading { verifier, signed, brought, .. } = *self.0;
        let now = moment.now();
        match Grant::of_record(verifier.config(), facts.into().access, signed) {
            Ok(grant) => verifier.conclude(brought, Arc::new(grant), now),
            Err(reason) => verifier.refuse(brought.scheme, reason, now),
        }
    }
}

/// Apply the [`batch`](Self::batch), all or nothing, then [`settle`](Self::settle): a proof lets one request through.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Commit {
    verifier: Verifier,
    batch: Batch,
    grant: Arc<Grant>,
    now: Timestamp,
}

impl Commit {
    /// What to write.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Goes on with what became of the batch.
    pub fn settle(self, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Applied => Step::Admit(self.grant),
            Outcome::Lost(_) => self.verifier.refuse(Scheme::Dpop, Reason::ProofReplayed, self.now),
        }
    }
}

impl fmt::Debug for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recall").field("key", self.key()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Remember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remember").field("key", self.key()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").field("wanted", self.wanted()).finish_non_exhaustive()
    }
}
