//! What the playground says around its steps; what it says of each step stands beside the dance.

use crate::playground::run::Kind;
use crate::playground::story::Lane;

/// The words of one language. In a sentence with `{}`, something is put there.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) what: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) only_here: &'static str,
    pub(crate) run_title: &'static str,
    pub(crate) drawing: &'static str,
    pub(crate) drawing_what: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) steps: &'static str,
    pub(crate) step: &'static str,
    pub(crate) went_well: &'static str,
    pub(crate) refused_by: &'static str,
    pub(crate) next: &'static str,
    pub(crate) away: &'static str,
    pub(crate) or_break: &'static str,
    pub(crate) over: &'static str,
    pub(crate) over_what: &'static str,
    pub(crate) full: &'static str,
    pub(crate) full_what: &'static str,
    pub(crate) end: &'static str,
    pub(crate) broken: &'static str,
    /// The same in the drawing.
    pub(crate) broken_mark: &'static str,
    pub(crate) on_the_wire: &'static str,
    pub(crate) for_the_operator: &'static str,
    pub(crate) clause: &'static str,
    pub(crate) checks: &'static str,
    pub(crate) holds: &'static str,
    pub(crate) fails: &'static str,
    pub(crate) not_reached: &'static str,
    pub(crate) hidden: &'static str,
    pub(crate) request: &'static str,
    pub(crate) answer: &'static str,
}

pub(crate) const ENGLISH: Words = Words {
    title: "Playground",
    what: "Play a whole dance in this browser, one step at a time. You see every message as it was sent, what each side \
           makes sure of, and by which clause. Break a step, and see who refuses it and why.",
    begin: "Begin",
    only_here: "This page is here because the provider runs for development. Sign in as {}: the password was printed when it \
                first started.",
    run_title: "{}, step by step",
    drawing: "Who sends what to whom",
    drawing_what: "A sequence diagram. Every arrow leads to the same step in the list below, which tells all of it in text.",
    nothing_yet: "Nothing was sent yet.",
    steps: "Every step in full, the last one first",
    step: "Step {}",
    went_well: "went well",
    refused_by: "Refused by the {}",
    next: "Next: {}",
    away: "You have not come back from the provider. You can go there again.",
    or_break: "Or break this step:",
    over: "No step is left",
    over_what: "Begin again and break a step, or look at another dance.",
    full: "This story is long enough",
    full_what: "It has as many steps as are kept. Begin again to see more.",
    end: "Leave this and choose again",
    broken: "Broken on purpose: {}",
    broken_mark: "broken",
    on_the_wire: "On the wire",
    for_the_operator: "For the operator",
    clause: "Clause",
    checks: "What is made sure of",
    holds: "Holds:",
    fails: "Fails:",
    not_reached: "Not reached:",
    hidden: "(open to see the secret)",
    request: "Request",
    answer: "Answer",
};

impl Words {
    pub(crate) fn kind(&self, kind: Kind) -> (&'static str, &'static str) {
        match kind {
            Kind::OAuth2 => (
                "OAuth 2",
                "Authorization code with PKCE: discovery, a code through the browser, tokens, an API, renewal, introspection and the end.",
            ),
            Kind::OAuth2Bound => (
                "OAuth 2, pushed and bound",
                "The same with requests that are pushed (PAR) and tokens that are worth nothing without a key (DPoP).",
            ),
            Kind::OAuth1 => (
                "OAuth 1.0a",
                "Every request is signed: temporary credentials, a verifier through the browser, credentials that last, \
                 a signed request to an API.",
            ),
        }
    }

    pub(crate) fn lane(&self, lane: Lane) -> &'static str {
        match lane {
            Lane::Browser => "browser",
            Lane::Application => "application",
            Lane::Provider => "provider",
            Lane::Api => "API",
        }
    }
}
