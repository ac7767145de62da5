//! Who is logged in: a row for each login, so that several processes of one provider share them.

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::{Clock, NoEntropy};
use oauth_sansio::{Digest, Family, Login, Secret, Timestamp};
use oauth_store::{IssuerStore, Key, Own, Owner, Put, Record, Row, StoreError, Table, Writes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Unavailable, User};

/// How long a login lasts, used or not.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Rows that are read at once to find the logins of a person.
const PAGE: usize = 256;

/// Logins, under the digest of their cookie. One is ended by a tombstone: on itself, or on whatever its user proved.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) store: IssuerStore,
}

/// A login that a browser came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) secret: Secret,
    pub(crate) user: User,
    pub(crate) login: Login,
}

/// What is kept of a login beside its subject.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<Family>,
    login: Login,
    began: Timestamp,
}

impl Sessions {
    pub(crate) fn new(store: IssuerStore) -> Self {
        Self { store }
    }

    /// A new login under a secret that was never used before.
    pub(crate) async fn begin(
        &self,
        user: &User,
        login: Login,
        clock: &dyn Clock,
    ) -> Result<Secret, Unavailable> {
        let moment = clock.moment()?;
        let now = moment.now();
        let secret = moment.entropy().token();
        let key = self.key(&secret);
        let kept = Kept { name: user.name.clone(), proof: user.proof, login, began: now };
        let value = serde_json::to_value(kept).map_err(Unavailable::new)?;
        let own = Own { subject: Some(user.subject.clone()), value, secret: None };
        let put = Put {
            key,
            record: Record::Own(Arc::new(own)),
            keep_until: Some(now.plus(LIFETIME)),
            families: [Some(family(&key)), user.proof],
        };
        // Without a spend there is nothing to lose.
        let _ = self.store.store().commit(Writes { put: vec![put], ..Writes::default() }).await?;
        Ok(secret)
    }

    /// The login under this secret, unless it is over.
    pub(crate) async fn find(&self, secret: Secret, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let row = self.store.store().load(&[self.key(&secret)]).await?.pop().flatten();
        let Some(Row { record: Record::Own(own), revoked: false, .. }) = row else { return Ok(None) };
        let Some(subject) = own.subject.clone() else { return Ok(None) };
        let kept = Kept::deserialize(&own.value).map_err(|error| StoreError::Corrupt(error.into()))?;
        let Kept { name, proof, login, began } = kept;
        let session = Session { secret, user: User { subject, name, proof }, login };
        Ok((now < began.plus(LIFETIME)).then_some(session))
    }

    /// Ends the login under this secret, if there is one.
    pub(crate) async fn end(&self, secret: &Secret) -> Result<(), StoreError> {
        self.revoke(vec![family(&self.key(secret))]).await
    }

    /// Ends all logins of a person.
    pub(crate) async fn end_all(&self, subject: &str) -> Result<(), StoreError> {
        let is_login = |key: &Key| key.tenant == self.store.tenant() && key.table == Table::Login;
        let mut after = None;
        loop {
            let page = self.store.store().list(Owner::Subject(subject), after, PAGE).await?;
            let alive = page.rows.iter().filter(|(key, row)| is_login(key) && !row.revoked);
            self.revoke(alive.map(|(key, _)| family(key)).collect()).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn revoke(&self, revoke: Vec<Family>) -> Result<(), StoreError> {
        if revoke.is_empty() {
            return Ok(());
        }
        self.store.store().commit(Writes { revoke, ..Writes::default() }).await.map(drop)
    }

    fn key(&self, secret: &Secret) -> Key {
        Key::new(self.store.tenant(), Table::Login, Digest::of_token(secret.expose()))
    }
}

/// Keeps the tombstone on a proof as long as a login by it could still be written: by somebody whose password was looked at
/// before it was replaced.
pub(crate) fn ended(store: &IssuerStore, subject: &str, proof: Family, now: Timestamp) -> Put {
    let id = Digest::of_parts(&[b"ended", proof.as_bytes()]);
    let own = Own { subject: Some(subject.to_owned()), value: Value::Null, secret: None };
    Put {
        key: Key::new(store.tenant(), Table::Login, id),
        record: Record::Own(Arc::new(own)),
        keep_until: Some(now.plus(LIFETIME)),
        families: [Some(proof), None],
    }
}

/// The family of one login follows from its key, so that it can be ended unread.
fn family(key: &Key) -> Family {
    Family::of(&Digest::of_parts(&[b"login", key.id.as_bytes()]))
}

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}

impl From<NoEntropy> for Unavailable {
    fn from(error: NoEntropy) -> Self {
        Self::new(error)
    }
}

#[cfg(test)]
mod tests {
    use oauth_clock::ManualClock;
    use oauth_store::{MemoryStore, Store as _};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn user(subject: &str) -> User {
        User { proof: Some(Family::from_bytes([7; 16])), ..User::new(subject, subject) }
    }

