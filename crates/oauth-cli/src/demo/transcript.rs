//! What the demo says: each message with its answer, in order, for people or for machines.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use bytes::Bytes;
use http::{Request, Response};
use serde::Serialize;

use super::message::Message;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Actor {
    Application,
    Browser,
    Provider,
    Api,
}

impl Actor {
    const fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Browser => "browser",
            Self::Provider => "provider",
            Self::Api => "photo API",
        }
    }
}

/// A step of a protocol: who sends what to whom, by which clause, and what the receiver makes sure of.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Scene {
    pub title: &'static str,
    pub standard: &'static str,
    pub from: Actor,
    pub to: Actor,
    pub checked: &'static [&'static str],
}

/// How to tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    People,
    Json,
}

/// The story so far.
pub(super) struct Transcript {
    format: Format,
    act: &'static str,
    steps: usize,
}

#[derive(Serialize)]
struct Line<'a> {
    act: &'a str,
    step: usize,
    #[serde(flatten)]
    scene: &'a Scene,
    request: Message,
    response: Message,
}

const HEADING: Style = Style::new().bold().underline();
const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();

impl Transcript {
    pub(super) fn new(format: Format) -> Self {
        Self { format, act: "", steps: 0 }
    }

    /// Begins a part of the story.
    pub(super) fn act(&mut self, title: &'static str) {
        self.act = title;
        if self.format == Format::People {
            say(&format!("\n{HEADING}{title}{HEADING:#}\n"));
        }
    }

    /// Tells one step.
    pub(super) fn step(&mut self, scene: &Scene, request: &Request<Bytes>, response: &Response<Bytes>) {
        self.steps += 1;
        let (request, response) = (Message::sent(request), Message::answered(response));
        match self.format {
            Format::Json => {
                let line = Line { act: self.act, step: self.steps, scene, request, response };
                say(&format!("{}\n", serde_json::to_string(&line).unwrap_or_default()));
            }
            Format::People => {
                let Scene { title, standard, from, to, checked } = scene;
                let mut text =
                    format!("\n{TITLE}{:>2}. {title}{TITLE:#}  {FAINT}{standard}{FAINT:#}\n", self.steps);
                text += &format!("    {FAINT}{} → {}{FAINT:#}\n", from.name(), to.name());
                text += &request.to_people('>');
                text += &response.to_people('<');
                for check in *checked {
                    text += &format!("    {GOOD}✓{GOOD:#} {check}\n");
                }
                say(&text);
            }
        }
    }

    /// A remark between steps; machines do not get it.
    pub(super) fn remark(&self, text: &str) {
        if self.format == Format::People {
            say(&format!("\n{text}\n"));
        }
    }

    /// The last line.
    pub(super) fn end(&self) {
        match self.format {
            Format::People => say(&format!("\n{GOOD}Both dances are done: {} steps.{GOOD:#}\n", self.steps)),
            Format::Json => say(&format!("{}\n", serde_json::json!({ "done": true, "steps": self.steps }))),
        }
    }
}

fn say(text: &str) {
    // Nobody is left to tell when this fails.
    let _ = anstream::stdout().write_all(text.as_bytes());
}
