//! How often a person was asked for more.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use http::{Method, Uri};

/// How often a person was asked for more in vain, by operation: an API that is never content, or somebody in its place, must
/// not make an application ask for ever.
#[derive(Default)]
pub(super) struct Attempts(Mutex<VecDeque<(String, usize)>>);

/// Times that a person is asked because of one operation until it succeeds.
const MOST: usize = 2;

/// Operations that are remembered.
const OPERATIONS: usize = 256;

impl Attempts {
    /// Whether a person may be asked once more because of this operation; if so, it counts.
    pub(super) fn another(&self, method: &Method, uri: &Uri) -> bool {
        let operation = operation(method, uri);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.iter_mut().find(|(of, _)| *of == operation) {
            Some((_, times)) if *times >= MOST => false,
            Some((_, times)) => {
                *times += 1;
                true
            }
            None => {
                known.truncate(OPERATIONS - 1);
                known.push_front((operation, 1));
                true
            }
        }
    }

    /// The operation has succeeded.
    pub(super) fn forget(&self, method: &Method, uri: &Uri) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.is_empty() {
            let operation = operation(method, uri);
            known.retain(|(of, _)| *of != operation);
        }
    }
}

fn operation(method: &Method, uri: &Uri) -> String {
    format!("{method} {}", uri.path())
}
