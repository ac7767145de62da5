//! Every step in full, as a list.

use maud::{Markup, html};

use super::super::fill;
use crate::playground::message::Message;
use crate::playground::story::{Check, Fact, Outcome, Step};
use crate::strings::playground::Words;

/// The same as the drawing, and more; the last step first.
pub(super) fn steps(words: &Words, steps: &[Step]) -> Markup {
    html! {
        ol.steps reversed {
            @for (number, one) in steps.iter().enumerate().rev() {
                li #{ "step-" (number + 1) } .refused[one.refusal.is_some()] { (step(words, number + 1, one)) }
            }
        }
    }
}

fn step(words: &Words, number: usize, step: &Step) -> Markup {
    let scene = step.scene;
    html! {
        h3 { span.number { (number) } " " (scene.title) }
        p.way {
            (words.lane(scene.from))
            @if scene.from != scene.to { " → " (words.lane(scene.to)) }
            " · " (scene.clause)
        }
        @if let Some(broken) = step.broken { p.warning { (fill(words.broken, broken)) } }
        @if let Some(refusal) = &step.refusal {
            div.error {
                p { strong { (fill(words.refused_by, words.lane(refusal.by))) } }
                dl {
                    @if !refusal.wire.code.is_empty() {
                        div {
                            dt { (words.on_the_wire) }
                            dd { code.reason { (refusal.wire.code) } " " code { (refusal.wire.text) } }
                        }
                    }
                    div {
                        dt { (words.for_the_operator) }
                        dd {
                            @if !refusal.reason.is_empty() { code.reason { (refusal.reason) } ": " }
                            (refusal.words)
                        }
                    }
                    div { dt { (words.clause) } dd { (refusal.clause) } }
                }
            }
        }
        @if !step.outcomes.is_empty() {
            ul.checks aria-label=(words.checks) {
                @for (check, outcome) in scene.checks.iter().zip(&step.outcomes) {
                    (checked(words, check, *outcome))
                }
            }
        }
        @for fact in &step.facts { (told(words, fact)) }
        @if let Some(request) = &step.request { (message(words.request, request)) }
        @if let Some(answer) = &step.answer { (message(words.answer, answer)) }
    }
}

fn checked(words: &Words, check: &Check, outcome: Outcome) -> Markup {
    let (class, mark, said) = match outcome {
        Outcome::Holds => ("holds", "✓", words.holds),
        Outcome::Fails => ("fails", "✗", words.fails),
        Outcome::NotReached => ("unreached", "–", words.not_reached),
    };
    html! {
        li class=(class) {
            span.mark aria-hidden="true" { (mark) }
            span {
                span.said { (said) " " }
                (check.what) " "
                small { (words.lane(check.by)) " · " (check.clause) }
            }
        }
    }
}

fn told(words: &Words, fact: &Fact) -> Markup {
    let value = html! { pre { code { (fact.value) } } };
    html! {
        @if fact.hidden {
            details { summary { (fact.name) " " small { (words.hidden) } } (value) }
        } @else {
            div.fact { p { (fact.name) } (value) }
        }
    }
}

fn message(name: &str, message: &Message) -> Markup {
    html! {
        details {
            summary { (name) " " code { (message.line.split('?').next().unwrap_or_default()) } }
            pre {
                code {
                    (message.line) "\n"
                    @for (name, value) in &message.headers { (name) ": " (value) "\n" }
                    @if !message.body.is_empty() { "\n" (message.body) }
                }
            }
        }
    }
}
