//! Who is logged in, in this process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth_sansio::{Digest, Secret, Timestamp};

use crate::User;

/// How long a login lasts, used or not.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Logins by the digest of their cookie, at most a fixed number of them: a new one drives out the oldest.
#[derive(Debug)]
pub(crate) struct Sessions {
    capacity: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    users: HashMap<Digest, LoggedIn>,
    /// In the order they began, which is the order they expire in. Holds those that were ended, too.
    order: VecDeque<(Timestamp, Digest)>,
}

/// Who is logged in, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoggedIn {
    pub(crate) user: User,
    pub(crate) since: Timestamp,
}

impl Sessions {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, table: Mutex::default() }
    }

    /// A login under a secret that was never used before.
    pub(crate) fn begin(&self, secret: &Secret, user: User, now: Timestamp) {
        let mut table = self.table();
        while table.order.front().is_some_and(|(expires, _)| *expires <= now)
            || table.order.len() >= self.capacity
        {
            let Some((_, oldest)) = table.order.pop_front() else { break };
            table.users.remove(&oldest);
        }
        let (expires, digest) = (now.plus(LIFETIME), Digest::of(secret.expose()));
        table.order.push_back((expires, digest));
        table.users.insert(digest, LoggedIn { user, since: now });
    }

    /// Who is logged in under this secret.
    pub(crate) fn find(&self, secret: &Secret, now: Timestamp) -> Option<LoggedIn> {
        let table = self.table();
        let known = table.users.get(&Digest::of(secret.expose()))?;
        (now < known.since.plus(LIFETIME)).then(|| known.clone())
    }

    /// Ends a login, if there is one under this secret.
    pub(crate) fn end(&self, secret: &Secret) {
        self.table().users.remove(&Digest::of(secret.expose()));
    }

    /// Each change leaves the table whole, so a panic elsewhere does not spoil it.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn user(name: &str) -> User {
        User { subject: name.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_login_ends_with_its_hour_or_when_told() {
        let sessions = Sessions::new(8);
        let (a, b) = (Secret::new("a"), Secret::new("b"));
        sessions.begin(&a, user("alice"), NOW);
        sessions.begin(&b, user("bob"), NOW);
        sessions.end(&b);
        let last = NOW.plus(LIFETIME - Duration::from_secs(1));
        assert_eq!(sessions.find(&a, last), Some(LoggedIn { user: user("alice"), since: NOW }));
        assert_eq!(sessions.find(&a, NOW.plus(LIFETIME)), None);
        assert_eq!(sessions.find(&b, NOW), None);
    }

    #[test]
    fn the_oldest_login_makes_room_and_the_expired_are_forgotten() {
        let sessions = Sessions::new(3);
        let secrets: Vec<Secret> = (0..5).map(|i| Secret::new(i.to_string())).collect();
        for secret in &secrets {
            sessions.begin(secret, user("alice"), NOW);
        }
        let live: Vec<bool> = secrets.iter().map(|s| sessions.find(s, NOW).is_some()).collect();
        assert_eq!(live, [false, false, true, true, true]);

        sessions.begin(&Secret::new("later"), user("bob"), NOW.plus(LIFETIME));
        let table = sessions.table();
        assert_eq!((table.users.len(), table.order.len()), (1, 1));
    }

    #[test]
    fn ended_logins_do_not_pile_up() {
        let sessions = Sessions::new(3);
        for i in 0..100 {
            let secret = Secret::new(i.to_string());
            sessions.begin(&secret, user("alice"), NOW);
            sessions.end(&secret);
        }
        assert!(sessions.table().order.len() <= 3);
    }
}
