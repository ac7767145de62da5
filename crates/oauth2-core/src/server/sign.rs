//! The pause in which something is signed.

use std::fmt;

use oauth_sansio::Moment;

use super::{Step, answer, backchannel};
use crate::jose::{Algorithm, Unsigned};

/// Sign the [`input`](Self::input) with the key of this name, then go on with [`signed`](Self::signed). The key may be
/// in memory, or in a module that it never leaves.
///
/// Nothing is stored before the signature is there; drop the pause when none can be made.
#[must_use = "a pause that is dropped leaves its request unanswered"]
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub struct Sign(Box<Signing>);

#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
struct Signing {
    key_id: String,
    algorithm: Algorithm,
    unsigned: Unsigned,
    then: Continuation,
}

/// What goes on when the signature is there.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Continuation {
    /// An access token is told of.
    Token(Box<backchannel::Unfinished>),
    /// An answer leaves through the browser.
    Answer(answer::Unsent),
}

impl Sign {
    pub(super) fn new(
        (key_id, algorithm): (String, Algorithm),
        unsigned: Unsigned,
        then: Continuation,
    ) -> Self {
        Self(Box::new(Signing { key_id, algorithm, unsigned, then }))
    }

    /// The name of the key, as it is published.
    pub fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// The algorithm to sign with.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// What to sign.
    pub fn input(&self) -> &[u8] {
        self.0.unsigned.input()
    }

    /// Goes on with the signature, as RFC 7518 section 3 and RFC 8037 section 3.1 write it.
    pub fn signed(self, signature: &[u8], moment: Moment) -> Step {
        let Signing { unsigned, then, .. } = *self.0;
        let text = unsigned.signed(signature);
        match then {
            Continuation::Token(unfinished) => backchannel::finish_signed(*unfinished, text, moment.now()),
            Continuation::Answer(unsent) => unsent.signed(&text),
        }
    }
}

impl fmt::Debug for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sign").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}
