//! What an operator's own code decides, in pauses of its own: whether what is about to be issued suits it
//! ([`Review`]), who a name and a password belong to ([`Verify`]), what an extension grant is worth ([`Extend`]);
//! and what the other core says of a request that OAuth 1 signed ([`Migrate`]).
//!
//! The client has authenticated by then, and nothing is spent yet. An answer makes the endpoint decide once more, with
//! what is known then: an endpoint stays a function of what it is told.

mod extension;
mod migrate;
mod review;
mod verify;

use oauth_sansio::{Handover, Moment};

pub use extension::{Extend, Extended, Extension};
pub use migrate::Migrate;
pub(super) use review::own_claims;
pub use review::{Proposal, Review, Verdict};
pub(super) use verify::Claimed;
pub use verify::Verify;

use super::{Facts, Step, backchannel};

/// What an endpoint wants to know of the operator.
pub(super) enum Question {
    Review(Box<Proposal>),
    Verify(Claimed),
    Extend(Extension),
    Migrate,
}

/// What the operator has answered so far.
#[derive(Default)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Known {
    pub(super) verdict: Option<Verdict>,
    /// `None` while nobody was asked; `Some(None)` when name and password belong to nobody.
    pub(super) person: Option<Option<String>>,
    /// As above: `Some(None)` when the operator takes nothing for it.
    pub(super) extended: Option<Option<Extended>>,
    /// As above: `Some(None)` when OAuth 1 does not take the request.
    pub(super) handover: Option<Option<Handover>>,
}

/// A request that waits for the operator.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Paused {
    pub(super) waiting: Box<backchannel::Waiting>,
    pub(super) facts: Facts,
    pub(super) known: Known,
}

impl Paused {
    fn resume(self, moment: Moment) -> Step {
        let Self { waiting, mut facts, mut known } = self;
        backchannel::decide_knowing(waiting, &mut facts, &mut known, moment)
    }
}

/// The step that asks.
pub(super) fn ask(question: Question, paused: Paused) -> Step {
    match question {
        Question::Review(proposal) => Step::Review(Review::new(proposal, paused)),
        Question::Verify(claimed) => Step::Verify(Verify::new(claimed, paused)),
        Question::Extend(extension) => Step::Extend(Extend::new(extension, paused)),
        Question::Migrate => Step::Migrate(Migrate::new(paused)),
    }
}
