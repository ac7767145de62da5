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
        let before = known.iter().position(|(of, _)| *of == operation).and_then(|at| known.remove(at));
        let times = before.map_or(0, |(_, times)| times);
        let another = times < MOST;
        // What is asked for again and again is not forgotten because of others.
        known.truncate(OPERATIONS - 1);
        known.push_front((operation, times + usize::from(another)));
        another
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_counter_is_not_pushed_out_by_other_operations() {
        let attempts = Attempts::default();
        let uri = |path: String| Uri::try_from(path).unwrap();
        let another = |path: String| attempts.another(&Method::GET, &uri(path));
        assert_eq!([(), (), ()].map(|()| another("/photos".into())), [true, true, false]);
        for i in 0..OPERATIONS * 2 {
            assert!(another(format!("/other/{i}")));
            assert!(!another("/photos".into()));
        }
        attempts.forget(&Method::GET, &uri("/photos".into()));
        assert!(another("/photos".into()));
    }
}
