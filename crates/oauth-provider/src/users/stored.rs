//! Users in the store, shared by all processes of a provider.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{ARGON2ID_IDENT, Params};
use async_trait::async_trait;
use oauth_clock::Clock;
use oauth_sansio::{Digest, Family, Moment, Outcome, Secret, Timestamp, base64url};
use oauth_store::{IssuerStore, Key, Mark, Own, Owner, Put, Record, Row, StoreError, Table, Writes};
use serde::{Deserialize, Serialize};

use super::passwords::{Passwords, is_outgrown};
use super::{
    AddUserError, ChangePassword, MAX_PASSWORD, MAX_USERNAME, MIN_PASSWORD, Unavailable, User, Users,
    username::prepared,
};
use crate::{Grants, Whose, sessions};

/// The dearest hash that is taken in: KiB of memory, passes, lanes.
const MAX_MEMORY: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

/// How long it is known that a change was made, and that a name was somebody's: longer than any request takes.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Users in the store: a row for each, under the digest of the name in its one form (RFC 8265 section 3.3), its password hashed
/// with Argon2id (RFC 9106; 19 MiB, two passes, one lane).
///
/// What tells people apart is a random subject that nobody else ever gets, so a name can be given to somebody else.
///
/// ```
/// use std::sync::Arc;
/// use oauth_clock::SystemClock;
/// use oauth_provider::{StoredUsers, Users as _};
/// use oauth_sansio::Secret;
/// use oauth_store::{IssuerStore, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
/// let users = StoredUsers::new(store, Arc::new(SystemClock))?;
/// let password = Secret::new("correct horse battery staple");
/// let added = users.add("Alice", &password).await?;
/// let user = users.verify("alice", &password).await?.ok_or("nobody")?;
/// assert_eq!((user.subject, user.name.as_str()), (added.subject, "alice"));
/// # Ok(()) }
/// ```
pub struct StoredUsers {
    store: IssuerStore,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
}

/// A user, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredUser {
    /// What grants are made in the name of.
    pub subject: String,
    /// The name, in its one form.
    pub name: String,
    /// When the user was added.
    pub created: Timestamp,
    /// The user may not log in.
    pub disabled: bool,
}

/// A user on the way to another provider, with the hash of the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedUser {
    /// What grants are made in the name of.
    pub subject: String,
    /// The name.
    pub name: String,
    /// When the user was added.
    pub created: Timestamp,
    /// The user may not log in.
    pub disabled: bool,
    /// Argon2id in the PHC string format.
    #[serde(with = "oauth_sansio::secret::exposed")]
    pub password_hash: Secret,
}

/// Some users, and where the next ones begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPage {
    /// In no order that means anything.
    pub users: Vec<StoredUser>,
    /// What to pass for the next page; `None` when this is the last.
    pub next: Option<Key>,
}

/// What is kept of a user beside subject and hash.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    name: String,
    created: Timestamp,
    #[serde(default)]
    disabled: bool,
    /// What the password opened: it ends with it.
    proof: Family,
    /// Counts the changes, so that of two at once one is lost.
    version: u64,
}

/// A user's row.
struct Known {
    subject: String,
    kept: Kept,
    hash: Option<Secret>,
    removed: bool,
}

