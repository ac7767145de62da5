//! Checks, one after the other, as `oauth discover` and `oauth inspect` tell them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::tell::{BAD, FAINT, GOOD, ODD, printable};

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Holds,
    /// It breaks a rule of the standard.
    Fails,
    /// It is allowed, and worth a second look.
    Odd,
    /// For want of what it needs, or because another one fails.
    Unchecked,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    pub(crate) status: Status,
    pub(crate) check: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// Checks in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checks(pub(crate) Vec<Check>);

impl Checks {
    pub(crate) fn holds(&mut self, check: impl Into<String>) {
        self.push(Status::Holds, check.into(), None);
    }

    pub(crate) fn fails(&mut self, check: impl Into<String>, why: impl Into<String>) {
        self.push(Status::Fails, check.into(), Some(why.into()));
    }

    pub(crate) fn odd(&mut self, check: impl Into<String>, why: impl Into<String>) {
        self.push(Status::Odd, check.into(), Some(why.into()));
    }

    pub(crate) fn unchecked(&mut self, check: impl Into<String>, why: impl Into<String>) {
        self.push(Status::Unchecked, check.into(), Some(why.into()));
    }

    /// By what came of it.
    pub(crate) fn result<E: std::fmt::Display>(&mut self, check: impl Into<String>, result: Result<(), E>) {
        match result {
            Ok(()) => self.holds(check),
            Err(error) => self.fails(check, error.to_string()),
        }
    }

    fn push(&mut self, status: Status, check: String, why: Option<String>) {
        self.0.push(Check { status, check, why });
    }

    /// Whether none fails.
    pub(crate) fn hold(&self) -> bool {
        self.0.iter().all(|check| check.status != Status::Fails)
    }

    pub(crate) fn to_people(&self) -> String {
        let mut out = String::new();
        for Check { status, check, why } in &self.0 {
            let (check, why) = (printable(check), why.as_deref().map(printable));
            let behind = why.map(|why| format!(": {why}")).unwrap_or_default();
            out += &match status {
                Status::Holds => format!("{GOOD}✓{GOOD:#} {check}{behind}\n"),
                Status::Fails => format!("{BAD}✗{BAD:#} {check}{behind}\n"),
                Status::Odd => format!("{ODD}!{ODD:#} {check}{behind}\n"),
                Status::Unchecked => format!("{FAINT}· {check}{behind}{FAINT:#}\n"),
            };
        }
        out
    }

    pub(crate) fn to_json(&self) -> Value {
        json!(self.0)
    }
}
