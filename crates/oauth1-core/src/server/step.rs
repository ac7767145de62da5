//! The provider's pauses: each is a question, and answering it consumes it.

use std::{fmt, sync::Arc};

use oauth_sansio::{Answer, Moment, Outcome, Prompt, Reply};

use super::{
    Batch, Facts, Interaction, Pin, Provider, Reason, Wanted, authorize, consent, or_page, renewal, revoke,
    temporary, token,
};

/// What the driver does next. Everything but `Reply` is a question; answering it consumes it.
#[must_use = "a step that is dropped leaves its request unanswered"]
#[derive(Debug)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub enum Step {
    /// Read records.
    Load(Load),
    /// Ask the person.
    Interact(Interact),
    /// Write a batch.
    Commit(Commit),
    /// Answer the request.
    Reply(Box<Reply<Reason>>),
}

/// Read the records that [`wanted`](Self::wanted) names, in one round trip, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load {
    pub(super) provider: Provider,
    pub(super) wanted: Wanted,
    pub(super) then: Then,
}

/// What goes on when the facts are there. The driver never needs to know.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Then {
    Temporary(Box<temporary::Request>),
    Authorize(authorize::Request),
    Consent(consent::Visit),
    Ask(Arc<Interaction>),
    Token(Box<token::Request>),
    Renewal(Box<renewal::Request>),
    Revoke(Box<revoke::Request>),
}

impl Load {
    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: Facts, moment: Moment) -> Step {
        let provider = self.provider;
        match self.then {
            Then::Temporary(request) => {
                provider.or_refuse(temporary::decide(&provider, *request, facts, moment))
            }
            Then::Authorize(request) => or_page(authorize::decide(&provider, request, facts, moment)),
            Then::Consent(visit) => or_page(consent::decide(provider, &visit, facts, moment.now())),
            Then::Ask(interaction) => or_page(consent::ask(&provider, interaction, facts)),
            Then::Token(request) => provider.or_refuse(token::decide(&provider, *request, facts, moment)),
            Then::Renewal(request) => provider.or_refuse(renewal::decide(&provider, *request, facts, moment)),
            Then::Revoke(request) => provider.or_refuse(revoke::decide(&provider, &request, facts)),
        }
    }
}

/// Show the [`prompt`](Self::prompt) to the person, or [`answer`](Self::answer) for one who has decided.
///
/// The authorization waits in the store, not in this value: when a page was shown, drop this; the visit that brings
/// the decision comes through [`Provider::receive`] again and ends in a new `Interact`.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Interact {
    pub(super) prompt: Prompt,
    pub(super) interaction: Arc<Interaction>,
    /// What to show in the place of a long verifier.
    pub(super) pin: Option<Pin>,
}

impl Interact {
    /// What the page must show.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// Goes on with what the person decided.
    pub fn answer(self, answer: Answer, moment: Moment) -> Step {
        or_page(consent::answered(&self.interaction, self.pin, answer, moment))
    }
}

/// Apply the [`batch`](Self::batch), all or nothing, then [`settle`](Self::settle).
///
/// The reply is sealed in here. Nothing but an applied batch opens it.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Commit {
    pub(super) batch: Batch,
    pub(super) sealed: Box<Reply<Reason>>,
    pub(super) lost: Box<Step>,
}

impl Commit {
    /// What to write.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Goes on with what became of the batch. A lost one may lead to another: a race that was lost to a second valid use
    /// is an alarm.
    pub fn settle(self, outcome: Outcome) -> Step {
        self.settle_with_batch(outcome).1
    }

    /// The same, and what was written, if it was: for a driver that tells what happened.
    pub fn settle_with_batch(self, outcome: Outcome) -> (Option<Batch>, Step) {
        match outcome {
            Outcome::Applied => (Some(self.batch), Step::Reply(self.sealed)),
            Outcome::Lost(_) => (None, *self.lost),
        }
    }
}

// What goes on after a pause is not shown: the request may hold a verifier.

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl fmt::Debug for Interact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interact").field("prompt", &self.prompt).finish_non_exhaustive()
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("batch", &self.batch).finish_non_exhaustive()
    }
}
