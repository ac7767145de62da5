//! A request that cannot be read: what in it is wrong.

use super::{
    Place,
    encoding::{decode, pieces},
};
use crate::signature::ReadError;

/// What was found, where that says more than the error.
pub(super) fn detail(error: ReadError, header: &[u8], query: &[u8], form: &[u8]) -> Option<String> {
    let all = parameters(header, query, form);
    let protocol = || all.iter().filter(|(_, name, _)| name.starts_with("oauth_"));
    match error {
        ReadError::MalformedHeader => flaw(header),
        ReadError::SeveralPlaces => {
            let (first, name, _) = protocol().next()?;
            let (other, other_name, _) = protocol().find(|(place, ..)| place != first)?;
            Some(format!("{} is in {}, {} in {}", shown(name), told(*first), shown(other_name), told(*other)))
        }
        ReadError::Repeated => {
            let repeated = all.iter().enumerate().find(|(at, (place, name, _))| {
                let counts = *place == Place::Header || name.starts_with("oauth_");
                counts && all.iter().take(*at).any(|(_, other, _)| other == name)
            });
            repeated.map(|(_, (_, name, _))| format!("it is {}", shown(name)))
        }
        ReadError::Version | ReadError::Timestamp => {
            let wanted = if error == ReadError::Version { "oauth_version" } else { "oauth_timestamp" };
            let (.., value) = protocol().find(|(_, name, _)| name == wanted)?;
            Some(format!("it is {}", shown(value)))
        }
        _ => None,
    }
}

/// Names and values with their places, however odd they are.
fn parameters(header: &[u8], query: &[u8], form: &[u8]) -> Vec<(Place, String, String)> {
    let text = |bytes: &[u8], plus| String::from_utf8_lossy(&decode(bytes, plus)).into_owned();
    let header = elements(header).into_iter().map(|element| {
        let (name, value) = halves(element).unwrap_or((element, b""));
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        (Place::Header, text(name, false), text(value.strip_suffix(b"\"").unwrap_or(value), false))
    });
    let mut all: Vec<_> = header.collect();
    for (place, form) in [(Place::Query, query), (Place::Body, form)] {
        all.extend(pieces(form).map(|(name, value)| (place, text(name, true), text(value, true))));
    }
    all
}

/// In which way a header strays from RFC 5849 section 3.5.1. Values are not shown.
fn flaw(header: &[u8]) -> Option<String> {
    elements(header).into_iter().find_map(|element| {
        if element.is_empty() {
            return Some("there is an empty element, as a comma too many leaves it".into());
        }
        let Some((name, value)) = halves(element) else {
            return Some("an element has no equals sign".into());
        };
        let is_realm = name.eq_ignore_ascii_case(b"realm");
        let inner = value.strip_prefix(b"\"").map(|value| value.strip_suffix(b"\""));
        let name = shown(&String::from_utf8_lossy(name.trim_ascii()));
        match inner {
            _ if element.contains(&b'=') && spaced(element) => {
                Some(format!("there is white space beside the equals sign of {name}"))
            }
            None => Some(format!("the value of {name} is not in double quotes")),
            Some(None) => Some(format!("the value of {name} does not end with its quote")),
            Some(Some(inner)) if !is_realm && inner.contains(&b'"') => {
                Some(format!("a comma is missing behind {name}"))
            }
            Some(Some(inner))
                if !is_realm && !inner.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\') =>
            {
                Some(format!("the value of {name} holds what must be percent-encoded"))
            }
            Some(Some(_)) => None,
        }
    })
}

fn spaced(element: &[u8]) -> bool {
    halves(element).is_some_and(|(name, value)| {
        name.last().is_some_and(u8::is_ascii_whitespace) || value.first().is_some_and(u8::is_ascii_whitespace)
    })
}

fn halves(element: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = element.iter().position(|byte| *byte == b'=')?;
    Some((element.get(..at)?, element.get(at + 1..)?))
}

/// What stands between the commas that are not within quotes.
fn elements(header: &[u8]) -> Vec<&[u8]> {
    let rest = header.get(6..).unwrap_or_default();
    if rest.is_empty() {
        return Vec::new();
    }
    let (mut quoted, mut escaped) = (false, false);
    let ends = |byte: &u8| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        *byte == b',' && !quoted
    };
    rest.split(ends).map(<[u8]>::trim_ascii).collect()
}

fn told(place: Place) -> &'static str {
    match place {
        Place::Header => "the header",
        Place::Query => "the query",
        Place::Body => "the body",
    }
}

/// As much of it as anybody reads, without what would steer a terminal.
fn shown(text: &str) -> String {
    const MOST: usize = 64;
    format!("{:?}", text.chars().take(MOST).collect::<String>())
}
