//! The stories that go on, one for each browser: few, and not for long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use oauth_sansio::{Digest, Secret, Timestamp};
use tokio::sync::Mutex;

use super::run::Run;

/// Stories at a time. One more takes the place of the oldest.
const MOST: usize = 32;

/// How long one goes on.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// They are in memory: nothing of them is worth more.
#[derive(Default)]
pub(super) struct Runs(SyncMutex<HashMap<Digest, Begun>>);

struct Begun {
    run: Arc<Mutex<Run>>,
    at: Timestamp,
}

impl Runs {
    /// The story of the browser with this cookie.
    pub(super) fn find(&self, cookie: &Secret, now: Timestamp) -> Option<Arc<Mutex<Run>>> {
        let runs = self.lock();
        let begun = runs.get(&Digest::of(cookie.expose()))?;
        (now < begun.at.plus(LIFETIME)).then(|| begun.run.clone())
    }

    /// Begins one, in the place of the one before.
    pub(super) fn begin(&self, cookie: &Secret, run: Run, now: Timestamp) {
        let mut runs = self.lock();
        runs.retain(|_, begun| now < begun.at.plus(LIFETIME));
        let browser = Digest::of(cookie.expose());
        runs.remove(&browser);
        if runs.len() >= MOST {
            let oldest = runs.iter().min_by_key(|(_, begun)| begun.at).map(|(browser, _)| *browser);
            oldest.map(|oldest| runs.remove(&oldest));
        }
        runs.insert(browser, Begun { run: Arc::new(Mutex::new(run)), at: now });
    }

    /// Forgets it.
    pub(super) fn end(&self, cookie: &Secret) {
        self.lock().remove(&Digest::of(cookie.expose()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::run::Kind;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    #[test]
    fn stories_are_few_and_the_oldest_gives_way() {
        let runs = Runs::default();
        let cookie = |number: usize| Secret::new(format!("cookie {number}"));
        for number in 0..=MOST {
            let now = NOW.plus(Duration::from_secs(number as u64));
            runs.begin(&cookie(number), Run::new(Kind::OAuth2), now);
        }
        assert_eq!(runs.lock().len(), MOST);
        assert!(runs.find(&cookie(0), NOW).is_none() && runs.find(&cookie(MOST), NOW).is_some());
        runs.end(&cookie(MOST));
        assert!(runs.find(&cookie(MOST), NOW).is_none());
    }

    #[test]
    fn a_story_ends_with_its_hour() {
        let runs = Runs::default();
        runs.begin(&"a".into(), Run::new(Kind::OAuth1), NOW);
        let last = NOW.plus(LIFETIME - Duration::from_secs(1));
        assert!(runs.find(&"a".into(), last).is_some());
        assert!(runs.find(&"a".into(), NOW.plus(LIFETIME)).is_none());
        runs.begin(&"b".into(), Run::new(Kind::OAuth1), NOW.plus(LIFETIME));
        assert_eq!(runs.lock().len(), 1, "and is forgotten with the next");
    }
}
