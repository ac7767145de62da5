//! The typed pauses: what a driver is asked, and how it answers.

use std::fmt;

use oauth_sansio::{Answer, Family, Moment, Outcome, Prompt, Reply};

use super::{AuthorizationServer, Batch, Facts, Reason, Wanted, authorize, consent, token, wire};

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
    Reply(Reply<Reason>),
}

/// Read the records that [`wanted`](Self::wanted) names, in one round trip, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load {
    pub(super) server: AuthorizationServer,
    pub(super) wanted: Wanted,
    pub(super) then: Then,
}

/// What goes on when the facts are there. The driver never needs to know.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Then {
    Authorize(authorize::Asking),
    Visit(consent::Visit),
    Undecided(consent::Undecided),
    Token(token::Asking),
}

impl Load {
    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: Facts, moment: Moment) -> Step {
        match self.then {
            Then::Authorize(asking) => authorize::decide(&self.server, asking, facts, moment),
            Then::Visit(visit) => consent::recognise(self.server, visit, facts, &moment),
            Then::Undecided(undecided) => consent::ask(self.server, undecided, facts),
            Then::Token(asking) => token::decide(&self.server, asking, facts, moment),
        }
    }
}

/// Show the [`prompt`](Self::prompt) to the person, or [`answer`](Self::answer) for one who has decided.
///
/// The request waits in the store, not in this value: when a page was shown, drop this; the visit that brings the
/// decision comes through [`AuthorizationServer::receive`] again and ends in a new `Interact`.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Interact {
    pub(super) server: AuthorizationServer,
    pub(super) prompt: Prompt,
    pub(super) undecided: consent::Undecided,
}

impl Interact {
    /// What the page must show.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// Goes on with what the person decided.
    pub fn answer(self, answer: Answer, moment: Moment) -> Step {
        consent::decide(&self.server, self.undecided, answer, moment)
    }
}

/// Apply the [`batch`](Self::batch), all or nothing, then [`settle`](Self::settle).
///
/// The reply is sealed in here. Nothing but an applied batch opens it.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Commit {
    pub(super) batch: Batch,
    pub(super) sealed: Reply<Reason>,
    pub(super) lost: Lost,
}

/// What a lost race means.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Lost {
    /// A ticket was used twice: its family dies, then the refusal goes out.
    Replayed(Family, Reason),
    /// The other tab was faster, and that is all.
    AlreadyDecided,
    /// The batch spends nothing, so there is nothing to lose.
    CannotHappen,
}

impl Commit {
    /// What to write.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Goes on with what became of the batch.
    pub fn settle(self, outcome: Outcome) -> Step {
        match (outcome, self.lost) {
            (Outcome::Applied, _) => Step::Reply(self.sealed),
            (Outcome::Lost, Lost::Replayed(family, reason)) => {
                Step::Commit(Self::revoke(family, wire::token_error(reason)))
            }
            (Outcome::Lost, Lost::AlreadyDecided) => {
                Step::Reply(wire::direct_error(Reason::AlreadyDecided, ""))
            }
            (Outcome::Lost, Lost::CannotHappen) => Step::Reply(wire::direct_error(Reason::LostInStore, "")),
        }
    }

    /// Revokes a family and then answers with `reply`.
    pub(super) fn revoke(family: Family, reply: Reply<Reason>) -> Self {
        let batch = Batch { revoke: vec![family], ..Batch::default() };
        Self { batch, sealed: reply, lost: Lost::CannotHappen }
    }
}

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
