//! What the commands have to say in common.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use oauth1_core::diagnose::{Anatomy, Difference, KeyForm, Place};

pub(crate) const TITLE: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();

/// A line with its name in front.
pub(crate) fn line(name: &str, text: &str) -> String {
    format!("{TITLE}{name:<16}{TITLE:#} {}\n", printable(text))
}

/// A text without what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        // What turns the direction of a text around shows something else than it says.
        let turns =
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match character.is_control() || turns {
            true => out.extend(character.escape_default()),
            false => out.push(character),
        }
    }
    out
}

pub(crate) fn anatomy(anatomy: &Anatomy) -> String {
    let mut out = line("method", &anatomy.http_method);
    out += &line("base string URI", &anatomy.uri);
    out += &line("parameters", "in the order in which they are signed");
    for parameter in &anatomy.parameters {
        let place = match parameter.place {
            Place::Header => "header",
            Place::Query => "query",
            Place::Body => "body",
        };
        let (name, value) = (printable(&parameter.name), printable(&parameter.value));
        let encoded = printable(&format!("{}={}", parameter.encoded_name, parameter.encoded_value));
        out += &format!("  {FAINT}{place:<7}{FAINT:#} {encoded}");
        if format!("{name}={value}") != encoded {
            out += &format!("  {FAINT}{name} = {value}{FAINT:#}");
        }
        out.push('\n');
    }
    out += &line("normalized", &anatomy.normalized);
    out + &line("base string", &anatomy.base_string)
}

pub(crate) fn key(key: &KeyForm) -> String {
    let mut out = line("key", &key.text);
    for warning in &key.warnings {
        out += &format!("  {ODD}!{ODD:#} {warning}\n");
    }
    out
}

pub(crate) fn notes(notes: &[String]) -> String {
    notes.iter().map(|note| format!("{ODD}note:{ODD:#} {note}\n")).collect()
}

pub(crate) fn difference(difference: &Difference) -> String {
    let Difference { offset, part, before, ours, theirs, .. } = difference;
    let (before, ours, theirs) = (printable(before), printable(ours), printable(theirs));
    let mut out = format!("{BAD}the base strings differ{BAD:#} at byte {offset}, in {part}\n");
    out += &format!("  ours    …{before}{GOOD}{ours}{GOOD:#}\n");
    out += &format!("  theirs  …{before}{BAD}{theirs}{BAD:#}\n");
    for (names, what) in [(&difference.missing, "only ours signs"), (&difference.added, "only theirs signs")]
    {
        let names: Vec<String> = names.iter().map(|name| printable(name)).collect();
        if !names.is_empty() {
            out += &format!("  {what}: {}\n", names.join(", "));
        }
    }
    out + &causes(&difference.causes)
}

pub(crate) fn causes(causes: &[oauth1_core::diagnose::Cause]) -> String {
    causes.iter().map(|cause| format!("{TITLE}likely cause:{TITLE:#} {cause}\n")).collect()
}

/// Writes to the standard output, in colour on a terminal only.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell when this fails.
    let _ = anstream::stdout().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        assert_eq!(
            super::printable("a\u{1b}[31m\r\n\u{9b}é'\u{202e}"),
            "a\\u{1b}[31m\\r\\n\\u{9b}é'\\u{202e}"
        );
    }
}
