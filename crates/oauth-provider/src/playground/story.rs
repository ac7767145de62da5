//! What is drawn: steps, each with what was sent, what was checked, and how it came out.

use std::cmp::Ordering;

use super::message::Message;
use super::why::Why;

/// Steps of one story; whoever plays longer begins another one.
pub(crate) const MOST_STEPS: usize = 60;

/// Who takes part, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Browser,
    Application,
    Provider,
    Api,
}

impl Lane {
    pub(crate) const ALL: [Self; 4] = [Self::Browser, Self::Application, Self::Provider, Self::Api];
}

/// What a step is about: who sends what to whom, by which clause, and what is made sure of. Where nobody else takes part,
/// both ends are the same.
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    /// What the drawing says where nothing is sent.
    pub(crate) note: &'static str,
    pub(crate) clause: &'static str,
    pub(crate) from: Lane,
    pub(crate) to: Lane,
    /// In the order in which they are made.
    pub(crate) checks: &'static [Check],
}

/// One thing that is made sure of, and which reasons tell that it did not hold.
pub(crate) struct Check {
    pub(crate) by: Lane,
    pub(crate) what: &'static str,
    pub(crate) clause: &'static str,
    pub(crate) fails: fn(&Why) -> bool,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Holds,
    Fails,
    /// Something failed before it.
    NotReached,
}

/// Something that is worth knowing of a step: a challenge, a base string.
#[derive(Clone)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// Shown only to whoever opens it.
    pub(crate) hidden: bool,
}

impl Fact {
    pub(crate) fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), hidden: false }
    }

    pub(crate) fn hidden(name: &'static str, value: impl Into<String>) -> Self {
        Self { hidden: true, ..Self::new(name, value) }
    }
}

/// An error as a message tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wire {
    /// The status, and the code of the standard.
    pub(crate) code: String,
    /// All that is said.
    pub(crate) text: String,
}

/// Who said no, in which words, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) by: Lane,
    /// What went over the wire; nothing where the application refuses.
    pub(crate) wire: Wire,
    /// The typed reason; empty where nobody told.
    pub(crate) reason: String,
    pub(crate) words: String,
    pub(crate) clause: &'static str,
}

/// One step that was made.
pub(crate) struct Step {
    pub(crate) scene: &'static Scene,
    pub(crate) request: Option<Message>,
    pub(crate) answer: Option<Message>,
    pub(crate) facts: Vec<Fact>,
    /// Those of the scene's checks; nothing where it is not known.
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) refusal: Option<Refusal>,
    /// What was broken in it, in words.
    pub(crate) broken: Option<&'static str>,
}

impl Step {
    /// A step that went well.
    pub(crate) fn new(scene: &'static Scene) -> Self {
        let outcomes = vec![Outcome::Holds; scene.checks.len()];
        let (request, answer, facts) = (None, None, Vec::new());
        Self { scene, request, answer, facts, outcomes, refusal: None, broken: None }
    }

    /// The same step, which the application itself does not let go on.
    pub(crate) fn doubted(self, why: Option<&Why>, otherwise: &str) -> Self {
        self.refused(Lane::Application, Wire::default(), why, otherwise)
    }

    /// The same step, refused for a reason. What comes before the check that failed held, as they are made in this order.
    pub(crate) fn refused(mut self, by: Lane, wire: Wire, why: Option<&Why>, otherwise: &str) -> Self {
        let checks = self.scene.checks;
        let failed = why.and_then(|why| checks.iter().position(|check| (check.fails)(why)));
        self.outcomes = match failed {
            Some(failed) => (0..checks.len())
                .map(|number| match number.cmp(&failed) {
                    Ordering::Less => Outcome::Holds,
                    Ordering::Equal => Outcome::Fails,
                    Ordering::Greater => Outcome::NotReached,
                })
                .collect(),
            // It was something else, so that nobody can tell of these.
            None => Vec::new(),
        };
        let clause =
            failed.and_then(|failed| checks.get(failed)).map_or(self.scene.clause, |check| check.clause);
        let (reason, words) = why.map_or_else(|| (String::new(), otherwise.to_owned()), Why::told);
        self.refusal = Some(Refusal { by, wire, reason, words, clause });
        self
    }
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Story(Vec<Step>);

impl Story {
    pub(crate) fn push(&mut self, step: Step) {
        if !self.is_full() {
            self.0.push(step);
        }
    }

    /// Puts a step in front of those that were made since there were so many.
    pub(crate) fn insert(&mut self, at: usize, step: Step) {
        if !self.is_full() && at <= self.0.len() {
            self.0.insert(at, step);
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MOST_STEPS
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }
}
