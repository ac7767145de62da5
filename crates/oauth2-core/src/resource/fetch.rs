//! The pause in which the keys of an authorization server are fetched (RFC 9068 section 4).

use std::fmt;

use oauth_sansio::{Moment, Timestamp};
use url::Url;

use super::{FetchedKeys, Reason, Step, judging::Judging};
use crate::server::FetchError;

/// Get the keys that are [`wanted`](Self::wanted), then go on with [`answer`](Self::answer). Keys that were got before
/// serve as well: [`KeySets`](super::KeySets) tells when they do.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Fetch(Box<Fetching>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Fetching {
    judging: Judging,
    wanted: WantedKeys,
    whose: Whose,
}

/// Whose keys they are, and what they shall verify.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Whose {
    /// The token itself, by the server with this place in the list.
    Token(usize),
    /// What the server with this place said of the token (RFC 9701).
    Answer(usize, String),
}

/// Keys to get.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WantedKeys {
    /// Where they are. It comes from the configuration.
    pub url: Url,
    /// They were seen as they were in this second, and one is missing: newer ones are wanted, if that may be.
    pub newer_than: Option<Timestamp>,
}

impl Fetch {
    pub(super) fn new(judging: Judging, url: Url, whose: Whose) -> Self {
        Self(Box::new(Fetching { judging, wanted: WantedKeys { url, newer_than: None }, whose }))
    }

    /// What to get.
    pub fn wanted(&self) -> &WantedKeys {
        &self.0.wanted
    }

    /// Goes on with what came.
    pub fn answer(self, answer: Result<FetchedKeys, FetchError>, moment: Moment) -> Step {
        let Fetching { judging, wanted, whose } = *self.0;
        let now = moment.now();
        let FetchedKeys { keys, at } = match answer {
            Ok(fetched) => fetched,
            // Nobody can tell what the token is worth; to say that it is worth nothing would be a lie.
            Err(error) => return judging.refuse(Reason::Keys(error), now),
        };
        let judged = judging.verify(&whose, &keys, now);
        match judged {
            // Once: whoever makes up names of keys gets no more than one request out of it.
            Err(reason) if wanted.newer_than.is_none() && judging.wants_newer_keys(&whose, reason) => {
                let wanted = WantedKeys { newer_than: Some(at), ..wanted };
                Step::Fetch(Self(Box::new(Fetching { judging, wanted, whose })))
            }
            judged => judging.learned(judged, now),
        }
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("wanted", &self.0.wanted).finish_non_exhaustive()
    }
}
