//! The steps as a sequence diagram.

use maud::{Markup, html};

use crate::playground::message::Message;
use crate::playground::story::{Lane, Step};
use crate::strings::playground::Words;

/// From one lane to the next.
const BETWEEN: i32 = 240;
const FIRST: i32 = 110;
const WIDTH: i32 = FIRST * 2 + BETWEEN * 3;

/// Where the lanes begin, and how much a step takes.
const TOP: i32 = 56;
const ROW: i32 = 62;
/// What is done without anybody else, or has no answer, takes less.
const SHORT_ROW: i32 = 46;

/// Why an answer refuses has a line of its own.
const LINE: i32 = 18;

/// Characters that fit between two lanes.
const FITS: usize = 32;

/// The drawing. Its texts are links to the steps in full.
pub(super) fn diagram(words: &Words, steps: &[Step]) -> Markup {
    let mut rows = Vec::with_capacity(steps.len());
    let mut y = TOP + 20;
    for (number, step) in (1..).zip(steps) {
        rows.push(row(words, number, step, y));
        y += if step.answer.is_some() { ROW } else { SHORT_ROW };
        y += if reason(step).is_some() { LINE } else { 0 };
    }
    let (bottom, height) = (y - 6, y + 6);
    html! {
        div.scroll tabindex="0" role="group" aria-label=(words.drawing) {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) role="group"
                aria-labelledby="drawing-title" aria-describedby="drawing-what" {
                title #drawing-title { (words.drawing) }
                desc #drawing-what { (words.drawing_what) }
                @for lane in Lane::ALL {
                    line.life x1=(x(lane)) y1=(TOP) x2=(x(lane)) y2=(bottom) {}
                    rect.head x=(x(lane) - 80) y="8" width="160" height="40" rx="8" {}
                    text.name x=(x(lane)) y="33" { (words.lane(lane)) }
                }
                @for row in &rows { (row) }
            }
        }
    }
}

fn row(words: &Words, number: usize, step: &Step, y: i32) -> Markup {
    let scene = step.scene;
    let class = match (&step.refusal, step.broken) {
        (Some(_), _) => "row refused",
        (None, Some(_)) => "row broken",
        (None, None) => "row",
    };
    html! {
        a class=(class) href={ "#step-" (number) } {
            @if scene.from == scene.to {
                (note(words, number, step, y))
            } @else {
                (arrow(x(scene.from), x(scene.to), y + 12, false))
                (numbered(number, x(scene.from), y + 12))
                (label(middle(step), y + 5, &request_label(words, step), false))
                @if step.answer.is_some() {
                    (arrow(x(scene.to), x(scene.from), y + 40, true))
                    (label(middle(step), y + 33, &answer_label(step), step.refusal.is_some()))
                    @if let Some(reason) = reason(step) { (label(middle(step), y + 57, &reason, true)) }
                } @else if step.refusal.is_some() {
                    (label(x(scene.to), y + 30, &answer_label(step), true))
                }
            }
        }
    }
}

/// Something that is done without anybody else.
fn note(words: &Words, number: usize, step: &Step, y: i32) -> Markup {
    let at = x(step.scene.to);
    let text = match &step.refusal {
        Some(_) => answer_label(step),
        None => step.scene.note.to_owned(),
    };
    let text = if text.is_empty() { words.lane(step.scene.to).to_owned() } else { text };
    html! {
        rect.note x=(at - 100) y=(y - 2) width="200" height="30" rx="6" {}
        (numbered(number, at - 100, y + 13))
        text.label.wrong[step.refusal.is_some()] x=(at + 6) y=(y + 18) { (text) }
    }
}

fn numbered(number: usize, x: i32, y: i32) -> Markup {
    html! {
        circle.number cx=(x) cy=(y) r="11" {}
        text.number x=(x) y=(y + 4) { (number) }
    }
}

fn arrow(from: i32, to: i32, y: i32, is_answer: bool) -> Markup {
    let back = if to > from { -9 } else { 9 };
    html! {
        line.arrow.answer[is_answer] x1=(from) y1=(y) x2=(to + back / 9) y2=(y) {}
        path.tip d={ "M" (to) " " (y) "l" (back) " -5v10z" } {}
    }
}

fn label(x: i32, y: i32, text: &str, is_wrong: bool) -> Markup {
    html! { text.label.wrong[is_wrong] x=(x) y=(y) { (text) } }
}

/// Method and path, from the end of it where all of it is too long.
fn request_label(words: &Words, step: &Step) -> String {
    let line = step.request.as_ref().map_or("", |request| request.line.split('?').next().unwrap_or_default());
    let mark = step.broken.map_or_else(String::new, |_| format!(" ({})", words.broken_mark));
    let room = fits(step).saturating_sub(mark.chars().count());
    let (method, path) = line.split_once(' ').unwrap_or(("", line));
    let ends = path.match_indices('/').filter_map(|(at, _)| Some(format!("{method} …{}", path.get(at..)?)));
    let fitting = std::iter::once(line.to_owned()).chain(ends).find(|text| text.chars().count() <= room);
    fitting.unwrap_or_else(|| short(line, room)) + &mark
}

fn answer_label(step: &Step) -> String {
    let text = match (&step.refusal, &step.answer) {
        (Some(refusal), Some(_)) if refusal.wire.code.contains(' ') => format!("✗ {}", refusal.wire.code),
        (Some(_), Some(answer)) => format!("✗ {}", answer.line),
        (Some(refusal), None) if !refusal.reason.is_empty() => format!("✗ {}", refusal.reason),
        (Some(refusal), None) => format!("✗ {}", refusal.words),
        (None, Some(Message { line, page: Some(title), .. })) => format!("✓ {line}: {title}"),
        (None, Some(Message { line, place: Some(place), .. })) => {
            format!("✓ {} → {}", line.split(' ').next().unwrap_or_default(), path(place))
        }
        (None, Some(answer)) => format!("✓ {}", answer.line),
        (None, None) => String::new(),
    };
    short(&text, fits(step))
}

/// Why an answer refuses, which is not in it.
fn reason(step: &Step) -> Option<String> {
    let refusal = step.refusal.as_ref().filter(|_| step.answer.is_some())?;
    // What a reason holds besides its name is told in the list.
    let name = refusal.reason.split([' ', '(']).next().filter(|name| !name.is_empty())?;
    Some(short(name, fits(step)))
}

/// A place on this provider is told by its path.
fn path(place: &str) -> &str {
    let rest = place.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    rest.unwrap_or(place)
}

fn fits(step: &Step) -> usize {
    let lanes = (x(step.scene.from) - x(step.scene.to)).abs() / BETWEEN;
    FITS * usize::try_from(lanes.max(1)).unwrap_or(1)
}

fn short(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn middle(step: &Step) -> i32 {
    (x(step.scene.from) + x(step.scene.to)) / 2
}

const fn x(lane: Lane) -> i32 {
    FIRST
        + BETWEEN
            * match lane {
                Lane::Browser => 0,
                Lane::Application => 1,
                Lane::Provider => 2,
                Lane::Api => 3,
            }
}