impl StoredUsers {
    /// The users of an issuer.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(store: IssuerStore, clock: Arc<dyn Clock>) -> Result<Self, AddUserError> {
        let passwords = Passwords::new(&*clock)?;
        Ok(Self { store, clock, passwords })
    }

    /// Adds a user.
    ///
    /// # Errors
    /// On a name or password that will not do, on a name that is taken, and those of the store.
    pub async fn add(&self, name: &str, password: &Secret) -> Result<StoredUser, AddUserError> {
        let (name, key) = self.named(name)?;
        let before = self.load(key).await?;
        if before.as_ref().is_some_and(|known| !known.removed) {
            return Err(AddUserError::Taken);
        }
        let hash = self.hash(password).await?;
        let moment = self.clock.moment()?;
        let (now, mut entropy) = (moment.now(), moment.entropy());
        let kept = Kept {
            name,
            created: now,
            disabled: false,
            proof: Family::from_bytes(entropy.bytes()),
            version: before.map_or(0, |known| known.kept.version.wrapping_add(1)),
        };
        let subject = base64url::encode(&entropy.bytes::<16>());
        let known = Known { subject, kept, hash: Some(hash), removed: false };
        match self.write(key, &known, None, now).await {
            Err(AddUserError::Busy) => Err(AddUserError::Taken),
            written => written.map(|()| known.told()),
        }
    }

    /// Gives a user another password, and ends all logins by the old one.
    ///
    /// # Errors
    /// On a name that nobody has, a password that will not do, and those of the store.
    pub async fn set_password(&self, name: &str, password: &Secret) -> Result<User, AddUserError> {
        let (key, known) = self.known(name).await?;
        self.replace_password(key, known, password).await
    }

    /// Lets nobody in by this name until it is enabled again: ends all logins, and all that applications were allowed.
    ///
    /// # Errors
    /// On a name that nobody has, and those of the store.
    pub async fn disable(&self, name: &str) -> Result<(), AddUserError> {
        let (key, mut known) = self.known(name).await?;
        known.kept.disabled = true;
        let user = self.renew(key, known).await?;
        Grants::new(self.store.clone()).revoke_all(Whose::Subject(&user.subject)).await?;
        Ok(())
    }

    /// Lets the user log in again, by the same password. What was ended stays ended.
    ///
    /// # Errors
    /// On a name that nobody has, and those of the store.
    pub async fn enable(&self, name: &str) -> Result<(), AddUserError> {
        let (key, mut known) = self.known(name).await?;
        known.kept.disabled = false;
        self.renew(key, known).await.map(drop)
    }

    /// Ends all logins of a user, who may log in again by the same password.
    ///
    /// # Errors
    /// On a name that nobody has, and those of the store.
    pub async fn sign_out(&self, name: &str) -> Result<(), AddUserError> {
        let (key, known) = self.known(name).await?;
        self.renew(key, known).await.map(drop)
    }

    /// Removes a user, all logins, and all that applications were allowed. The name is free again, the subject never is.
    ///
    /// # Errors
    /// On a name that nobody has, and those of the store.
    pub async fn remove(&self, name: &str) -> Result<(), AddUserError> {
        let (key, mut known) = self.known(name).await?;
        known.kept.version = known.kept.version.wrapping_add(1);
        known.hash = None;
        known.removed = true;
        let proof = known.kept.proof;
        self.write(key, &known, Some(proof), self.clock.moment()?.now()).await?;
        Grants::new(self.store.clone()).revoke_all(Whose::Subject(&known.subject)).await?;
        Ok(())
    }

    /// The user of this name, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find(&self, name: &str) -> Result<Option<StoredUser>, StoreError> {
        let Ok((_, key)) = self.named(name) else { return Ok(None) };
        Ok(self.load(key).await?.filter(|known| !known.removed).map(|known| known.told()))
    }

    /// At most `most` users, behind `after`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(&self, after: Option<Key>, most: usize) -> Result<UserPage, StoreError> {
        let owner = Owner::Table(self.store.tenant(), Table::User);
        let page = self.store.store().list(owner, after, most).await?;
        let mut users = Vec::with_capacity(page.rows.len());
        for (_, row) in page.rows {
            users.extend(Known::of(row)?.filter(|known| !known.removed).map(|known| known.told()));
        }
        Ok(UserPage { users, next: page.next })
    }

    /// At most `most` users behind `after` as they are moved, and where the next ones begin.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn export(
        &self,
        after: Option<Key>,
        most: usize,
    ) -> Result<(Vec<MovedUser>, Option<Key>), StoreError> {
        let owner = Owner::Table(self.store.tenant(), Table::User);
        let page = self.store.store().list(owner, after, most).await?;
        let mut users = Vec::with_capacity(page.rows.len());
        for (_, row) in page.rows {
            users.extend(Known::of(row)?.filter(|known| !known.removed).and_then(Known::moved));
        }
        Ok((users, page.next))
    }

    /// Takes in a user of another provider, who keeps password and subject.
    ///
    /// # Errors
    /// On a name that is taken, on what is no name, subject or hash, and those of the store.
    pub async fn import(&self, user: MovedUser) -> Result<StoredUser, AddUserError> {
        let MovedUser { subject, name, created, disabled, password_hash } = user;
        let (name, key) = self.named(&name)?;
        let is_subject = (1..=MAX_USERNAME).contains(&subject.len()) && !subject.contains(char::is_control);
        let is_hash = PasswordHash::new(password_hash.expose()).is_ok_and(|hash| is_argon2id(&hash));
        if !is_subject || !is_hash {
            return Err(AddUserError::Moved);
        }
        let before = self.load(key).await?;
        if before.as_ref().is_some_and(|known| !known.removed) {
            return Err(AddUserError::Taken);
        }
        let moment = self.clock.moment()?;
        let now = moment.now();
        let proof = Family::from_bytes(moment.entropy().bytes());
        let version = before.map_or(0, |known| known.kept.version.wrapping_add(1));
        let kept = Kept { name, created, disabled, proof, version };
        let known = Known { subject, kept, hash: Some(password_hash), removed: false };
        match self.write(key, &known, None, now).await {
            Err(AddUserError::Busy) => Err(AddUserError::Taken),
            written => written.map(|()| known.told()),
        }
    }

    async fn replace_password(
        &self,
        key: Key,
        known: Known,
        password: &Secret,
    ) -> Result<User, AddUserError> {
        let hash = self.hash(password).await?;
        self.renew(key, Known { hash: Some(hash), ..known }).await
    }

    /// The same user by another proof; what the one before opened is over.
    async fn renew(&self, key: Key, mut known: Known) -> Result<User, AddUserError> {
        let moment: Moment = self.clock.moment()?;
        let now = moment.now();
        let before = known.kept.proof;
        known.kept.proof = Family::from_bytes(moment.entropy().bytes());
        known.kept.version = known.kept.version.wrapping_add(1);
        self.write(key, &known, Some(before), now).await?;
        Ok(known.user())
    }

    /// Writes a row, unless somebody was faster, and ends a proof.
    async fn write(
        &self,
        key: Key,
        known: &Known,
        over: Option<Family>,
        now: Timestamp,
    ) -> Result<(), AddUserError> {
        let Known { subject, kept, hash, removed } = known;
        let version = kept.version.to_be_bytes();
        let change = Key { id: Digest::of_parts(&[b"change", key.id.as_bytes(), &version]), ..key };
        let value = serde_json::to_value(kept).map_err(|error| StoreError::Corrupt(error.into()))?;
        let own = Own { subject: Some(subject.clone()), value, secret: hash.clone() };
        let row = Put {
            key,
            record: Record::Own(Arc::new(own)),
            keep_until: removed.then(|| now.plus(REMEMBERED)),
            families: [Some(kept.proof), None],
        };
        let trace = over.map(|proof| sessions::ended(&self.store, subject, proof, now));
        let writes = Writes {
            spend: vec![Mark { key: change, at: now.into(), keep_until: now.plus(sessions::LIFETIME) }],
            put: [row].into_iter().chain(trace).collect(),
            revoke: over.into_iter().collect(),
        };
        match self.store.store().commit(writes).await? {
            Outcome::Applied => Ok(()),
            Outcome::Lost(_) => Err(AddUserError::Busy),
        }
    }

    /// Keeps a hash of today's cost in the place of an older one. Nobody waits for it to work.
    async fn rehash(&self, key: Key, known: &Known, password: &Secret) -> Result<(), AddUserError> {
        let hash = self.passwords.hash(password, &*self.clock).await?;
        let mut kept = known.kept.clone();
        kept.version = kept.version.wrapping_add(1);
        let hash = Some(hash.to_string().into());
        let known = Known { subject: known.subject.clone(), kept, hash, removed: false };
        self.write(key, &known, None, self.clock.moment()?.now()).await
    }

    async fn hash(&self, password: &Secret) -> Result<Secret, AddUserError> {
        let text = password.expose();
        if text.chars().count() < MIN_PASSWORD || text.len() > MAX_PASSWORD {
            return Err(AddUserError::Password);
        }
        let hash = self.passwords.hash(password, &*self.clock).await?;
        Ok(hash.to_string().into())
    }

    async fn known(&self, name: &str) -> Result<(Key, Known), AddUserError> {
        let (_, key) = self.named(name).map_err(|_| AddUserError::Unknown)?;
        let known = self.load(key).await?.filter(|known| !known.removed);
        Ok((key, known.ok_or(AddUserError::Unknown)?))
    }

    async fn load(&self, key: Key) -> Result<Option<Known>, StoreError> {
        let row = self.store.store().load(&[key]).await?.pop().flatten();
        row.map(Known::of).transpose().map(Option::flatten)
    }

    fn named(&self, name: &str) -> Result<(String, Key), AddUserError> {
        let name = prepared(name).ok_or(AddUserError::Username)?;
        let key = Key::new(self.store.tenant(), Table::User, Digest::of_parts(&[b"user", name.as_bytes()]));
        Ok((name, key))
    }
}

