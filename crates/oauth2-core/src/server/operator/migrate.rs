//! The pause in which OAuth 1 speaks: the request that is being answered is signed with token credentials, and what it
//! proves is the business of the other core.

use std::fmt;

use oauth_sansio::{Handover, Moment};

use super::Paused;
use crate::server::Step;

/// Find out which token credentials the request is signed with, then go on with [`migrated`](Self::migrated). Nothing is
/// spent meanwhile: that comes with everything else, in one [`Commit`](crate::server::Commit).
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Migrate(Box<Paused>);

impl Migrate {
    pub(super) fn new(paused: Paused) -> Self {
        Self(paused.into())
    }

    /// Goes on with what the request proves; `None` when that is nothing.
    pub fn migrated(self, handover: Option<Handover>, moment: Moment) -> Step {
        let mut paused = *self.0;
        paused.known.handover = Some(handover);
        paused.resume(moment)
    }
}

impl fmt::Debug for Migrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrate").finish_non_exhaustive()
    }
}
