//! The playground, as a page: where to begin, or how far a story is.

mod diagram;
mod steps;

use maud::{Markup, html};
use oauth_sansio::Secret;

use super::{fill, layout_in};
use crate::playground::PATH;
use crate::playground::run::{Kind, Next, Run};
use crate::playground::story::Step;
use crate::strings::Strings;
use crate::strings::playground::{ENGLISH as WORDS, Words};

/// The style sheet of every page, and what is drawn besides.
pub(crate) const STYLE: &str = concat!(include_str!("../style.css"), include_str!("style.css"));

/// The values of the buttons named `do`.
pub(crate) const BEGIN: &str = "begin";
pub(crate) const GO_ON: &str = "go_on";
pub(crate) const END: &str = "end";

/// Where one chooses what to see.
pub(crate) fn start(strings: &Strings, person: &str, kinds: &[Kind], token: &Secret) -> Markup {
    let main = html! {
        h1 { (WORDS.title) }
        p.lead { (WORDS.what) }
        div.kinds {
            @for kind in kinds {
                @let (name, what) = WORDS.kind(*kind);
                section aria-labelledby=(kind.name()) {
                    h2 #(kind.name()) { (name) }
                    p { (what) }
                    form method="post" action=(PATH) {
                        (hidden("form_token", token.expose()))
                        (hidden("dance", kind.name()))
                        button.primary type="submit" name="do" value=(BEGIN) aria-describedby=(kind.name()) {
                            (WORDS.begin)
                        }
                    }
                }
            }
        }
        p.small { (fill(WORDS.only_here, html! { strong { (person) } })) }
    };
    layout_in(STYLE, strings, WORDS.title, main)
}

/// A story: what can be done now, the drawing, and every message in full.
pub(crate) fn run(strings: &Strings, run: &Run, token: &Secret) -> Markup {
    let (name, _) = WORDS.kind(run.kind);
    let steps = run.story.steps();
    let main = html! {
        h1 { (fill(WORDS.run_title, name)) }
        div.play {
            div.now {
                @if let Some(step) = steps.last() { (outcome(&WORDS, steps.len(), step)) }
                (next(&WORDS, run, token))
                form method="post" action=(PATH) {
                    (hidden("form_token", token.expose()))
                    button.quiet type="submit" name="do" value=(END) { (WORDS.end) }
                }
            }
            div {
                section aria-labelledby="drawing" {
                    h2 #drawing { (WORDS.drawing) }
                    @if steps.is_empty() { p { (WORDS.nothing_yet) } } @else { (diagram::diagram(&WORDS, steps)) }
                }
                @if !steps.is_empty() {
                    section aria-labelledby="steps" {
                        h2 #steps { (WORDS.steps) }
                        (steps::steps(&WORDS, steps))
                    }
                }
            }
        }
    };
    layout_in(STYLE, strings, &fill(WORDS.run_title, name).into_string(), main)
}

/// How the last step came out.
fn outcome(words: &Words, number: usize, step: &Step) -> Markup {
    let link = html! { a href={ "#step-" (number) } { (fill(words.step, number)) } };
    html! {
        @match &step.refusal {
            None => p.done role="status" { (link) ": " (words.went_well) },
            Some(refusal) => div.error role="status" {
                p { (link) ": " strong { (fill(words.refused_by, words.lane(refusal.by))) } }
                p {
                    @if !refusal.reason.is_empty() { code.reason { (refusal.reason) } ": " }
                    (refusal.words)
                }
                p.clause { (refusal.clause) }
            },
        }
    }
}

fn next(words: &Words, run: &Run, token: &Secret) -> Markup {
    let Some(Next { scene, what, go, breaks }) = run.next() else {
        let (title, what) = match run.story.is_full() {
            true => (words.full, words.full_what),
            false => (words.over, words.over_what),
        };
        return html! {
            section aria-labelledby="next" {
                h2 #next { (title) }
                p { (what) }
            }
        };
    };
    html! {
        section aria-labelledby="next" {
            h2 #next { (fill(words.next, scene.title)) }
            @if run.is_away() { p.warning { (words.away) } }
            p { (what) }
            form method="post" action=(PATH) {
                (hidden("form_token", token.expose()))
                (hidden("at", &run.story.steps().len().to_string()))
                (hidden("do", GO_ON))
                button.primary type="submit" { (go) }
                @if !breaks.is_empty() {
                    p #breaks { (words.or_break) }
                    @for one in *breaks {
                        button.break type="submit" name="break" value=(one.name) aria-describedby="breaks" {
                            (one.words)
                        }
                    }
                }
            }
        }
    }
}

fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}