impl Known {
    /// `None` for a row that is no user's.
    fn of(row: Row) -> Result<Option<Self>, StoreError> {
        let Record::Own(own) = row.record else { return Ok(None) };
        let Some(subject) = own.subject.clone() else { return Ok(None) };
        let kept = Kept::deserialize(&own.value).map_err(|error| StoreError::Corrupt(error.into()))?;
        Ok(Some(Self { subject, kept, hash: own.secret.clone(), removed: row.revoked }))
    }

    fn user(&self) -> User {
        User { proof: Some(self.kept.proof), ..User::new(self.subject.clone(), self.kept.name.clone()) }
    }

    fn told(&self) -> StoredUser {
        let Kept { name, created, disabled, .. } = self.kept.clone();
        StoredUser { subject: self.subject.clone(), name, created, disabled }
    }

    fn moved(self) -> Option<MovedUser> {
        let Kept { name, created, disabled, .. } = self.kept;
        Some(MovedUser { subject: self.subject, name, created, disabled, password_hash: self.hash? })
    }

    fn hash(&self) -> Result<Option<PasswordHash>, Unavailable> {
        let hash = self.hash.as_ref().filter(|_| !self.removed && !self.kept.disabled);
        hash.map(|hash| PasswordHash::new(hash.expose()).map_err(Unavailable::new)).transpose()
    }
}

