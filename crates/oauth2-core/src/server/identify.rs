//! The pause in which it is told who is logged in: before a page is shown, as none may be needed, and where none may be
//! shown (`prompt=none`).

use std::fmt;

use oauth_sansio::{Moment, Person, Prompt};

use super::{
    Authorization, AuthorizationServer, Consent, Facts, Goal, Interact, Load, Reason, Step, Want,
    consent::{self, Granted, Undecided},
    remembered::{self, Asking},
    step::Then,
};

/// Tell who is logged in in the browser, then go on with [`answer`](Self::answer). Nothing is shown here.
///
/// `None` is always a right answer: the person is asked, or, where the client wants no page, the client is told.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Identify(Box<Identifying>);

/// A visit that may end without a page.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Identifying {
    pub(super) server: AuthorizationServer,
    pub(super) prompt: Prompt,
    pub(super) undecided: Undecided,
    pub(super) asking: Asking,
    /// No page may be shown.
    pub(super) silent: bool,
    /// What is wrong is not told to the client.
    pub(super) holds_errors: bool,
}

/// The same, by somebody who may have answered before.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Identified {
    visit: Box<Identifying>,
    person: Person,
}

impl Identify {
    pub(super) fn new(visit: Identifying) -> Self {
        Self(Box::new(visit))
    }

    /// What the page would show.
    pub fn prompt(&self) -> &Prompt {
        &self.0.prompt
    }

    /// Goes on with who is logged in. A login that is too old or too weak for the [`prompt`](Self::prompt) is none.
    pub fn answer(self, person: Option<Person>, moment: Moment) -> Step {
        let visit = self.0;
        let known = person.filter(|person| {
            !person.subject.is_empty() && visit.prompt.login.is_met_by(person.login.as_ref())
        });
        let Some(person) = known else { return visit.ask(Reason::LoginRequired, moment) };
        match visit.asking {
            Asking::Always => visit.ask(Reason::ConsentRequired, moment),
            Asking::Never => {
                let Identifying { server, prompt, undecided, .. } = *visit;
                consent::decide(&server, undecided, &prompt, person.into(), moment)
            }
            Asking::UnlessRemembered => {
                let key = Consent::key(&visit.prompt.client_id, &person.subject);
                let wanted = Want::Consent(key).into();
                let server = visit.server.clone();
                Step::Load(Load::new(server, wanted, Then::Identified(Identified { visit, person })))
            }
        }
    }
}

impl Identifying {
    /// Asks the person; where no page may be shown, says why there would have to be one
    /// (OpenID Connect Core section 3.1.2.6).
    fn ask(self, reason: Reason, moment: Moment) -> Step {
        match self.silent {
            false => {
                let Self { server, prompt, undecided, .. } = self;
                Step::Interact(Interact::new(server, prompt, undecided))
            }
            true if self.holds_errors => consent::refuse(reason),
            true => {
                consent::conclude(&self.server, self.undecided, Err(reason), moment.now(), moment.entropy())
            }
        }
    }
}

/// What the person granted before is there.
pub(super) fn decide(identified: Identified, facts: Facts, moment: Moment) -> Step {
    let Identified { visit, person: Person { subject, login } } = identified;
    let known = match visit.undecided.goal() {
        Goal::Code(requested) => {
            let client_id = &visit.prompt.client_id;
            remembered::covering(facts.consent, client_id, &subject, requested, moment.now())
        }
        Goal::InsecureToken(_) | Goal::Device { .. } => None,
    };
    match known {
        None => visit.ask(Reason::ConsentRequired, moment),
        Some(granted) => {
            let authorization = Authorization { login: login.map(Box::new), ..granted };
            let granted = Granted { authorization, remembered: None };
            consent::conclude(&visit.server, visit.undecided, Ok(granted), moment.now(), moment.entropy())
        }
    }
}

impl fmt::Debug for Identify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identify").field("prompt", &self.0.prompt).finish_non_exhaustive()
    }
}
