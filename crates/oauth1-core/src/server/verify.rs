//! Checks that every signed request goes through, at the provider and at the resource.

/// A place for the signing key of a record, filled when the key is first needed.
///
/// It is no part of the record: all are equal, and a copy starts empty.
#[derive(Default)]
pub struct KeyCache(());

impl Clone for KeyCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for KeyCache {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KeyCache {}

impl std::hash::Hash for KeyCache {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl std::fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyCache")
    }
}