#[async_trait]
impl Users for StoredUsers {
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable> {
        let key = self.named(username).ok().map(|(_, key)| key);
        let known = match key {
            Some(key) => self.load(key).await?,
            None => None,
        };
        let hash = known.as_ref().map(Known::hash).transpose()?.flatten();
        let matches = self.passwords.matches(hash.clone(), password).await?;
        let (true, Some(key), Some(known), Some(hash)) = (matches, key, known, hash) else { return Ok(None) };
        if is_outgrown(&hash)
            && let Err(error) = self.rehash(key, &known, password).await
        {
            tracing::warn!(%error, "an old password hash stays");
        }
        Ok(Some(known.user()))
    }

    fn changes_passwords(&self) -> Option<&dyn ChangePassword> {
        Some(self)
    }
}

#[async_trait]
impl ChangePassword for StoredUsers {
    async fn set_password(&self, user: &User, password: &Secret) -> Result<Option<User>, Unavailable> {
        let (key, known) = self.known(&user.name).await.map_err(Unavailable::new)?;
        // The name may be somebody else's by now.
        if known.subject != user.subject {
            return Err(Unavailable::new(AddUserError::Unknown));
        }
        match self.replace_password(key, known, password).await {
            Ok(user) => Ok(Some(user)),
            Err(AddUserError::Password) => Ok(None),
            Err(error) => Err(Unavailable::new(error)),
        }
    }
}

/// Another function, or a cost that nobody should be made to pay, would be a password hash of one's own choice.
fn is_argon2id(hash: &PasswordHash) -> bool {
    let cheap_enough = Params::try_from(hash).is_ok_and(|params| {
        params.m_cost() <= MAX_MEMORY && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_LANES
    });
    hash.algorithm == ARGON2ID_IDENT && cheap_enough
}

/// None of the users.
impl std::fmt::Debug for StoredUsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredUsers").field("store", &self.store).finish_non_exhaustive()
    }
}
