//! How the operator comes in by a browser: a link that opens once, and the session that it opens.

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::Clock;
use oauth_sansio::{Digest, Family, Outcome, Secret, Timestamp};
use oauth_store::{IssuerStore, Key, Mark, Own, Put, Record, StoreError, Table, Writes};

use super::AdminError;

/// How long a link opens.
pub(super) const LINK: Duration = Duration::from_secs(10 * 60);

/// How long a session lasts, used or not.
const SESSION: Duration = Duration::from_secs(60 * 60);

/// Links and sessions are rows under digests of their secrets. The operator's token is part of the digest: with another token,
/// what the one before opened is found no more.
#[derive(Clone)]
pub(super) struct Door {
    store: IssuerStore,
    clock: Arc<dyn Clock>,
    token: Digest,
}

/// What a secret opens.
#[derive(Clone, Copy)]
enum Kind {
    Link,
    Session,
}

impl Door {
    pub(super) fn new(store: IssuerStore, clock: Arc<dyn Clock>, token: Digest) -> Self {
        Self { store, clock, token }
    }

    /// The secret of another link.
    pub(super) async fn link(&self) -> Result<Secret, AdminError> {
        let moment = self.clock.moment()?;
        let now = moment.now();
        let ticket = moment.entropy().token();
        let put = vec![self.put(Kind::Link, &ticket, now.plus(LINK))];
        // Without a spend there is nothing to lose.
        let _ = self.store.store().commit(Writes { put, ..Writes::default() }).await?;
        Ok(ticket)
    }

    /// Opens a session by a link, whose secret is spent with it, and ends the one that the browser had; `None` when the link
    /// is too old, or was used: of two at once, by one.
    pub(super) async fn enter(
        &self,
        ticket: &Secret,
        before: Option<&Secret>,
    ) -> Result<Option<Secret>, AdminError> {
        let moment = self.clock.moment()?;
        let now = moment.now();
        let Some(until) = self.until(Kind::Link, ticket, now).await? else { return Ok(None) };
        // Never one that the browser brought: whoever planted that has nothing of this one.
        let session = moment.entropy().token();
        let spent =
            Mark { key: self.key(Kind::Link, ticket), at: now.into(), keep_until: until.plus(SESSION) };
        let writes = Writes {
            spend: vec![spent],
            put: vec![self.put(Kind::Session, &session, now.plus(SESSION))],
            revoke: before.map(|before| family(&self.key(Kind::Session, before))).into_iter().collect(),
        };
        Ok(match self.store.store().commit(writes).await? {
            Outcome::Applied => Some(session),
            Outcome::Lost(_) => None,
        })
    }

    /// Whether a session goes on.
    pub(super) async fn is_open(&self, session: &Secret) -> Result<bool, AdminError> {
        let now = self.clock.moment()?.now();
        Ok(self.until(Kind::Session, session, now).await?.is_some())
    }

    /// Ends a session.
    pub(super) async fn leave(&self, session: &Secret) -> Result<(), AdminError> {
        let revoke = vec![family(&self.key(Kind::Session, session))];
        Ok(self.store.store().commit(Writes { revoke, ..Writes::default() }).await.map(drop)?)
    }

    /// Whether a form of this session is sent for the first time: of two at once, one is.
    pub(super) async fn is_first(&self, session: &Secret, form: &str) -> Result<bool, AdminError> {
        let now = self.clock.moment()?.now();
        let session = session.expose().as_bytes();
        let id = Digest::of_parts(&[b"operator's form", self.token.as_bytes(), session, form.as_bytes()]);
        let key = Key::new(self.store.tenant(), Table::Setting, id);
        // No form outlives its session.
        let spend = vec![Mark { key, at: now.into(), keep_until: now.plus(SESSION) }];
        let outcome = self.store.store().commit(Writes { spend, ..Writes::default() }).await?;
        Ok(outcome == Outcome::Applied)
    }

    /// When it ends; `None` when it has, or never was.
    async fn until(
        &self,
        kind: Kind,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, AdminError> {
        let row = self.store.store().load(&[self.key(kind, secret)]).await?.pop().flatten();
        let Some(row) = row.filter(|row| !row.revoked && row.spent.is_none()) else { return Ok(None) };
        let Record::Own(own) = row.record else { return Ok(None) };
        let until = own.value.as_u64().map(Timestamp::from_unix);
        let until = until.ok_or_else(|| StoreError::Corrupt("a link or session without an end".into()))?;
        Ok((now < until).then_some(until))
    }

    fn put(&self, kind: Kind, secret: &Secret, until: Timestamp) -> Put {
        let key = self.key(kind, secret);
        let own = Own { subject: None, value: until.as_unix().into(), secret: None };
        let families = [Some(family(&key)), None];
        Put { key, record: Record::Own(Arc::new(own)), keep_until: Some(until), families }
    }

    fn key(&self, kind: Kind, secret: &Secret) -> Key {
        let (table, name): (_, &[u8]) = match kind {
            Kind::Link => (Table::Setting, b"operator's link"),
            Kind::Session => (Table::Login, b"operator's session"),
        };
        let id = Digest::of_parts(&[name, self.token.as_bytes(), secret.expose().as_bytes()]);
        Key::new(self.store.tenant(), table, id)
    }
}

/// The family of one follows from its key, so that it can be ended unread.
fn family(key: &Key) -> Family {
    Family::of(&Digest::of_parts(&[b"operator", key.id.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use oauth_clock::ManualClock;
    use oauth_store::MemoryStore;

    use super::*;

    fn door() -> (Door, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
        (Door::new(store, clock.clone(), Digest::of("token")), clock)
    }

    #[tokio::test]
    async fn a_link_opens_one_session_and_neither_is_the_other() {
        let (door, _) = door();
        let ticket = door.link().await.unwrap();
        assert!(!door.is_open(&ticket).await.unwrap());
        let session = door.enter(&ticket, None).await.unwrap().unwrap();
        assert!(door.is_open(&session).await.unwrap());
        assert_eq!(door.enter(&ticket, None).await.unwrap(), None);
        assert_eq!(door.enter(&session, None).await.unwrap(), None);
        door.leave(&session).await.unwrap();
        assert!(!door.is_open(&session).await.unwrap());
    }

    #[tokio::test]
    async fn links_and_sessions_end_by_themselves() {
        let (door, clock) = door();
        let (used, late) = (door.link().await.unwrap(), door.link().await.unwrap());
        let session = door.enter(&used, None).await.unwrap().unwrap();
        clock.advance(LINK);
        assert_eq!(door.enter(&late, None).await.unwrap(), None);
        clock.advance(SESSION - LINK - Duration::from_secs(1));
        assert!(door.is_open(&session).await.unwrap());
        clock.advance(Duration::from_secs(1));
        assert!(!door.is_open(&session).await.unwrap());
    }

    #[tokio::test]
    async fn another_token_of_the_operator_closes_what_the_one_before_opened() {
        let (door, _) = door();
        let (ticket, used) = (door.link().await.unwrap(), door.link().await.unwrap());
        let session = door.enter(&used, None).await.unwrap().unwrap();
        let other = Door { token: Digest::of("another token"), ..door };
        assert_eq!(other.enter(&ticket, None).await.unwrap(), None);
        assert!(!other.is_open(&session).await.unwrap());
    }
}
