//! What access is asked for and granted (RFC 6749 section 3.3).

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// A set of scopes, in the order they were given: `scope-token *( SP scope-token )`, or none at all.
///
/// A scope is compared as a whole, never as a prefix, and its case counts.
///
/// ```
/// use oauth2_core::Scopes;
///
/// let asked: Scopes = "photos.read photos.write".parse()?;
/// assert!(asked.contains("photos.read") && !asked.contains("photos"));
/// assert!(!asked.is_within(&"photos.read".parse()?));
/// # Ok::<(), oauth2_core::ScopeError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scopes(
    /// Shared by all that grows from one grant; never an empty text.
    Option<Arc<str>>,
);

/// A text that is no `scope` (RFC 6749 section 3.3): an empty token, a character outside NQCHAR, or over
/// [`Scopes::MAX_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scope does not follow the grammar of RFC 6749 section 3.3")]
pub struct ScopeError;

impl Scopes {
    /// Bytes of the whole text. Far more than any honest request needs, and few enough that the comparison of two
    /// sets, which takes quadratic time, stays cheap.
    pub const MAX_BYTES: usize = 2048;

    /// No scope.
    pub const fn none() -> Self {
        Self(None)
    }

    fn of(text: &str) -> Self {
        Self((!text.is_empty()).then(|| text.into()))
    }

    /// Whether a text is one that can be read as scopes.
    pub(crate) fn is_scope(text: &str) -> bool {
        let bytes = text.as_bytes();
        // All bytes at once: to stop at the first that is wrong takes longer for those that are right.
        let is_allowed = bytes.iter().fold(true, |all, byte| all & (is_nqchar(*byte) | (*byte == b' ')));
        // An empty text is no scope; a space without a scope on each side is an error.
        let spaces = bytes.iter().zip(bytes.iter().skip(1));
        let is_apart = spaces.fold(true, |all, (one, next)| all & ((*one != b' ') | (*next != b' ')));
        is_allowed
            && is_apart
            && text.len() <= Self::MAX_BYTES
            && !text.starts_with(' ')
            && !text.ends_with(' ')
    }

    /// The scopes as they go over the wire: separated by one space.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Each scope.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.as_str().split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether this scope is among them.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|one| one == scope)
    }

    /// Whether each of them is among `all`.
    pub fn is_within(&self, all: &Self) -> bool {
        *self == *all || self.iter().all(|scope| all.contains(scope))
    }

    /// Those that pass a test.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        if self.iter().all(&keep) {
            return self.clone();
        }
        let kept: Vec<&str> = self.iter().filter(|scope| keep(scope)).collect();
        Self::of(&kept.join(" "))
    }

    /// Those that are among `all`.
    #[must_use]
    pub fn within(&self, all: &Self) -> Self {
        if *self == *all {
            return self.clone();
        }
        self.only(|scope| all.contains(scope))
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if !Self::is_scope(text) {
            return Err(ScopeError);
        }
        if !has_repeats(text) {
            return Ok(Self::of(text));
        }
        let mut kept = Vec::new();
        for scope in text.split(' ') {
            if !kept.contains(&scope) {
                kept.push(scope);
            }
        }
        Ok(Self::of(&kept.join(" ")))
    }
}

/// Whether a token comes twice. Tokens are short: to look at byte after byte is faster than to search for the next space.
fn has_repeats(text: &str) -> bool {
    let is_space = |byte: &u8| *byte == b' ';
    let mut rest = text.as_bytes();
    while let Some((token, [_, behind @ ..])) = rest.iter().position(is_space).map(|at| rest.split_at(at)) {
        if behind.split(is_space).any(|other| other == token) {
            return true;
        }
        rest = behind;
    }
    false
}

/// `NQCHAR = %x21 / %x23-5B / %x5D-7E` (RFC 6749 appendix A).
const fn is_nqchar(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

impl TryFrom<String> for Scopes {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.as_str().to_owned()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scopes").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_comes_again_counts_once() {
        for (text, read) in [("", ""), ("a", "a"), ("b a", "b a"), ("a a", "a"), ("b a ab b c a", "b a ab c")]
        {
            assert_eq!(text.parse::<Scopes>().unwrap().as_str(), read);
        }
    }

    #[test]
    fn stray_spaces_and_what_is_too_long_are_refused() {
        let long = "a".repeat(Scopes::MAX_BYTES);
        assert!(long.parse::<Scopes>().is_ok());
        for text in [
            " ",
            " a",
            "a ",
            "a  b",
            "a\"",
            "a\\b",
            "ä",
            "a\tb",
            &format!("{long} ")[1..],
            &format!("{long}a"),
        ] {
            assert_eq!(text.parse::<Scopes>(), Err(ScopeError), "{text}");
        }
    }
}