    fn login() -> Login {
        Login { auth_time: NOW, acr: None, amr: vec!["pwd".into()] }
    }

    fn sessions() -> (Arc<MemoryStore>, Sessions, ManualClock) {
        let store = Arc::new(MemoryStore::new());
        let sessions = Sessions::new(IssuerStore::new(store.clone(), "https://as.example.com"));
        (store, sessions, ManualClock::at(NOW))
    }

    #[tokio::test]
    async fn a_login_ends_with_its_hour_or_when_told() {
        let (_, sessions, clock) = sessions();
        let a = sessions.begin(&user("alice"), login(), &clock).await.unwrap();
        let b = sessions.begin(&user("bob"), login(), &clock).await.unwrap();
        sessions.end(&b).await.unwrap();
        let last = NOW.plus(LIFETIME - Duration::from_secs(1));
        let found = sessions.find(a.clone(), last).await.unwrap().unwrap();
        assert_eq!(found, Session { secret: a.clone(), user: user("alice"), login: login() });
        assert_eq!(sessions.find(a, NOW.plus(LIFETIME)).await.unwrap(), None);
        assert_eq!(sessions.find(b, NOW).await.unwrap(), None);
    }

    #[tokio::test]
    async fn all_logins_of_a_person_end_and_nobody_elses_does() {
        let (store, sessions, clock) = sessions();
        let elsewhere = Sessions::new(IssuerStore::new(store, "https://other.example.com"));
        let mut of_alice = Vec::new();
        for _ in 0..PAGE + 3 {
            of_alice.push(sessions.begin(&user("alice"), login(), &clock).await.unwrap());
        }
        let bob = sessions.begin(&user("bob"), login(), &clock).await.unwrap();
        let namesake = elsewhere.begin(&user("alice"), login(), &clock).await.unwrap();
        sessions.end_all("alice").await.unwrap();
        for secret in of_alice {
            assert_eq!(sessions.find(secret, NOW).await.unwrap(), None);
        }
        assert!(sessions.find(bob, NOW).await.unwrap().is_some());
        assert!(elsewhere.find(namesake, NOW).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_login_ends_with_what_proved_it_whichever_comes_first() {
        let (store, sessions, clock) = sessions();
        let proof = user("alice").proof.unwrap();
        let before = sessions.begin(&user("alice"), login(), &clock).await.unwrap();
        let _ = store.commit(Writes { revoke: vec![proof], ..Writes::default() }).await.unwrap();
        // Somebody who had given the old password when it was replaced.
        let late = sessions.begin(&user("alice"), login(), &clock).await.unwrap();
        for secret in [before, late] {
            assert_eq!(sessions.find(secret, NOW).await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn z05_the_store_sees_no_cookie_and_forgets_what_is_over() {
        let (store, sessions, clock) = sessions();
        let secret = sessions.begin(&user("alice"), login(), &clock).await.unwrap();
        let page = store.list(Owner::Subject("alice"), None, 2).await.unwrap();
        assert!(!format!("{:?}", page.rows).contains(secret.expose()));
        assert_eq!(page.rows.len(), 1);
        assert_eq!(store.sweep(NOW.plus(LIFETIME), usize::MAX).await.unwrap(), 0);
        assert_eq!(store.sweep(NOW.plus(LIFETIME).plus(LIFETIME), usize::MAX).await.unwrap(), 1);
    }
}
