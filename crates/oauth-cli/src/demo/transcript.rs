//! What the demo says: each message with its answer, in order, for people or for machines.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header};
use serde::Serialize;

use super::shorten::shorten;

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

/// One half of a step, with its secrets shortened.
#[derive(Serialize)]
struct Message {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

const HEADING: Style = Style::new().bold().underline();
const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const SENT: Style = AnsiColor::Cyan.on_default();
const ANSWERED: Style = AnsiColor::Yellow.on_default();
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
                request.tell(&mut text, '>', SENT);
                response.tell(&mut text, '<', ANSWERED);
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

impl Message {
    fn sent(request: &Request<Bytes>) -> Self {
        let uri = request.uri();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let line = shorten(&format!("{} {path}  ({host})", request.method()));
        Self::of(line, request.headers(), request.body())
    }

    fn answered(response: &Response<Bytes>) -> Self {
        Self::of(response.status().to_string(), response.headers(), response.body())
    }

    fn of(line: String, headers: &HeaderMap, body: &Bytes) -> Self {
        const TOLD: [HeaderName; 6] = [
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::COOKIE,
            header::LOCATION,
            header::SET_COOKIE,
            header::WWW_AUTHENTICATE,
        ];
        let told = TOLD.iter().flat_map(|name| headers.get_all(name).iter().map(move |value| (name, value)));
        let headers =
            told.map(|(name, value)| (name.to_string(), shorten(&String::from_utf8_lossy(value.as_bytes()))));
        Self { line, headers: headers.collect(), body: body_told(body) }
    }

    fn tell(&self, text: &mut String, mark: char, style: Style) {
        let mut line = |what: &str| *text += &format!("    {style}{mark}{style:#} {what}\n");
        line(&self.line);
        for (name, value) in &self.headers {
            line(&format!("{name}: {value}"));
        }
        for part in self.body.lines() {
            line(part);
        }
    }
}

/// A page is named, everything else is shown.
fn body_told(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    match text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")) {
        Some((title, _)) => format!("(page: {title})"),
        None => shorten(&text),
    }
}

fn say(text: &str) {
    // Nobody is left to tell when this fails.
    let _ = anstream::stdout().write_all(text.as_bytes());
}
