//! The pages as HTML.

pub(crate) mod account;
pub(crate) mod admin;
mod consent;
pub(crate) mod device;
mod form_post;
mod login;
pub(crate) mod playground;
mod refused;
mod verifier;

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use oauth_sansio::{Prompt, Timestamp};
use time::OffsetDateTime;

use crate::shown::shown;
use crate::strings::Strings;

pub(crate) use consent::{ALLOW, DENY, REMEMBER, SWITCH, consent};
pub(crate) use form_post::{SEND, form_post};
pub(crate) use login::login;
pub(crate) use refused::refused;
pub(crate) use verifier::verifier;

/// The one style sheet of every page.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Characters of a name on a page; longer ones are cut.
const LONGEST_NAME: usize = 60;

/// Characters of an identifier or a scope; longer ones are cut.
const LONGEST_TOKEN: usize = 200;

/// The frame around every page of a person.
fn layout(strings: &Strings, title: &str, main: Markup) -> Markup {
    layout_in(STYLE, strings, title, main)
}

/// The same with another style sheet.
fn layout_in(style: &str, strings: &Strings, title: &str, main: Markup) -> Markup {
    document(style, strings, title, html! { body { main { (main) } } })
}

fn document(style: &str, strings: &Strings, title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(strings.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                // A file of this crate, which is not escaped.
                style { (PreEscaped(style)) }
            }
            (body)
        }
    }
}

/// A sentence with something in the place of `{}`.
fn fill(sentence: &str, part: impl maud::Render) -> Markup {
    match sentence.split_once("{}") {
        Some((before, after)) => html! { (before) (part) (after) },
        None => html! { (sentence) },
    }
}

/// What a scope opens, in the operator's words where there are some, and its name.
fn in_words(words: &BTreeMap<String, String>, scope: &str) -> Markup {
    let name = html! { bdi { (shown(scope, LONGEST_TOKEN)) } };
    match words.get(scope) {
        Some(words) => html! { (words) " " small { (name) } },
        None => name,
    }
}

/// The client's name, kept apart from the text around it so that its direction does not spread.
fn client_name(prompt: &Prompt) -> Markup {
    let name = shown(&prompt.client_name, LONGEST_NAME);
    html! { bdi { @if name.is_empty() { (shown(&prompt.client_id, LONGEST_NAME)) } @else { (name) } } }
}

/// A day (ISO 8601), which reads the same in every language.
fn date(time: Timestamp) -> Markup {
    let seconds = i64::try_from(time.as_unix()).ok();
    let date = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    html! { @if let Some(date) = date { time datetime=(date.date()) { (date.date()) } } }
}
