//! Scopes that open others. What scopes mean is for each API to say (RFC 6749 section 3.3); where one stands for several,
//! whoever has it needs not name the others.

use std::{collections::BTreeMap, sync::Arc};

use super::Grant;
use crate::Scopes;

/// Which scopes a scope opens besides itself, and these in turn.
///
/// ```
/// use oauth2_core::resource::{Config, Implied};
///
/// let implied = Implied::none().by("files.write", "files.read".parse()?).by("files.admin", "files.write".parse()?);
/// let config = Config { implied, ..Config::default() };
/// # Ok::<(), oauth2_core::ScopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Implied(BTreeMap<String, Scopes>);

impl Implied {
    /// Each scope opens itself alone.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// One scope opens these, too.
    #[must_use]
    pub fn by(mut self, scope: &str, opens: Scopes) -> Self {
        self.0.insert(scope.to_owned(), opens);
        self
    }

    /// A grant with all that its scopes open.
    pub(super) fn widened(&self, grant: Arc<Grant>) -> Arc<Grant> {
        // Most APIs have none, and this is done for every request.
        if self.0.is_empty() {
            return grant;
        }
        let mut all: Vec<&str> = grant.scopes.iter().collect();
        let named = all.len();
        let mut at = 0;
        while let Some(scope) = all.get(at) {
            at += 1;
            for opened in self.0.get(*scope).into_iter().flat_map(Scopes::iter) {
                if !all.contains(&opened) {
                    all.push(opened);
                }
            }
        }
        if all.len() == named {
            return grant;
        }
        // What is made of scopes is one, unless it is too long; then it stays as it was.
        match all.join(" ").parse() {
            Ok(scopes) => Arc::new(Grant { scopes, ..Grant::clone(&grant) }),
            Err(_) => grant,
        }
    }
}
