//! What is known of a provider, and from where.

use serde::{Deserialize, Serialize};

/// Something that is said of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What.
    pub says: String,
    /// Where it was read.
    pub source: Source,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The provider's documentation, or another public page.
    Page(String),
    /// Nowhere that could be named: it is from memory and not confirmed.
    Memory,
}

impl Fact {
    /// Whether somebody else can look it up.
    pub const fn is_confirmed(&self) -> bool {
        matches!(self.source, Source::Page(_))
    }
}

pub(super) fn seen(says: &str, page: &str) -> Fact {
    Fact { says: says.into(), source: Source::Page(page.into()) }
}

pub(super) fn memory(says: &str) -> Fact {
    Fact { says: says.into(), source: Source::Memory }
}
