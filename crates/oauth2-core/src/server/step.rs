//! The typed pauses: what a driver is asked, and how it answers.

use std::{fmt, mem};

use oauth_sansio::{Answer, Moment, Outcome, Prompt, Reply, Timestamp};

use super::{
    AuthorizationServer, Batch, Client, ClientKeys, Extend, Facts, Fetch, Identify, Migrate, Once, Reason,
    Review, Sign, Verify, Wanted, authorize, backchannel, consent, device, fetch, identify, registration,
    wire,
};

/// What the driver does next. Everything but `Reply` is a question; answering it consumes it.
#[must_use = "a step that is dropped leaves its request unanswered"]
#[derive(Debug)]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub enum Step {
    /// Read records.
    Load(Load),
    /// Fetch what a client publishes.
    Fetch(Fetch),
    /// Tell who is logged in.
    Identify(Identify),
    /// Ask the person.
    Interact(Interact),
    /// Sign something.
    Sign(Sign),
    /// Look at what is about to be issued.
    Review(Review),
    /// Find out whose name and password these are.
    Verify(Verify),
    /// Say what a client gets for what it presents.
    Extend(Extend),
    /// Find out what a request proves that OAuth 1 signed.
    Migrate(Migrate),
    /// Write a batch.
    Commit(Commit),
    /// Answer the request.
    Reply(Box<Reply<Reason>>),
}

/// Read the records that [`wanted`](Self::wanted) names, in one round trip, then [`resume`](Self::resume).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Load(Loading);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
enum Loading {
    /// What clients call directly is most of what is called: what they wait with is made once and stays where it is.
    Backchannel(Box<backchannel::Waiting>),
    Other(Box<Other>),
}

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Other {
    server: AuthorizationServer,
    wanted: Wanted,
    then: Then,
}

/// What goes on when the facts are there. The driver never needs to know.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Then {
    Authorize(authorize::Asking),
    Visit(consent::Visit),
    Undecided(consent::Undecided),
    Identified(identify::Identified),
    Typed(device::Typed),
    Managing(registration::Managing),
}

impl Load {
    pub(super) fn new(server: AuthorizationServer, wanted: Wanted, then: Then) -> Self {
        Self(Loading::Other(Other { server, wanted, then }.into()))
    }

    pub(super) fn backchannel(waiting: Box<backchannel::Waiting>) -> Self {
        Self(Loading::Backchannel(waiting))
    }

    /// What to read.
    pub fn wanted(&self) -> &Wanted {
        match &self.0 {
            Loading::Backchannel(waiting) => &waiting.wanted,
            Loading::Other(other) => &other.wanted,
        }
    }

    /// Goes on with what the store knew.
    pub fn resume(self, facts: impl Into<Box<Facts>>, moment: Moment) -> Step {
        let mut facts = facts.into();
        // A registration that is over is none.
        let now = moment.now();
        if facts.client.as_ref().is_some_and(|client| client.expires.is_some_and(|expires| now >= expires)) {
            facts.client = None;
        }
        fetch::complete(self, &mut facts, moment)
    }

    pub(super) fn server(&self) -> &AuthorizationServer {
        match &self.0 {
            Loading::Backchannel(waiting) => &waiting.server,
            Loading::Other(other) => &other.server,
        }
    }

    /// What the request brings that the client has signed, if it signs: what its keys are needed for.
    pub(super) fn signed_by(&self, client: &Client) -> Vec<&str> {
        match &self.0 {
            Loading::Backchannel(waiting) => waiting.asking.signed_by(client).collect(),
            Loading::Other(other) => match &other.then {
                Then::Authorize(asking) => asking.signed().into_iter().collect(),
                _ => Vec::new(),
            },
        }
    }

    /// Whether the request shows a certificate that only the keys of the client tell something about.
    pub(super) fn shows_a_key_of(&self, client: &Client) -> bool {
        matches!(&self.0, Loading::Backchannel(waiting) if waiting.asking.shows_a_key_of(client))
    }

    /// The keys of the trusted issuer whose assertion the request brings to be traded, and the assertion.
    pub(super) fn issuer_of_assertion(&self) -> Option<(&ClientKeys, &str)> {
        match &self.0 {
            Loading::Backchannel(waiting) => waiting.asking.issuer_of_assertion(&waiting.server),
            Loading::Other(_) => None,
        }
    }

