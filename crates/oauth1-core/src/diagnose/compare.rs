//! Two base strings for one request, held side by side.

use serde::Serialize;

use super::{
    Cause,
    attempt::{Attempt, Change, search},
    encoding::decode,
    shape::{Pair, Shape},
    variants::{self, Hints},
};

/// Where two base strings begin to differ.
///
/// It shows pieces of both. `Debug` shows the place and the causes.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Bytes that are the same in both.
    pub offset: usize,
    /// What the first byte that differs belongs to, on our side.
    pub part: Part,
    /// The end of what is the same.
    pub before: String,
    /// How our side goes on.
    pub ours: String,
    /// How the other side goes on.
    pub theirs: String,
    /// What the other side probably did.
    pub causes: Vec<Cause>,
    /// Names of parameters that only our side has.
    pub missing: Vec<String>,
    /// Names of parameters that only the other side has.
    pub added: Vec<String>,
}

/// A part of a base string (RFC 5849 section 3.4.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "part", content = "parameter")]
pub enum Part {
    /// The HTTP method.
    HttpMethod,
    /// The base string URI.
    Uri,
    /// The name of a parameter, decoded.
    Name(String),
    /// The value of the parameter of this name, decoded.
    Value(String),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::HttpMethod => f.write_str("the HTTP method"),
            Self::Uri => f.write_str("the URI"),
            Self::Name(name) => write!(f, "the name of the parameter {name:?}"),
            Self::Value(name) => write!(f, "the value of the parameter {name:?}"),
        }
    }
}

/// Longer base strings are compared, but not searched for a cause.
const MOST_SEARCHED: usize = 64 * 1024;
/// Characters shown before and behind the place.
const SHOWN: (usize, usize) = (24, 48);
/// Names listed.
const MOST_NAMES: usize = 16;

/// Compares our base string with the one that the other side says it signed; `None` when they are the same.
///
/// ```
/// use oauth1_core::diagnose::{Cause, Part, compare};
///
/// let ours = "GET&http%3A%2F%2Fexample.com%2F&a%3Dr%2520b%26c%3D%252F";
/// let theirs = "GET&http%3A%2F%2Fexample.com%2F&a%3Dr%252520b%26c%3D%25252F";
/// let difference = compare(ours, theirs).ok_or("the same")?;
/// assert_eq!((difference.offset, difference.part), (41, Part::Value("a".into())));
/// assert_eq!(difference.causes, [Cause::EncodedTwice]);
/// # Ok::<(), &str>(())
/// ```
pub fn compare(ours: &str, theirs: &str) -> Option<Difference> {
    let differs = ours.char_indices().zip(theirs.chars()).find(|((_, a), b)| a != b);
    let offset = match differs {
        Some(((at, _), _)) => at,
        None if ours.len() == theirs.len() => return None,
        None => ours.len().min(theirs.len()),
    };
    let (before, ours_after) = ours.split_at_checked(offset)?;
    let (_, theirs_after) = theirs.split_at_checked(offset)?;
    let shown = |text: &str| text.chars().take(SHOWN.1).collect();
    let skipped = before.chars().count().saturating_sub(SHOWN.0);
    let mut difference = Difference {
        offset,
        part: part(ours, offset),
        before: before.chars().skip(skipped).collect(),
        ours: shown(ours_after),
        theirs: shown(theirs_after),
        causes: Vec::new(),
        missing: Vec::new(),
        added: Vec::new(),
    };
    if ours.len().max(theirs.len()) <= MOST_SEARCHED {
        difference.explain(ours, theirs);
    }
    Some(difference)
}

