//! What is allowed under OAuth 1, in the words of OAuth 2.

use std::collections::BTreeMap;

use crate::Scopes;

/// What token credentials of OAuth 1 open after a trade. Nobody gets more than the client of OAuth 2 may have; whose
/// credentials it may trade, [`Client::migrates_from`](crate::server::Client::migrates_from) says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// What each realm opens. One that is not listed opens nothing.
    pub realms: BTreeMap<String, Scopes>,
    /// What credentials open that were given out for no realm in particular.
    pub without_realm: Scopes,
}

impl Migration {
    /// Whether a scope is among those that the realms stand for.
    pub(in crate::server) fn opens(&self, realms: &[String], scope: &str) -> bool {
        match realms {
            [] => self.without_realm.contains(scope),
            realms => {
                realms.iter().filter_map(|realm| self.realms.get(realm)).any(|open| open.contains(scope))
            }
        }
    }
}