    /// Goes on when the facts are complete. They are large, and not copied before somebody keeps them.
    pub(super) fn go_on(self, facts: &mut Facts, moment: Moment) -> Step {
        let Other { server, then, .. } = match self.0 {
            Loading::Backchannel(waiting) => return backchannel::decide(waiting, facts, moment),
            Loading::Other(other) => *other,
        };
        let facts = mem::take(facts);
        match then {
            Then::Authorize(asking) => authorize::decide(&server, asking, facts, moment),
            Then::Visit(visit) => consent::recognise(server, visit, facts, &moment),
            Then::Undecided(undecided) => consent::ask(server, undecided, facts),
            Then::Identified(identified) => identify::decide(identified, facts, moment),
            Then::Typed(typed) => device::decide(&server, typed, facts, moment),
            Then::Managing(managing) => registration::decide(&server, managing, facts, moment),
        }
    }

    /// Answers that what the client publishes is not there. A browser is sent nowhere by it.
    pub(super) fn refuse(self, reason: Reason, now: Timestamp) -> Step {
        let is_for_people = match &self.0 {
            Loading::Backchannel(_) => false,
            Loading::Other(other) => !matches!(other.then, Then::Managing(_)),
        };
        match is_for_people {
            true => Step::Reply(wire::direct_error(reason, "")),
            false => backchannel::refuse(self.server(), reason, now),
        }
    }
}

/// Show the [`prompt`](Self::prompt) to the person, or [`answer`](Self::answer) for one who has decided.
///
/// The request waits in the store, not in this value: when a page was shown, drop this; the visit that brings the
/// decision comes through [`AuthorizationServer::receive`] again and ends in a new `Interact`.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Interact(Box<Interacting>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Interacting {
    server: AuthorizationServer,
    prompt: Prompt,
    undecided: consent::Undecided,
}

impl Interact {
    pub(super) fn new(server: AuthorizationServer, prompt: Prompt, undecided: consent::Undecided) -> Self {
        Self(Box::new(Interacting { server, prompt, undecided }))
    }

    /// What the page must show.
    pub fn prompt(&self) -> &Prompt {
        &self.0.prompt
    }

    /// Goes on with what the person decided.
    pub fn answer(self, answer: Answer, moment: Moment) -> Step {
        let Interacting { server, prompt, undecided } = *self.0;
        consent::decide(&server, undecided, &prompt, answer, moment)
    }
}

/// Apply the [`batch`](Self::batch), all or nothing, then [`settle`](Self::settle).
///
/// The reply is sealed in here. Nothing but an applied batch opens it.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Commit(Box<Committing>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Committing {
    batch: Batch,
    sealed: Box<Reply<Reason>>,
    lost: Lost,
}

/// What a lost race means.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Lost {
    /// Another request was faster with the ticket. The facts are loaded again, and tell what that means.
    Again(Load),
    /// The other tab was faster, and that is all.
    AlreadyDecided,
    /// The batch spends nothing, so there is nothing to lose.
    CannotHappen,
}

impl Commit {
    pub(super) fn new(batch: Batch, sealed: Box<Reply<Reason>>, lost: Lost) -> Self {
        Self(Box::new(Committing { batch, sealed, lost }))
    }

    /// What to write.
    pub fn batch(&self) -> &Batch {
        &self.0.batch
    }

    /// Goes on with what became of the batch.
    pub fn settle(self, outcome: Outcome) -> Step {
        self.settle_with_batch(outcome).1
    }

    /// The same, and what was written, if it was: for a driver that tells what happened.
    pub fn settle_with_batch(self, outcome: Outcome) -> (Option<Batch>, Step) {
        let Committing { batch, sealed, lost } = *self.0;
        match outcome {
            Outcome::Applied => (Some(batch), Step::Reply(sealed)),
            Outcome::Lost(place) => (None, lost.go_on(batch.spend.get(place).map(|spend| spend.once))),
        }
    }
}

impl Lost {
    /// Somebody was faster with this.
    fn go_on(self, once: Option<Once>) -> Step {
        match (once, self) {
            // A proof that was used before proves nothing: the ticket beside it is not touched.
            (Some(Once::Assertion(_)), _) => Step::Reply(wire::token_error(Reason::AssertionReplayed)),
            (Some(Once::Proof(_)), _) => Step::Reply(wire::token_error(Reason::ProofReplayed)),
            // Nothing is stored of what was traded but that it was.
            (Some(Once::Traded(_)), _) => Step::Reply(wire::token_error(Reason::GrantReplayed)),
            // As above: whoever overheard a request must not be able to do anything with it.
            (Some(Once::OAuth1Nonce(_)), _) => Step::Reply(wire::token_error(Reason::HandoverReplayed)),
            (_, Self::Again(load)) => Step::Load(load),
            (_, Self::AlreadyDecided) => Step::Reply(wire::direct_error(Reason::AlreadyDecided, "")),
            (_, Self::CannotHappen) => Step::Reply(wire::direct_error(Reason::LostInStore, "")),
        }
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").field("wanted", self.wanted()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Interact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interact").field("prompt", self.prompt()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("batch", self.batch()).finish_non_exhaustive()
    }
}