impl Difference {
    fn explain(&mut self, ours: &str, theirs: &str) {
        let (Some(our), Some(their)) = (Shape::of_base_string(ours), Shape::of_base_string(theirs)) else {
            return;
        };
        let lacks = |one: &Shape, other: &Shape| -> Vec<String> {
            let lacks = |pair: &&Pair| !other.pairs.iter().any(|other| other.name == pair.name);
            let name = |pair: &Pair| String::from_utf8_lossy(&pair.name).into_owned();
            one.pairs.iter().filter(lacks).take(MOST_NAMES).map(name).collect()
        };
        let hints = Hints { hosts: vec![format!("{}{}", their.host, their.port)], ..Hints::default() };
        let changes = variants::of_base_string(&hints);
        let attempt = Attempt::of_shape(our.clone());
        self.causes = search(&attempt, &changes, |_, base| base == theirs);
        if !self.causes.is_empty() {
            return;
        }
        (self.missing, self.added) = (lacks(&our, &their), lacks(&their, &our));
        // What no two ways of straying explain together may still be explained part by part.
        for at in 0..3 {
            let (ours, theirs) = (nth(ours, at), nth(theirs, at));
            if ours == theirs {
                continue;
            }
            let mut causes = search(&attempt, &changes, |_, base| nth(base, at) == theirs);
            if causes.is_empty() {
                causes = match at {
                    0 => vec![Cause::OtherHttpMethod],
                    1 if their.path.contains('?') => vec![Cause::QueryInUri],
                    1 if (&our.host, &our.port) != (&their.host, &their.port) => vec![Cause::OtherHost],
                    1 => vec![Cause::OtherUri],
                    _ => self.of_parameters(&our, &their, &changes),
                };
            }
            causes.retain(|cause| !self.causes.contains(cause));
            self.causes.extend(causes);
        }
    }

    fn of_parameters(&self, our: &Shape, their: &Shape, changes: &[(Cause, Change<'_>)]) -> Vec<Cause> {
        let mut causes = Vec::new();
        if !self.missing.is_empty() {
            causes.push(Cause::ParameterMissing);
        }
        if !self.added.is_empty() {
            causes.push(Cause::ParameterAdded);
        }
        let differing = their.pairs.iter().filter_map(|theirs| {
            let mut named = our.pairs.iter().filter(|ours| ours.name == theirs.name);
            let ours = named.next()?;
            let differs = |ours: &Pair| ours.value != theirs.value;
            (differs(ours) && named.all(differs)).then_some((ours, theirs))
        });
        for (ours, theirs) in differing.take(MOST_NAMES) {
            // As if there were no others.
            let alone = |pair: &Pair| Shape { pairs: vec![pair.clone()], ..our.clone() };
            let theirs = alone(theirs).base_string();
            let found = search(&Attempt::of_shape(alone(ours)), changes, |_, base| base == theirs);
            let found = if found.is_empty() { vec![Cause::OtherValue] } else { found };
            causes.extend(found.into_iter().filter(|cause| !causes.contains(cause)).collect::<Vec<_>>());
        }
        causes
    }
}

/// One of the three parts of a base string.
fn nth(base: &str, at: usize) -> &str {
    base.splitn(3, '&').nth(at).unwrap_or_default()
}

fn part(base: &str, offset: usize) -> Part {
    let before = base.get(..offset).unwrap_or_default();
    match before.matches('&').count() {
        0 => Part::HttpMethod,
        1 => Part::Uri,
        _ => {
            let start = before.rfind("%26").map(|at| at + 3).max(before.rfind('&').map(|at| at + 1));
            let parameter = base.get(start.unwrap_or_default()..).unwrap_or_default();
            let parameter = parameter.split("%26").next().unwrap_or_default();
            let name = parameter.split("%3D").next().unwrap_or_default();
            let in_name = offset - start.unwrap_or_default() <= name.len();
            let name = decode(&decode(name.as_bytes(), false), false);
            let name = String::from_utf8_lossy(&name).into_owned();
            if in_name { Part::Name(name) } else { Part::Value(name) }
        }
    }
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Difference")
            .field("offset", &self.offset)
            .field("part", &self.part)
            .field("causes", &self.causes)
            .finish_non_exhaustive()
    }
}
