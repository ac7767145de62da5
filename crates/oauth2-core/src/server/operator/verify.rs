//! The pause in which a name and a password are looked up: the grant of RFC 6749 section 4.3, which only a server that
//! says so in loud words has. A password hash is slow on purpose and is no business of a core.

use std::fmt;

use oauth_sansio::{Moment, Secret};

use super::Paused;
use crate::server::Step;

/// Find out whose [`username`](Self::username) and [`password`](Self::password) these are, then go on with
/// [`verified`](Self::verified). An unknown name must cost as much as a wrong password.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Verify {
    claimed: Claimed,
    paused: Box<Paused>,
}

/// Who somebody says to be.
#[derive(Clone)]
#[cfg_attr(model, derive(PartialEq, Eq, Hash))]
pub(in crate::server) struct Claimed {
    pub(in crate::server) username: String,
    pub(in crate::server) password: Secret,
}

impl Verify {
    pub(super) fn new(claimed: Claimed, paused: Paused) -> Self {
        Self { claimed, paused: paused.into() }
    }

    /// The name.
    pub fn username(&self) -> &str {
        &self.claimed.username
    }

    /// The password.
    pub fn password(&self) -> &Secret {
        &self.claimed.password
    }

    /// Goes on with the resource owner that both belong to; `None` when there is none.
    pub fn verified(self, subject: Option<String>, moment: Moment) -> Step {
        let mut paused = *self.paused;
        paused.known.person = Some(subject.filter(|subject| !subject.is_empty()));
        paused.resume(moment)
    }
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").finish_non_exhaustive()
    }
}
