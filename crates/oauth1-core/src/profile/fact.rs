//! What is known of a provider, and from where.

/// Something that is said of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// What.
    pub says: &'static str,
    /// Where it was read.
    pub source: Source,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// This public page, or the sources of a client that works with the provider.
    Page(&'static str),
    /// Nowhere that could be named: it is from memory and not confirmed.
    Memory,
}

impl Fact {
    /// Whether somebody else can look it up.
    pub const fn is_confirmed(&self) -> bool {
        matches!(self.source, Source::Page(_))
    }
}

pub(super) const fn seen(says: &'static str, page: &'static str) -> Fact {
    Fact { says, source: Source::Page(page) }
}

pub(super) const fn memory(says: &'static str) -> Fact {
    Fact { says, source: Source::Memory }
}
