//! Users in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use async_trait::async_trait;
use oauth_clock::{Clock as _, NoEntropy, SystemClock};
use oauth_sansio::Secret;
use tokio::sync::Semaphore;

use super::{MAX_PASSWORD, MAX_USERNAME, Unavailable, User, Users};

/// Users in memory, their passwords hashed with Argon2id (RFC 9106; 19 MiB, two passes, one lane).
///
/// The name is the subject. No more passwords are hashed at once than there are processors, so that a flood of logins
/// costs time and not memory.
pub struct MemoryUsers {
    users: HashMap<String, PasswordHash>,
    /// What an unknown name is compared with: the hash of a password that nobody knows.
    dummy: PasswordHash,
    turns: Arc<Semaphore>,
}

/// Why a user cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AddUserError {
    /// The name is empty or longer than [`MAX_USERNAME`].
    #[error("the user name must have 1 to {MAX_USERNAME} bytes")]
    Username,
    /// The password is empty or longer than [`MAX_PASSWORD`].
    #[error("the password must have 1 to {MAX_PASSWORD} bytes")]
    Password,
    /// The name is taken.
    #[error("there is a user of this name")]
    Taken,
    /// No salt can be had.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The password cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl MemoryUsers {
    /// Nobody yet.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new() -> Result<Self, AddUserError> {
        let dummy = hash(&SystemClock.moment()?.entropy().text())?;
        let turns = available_parallelism().map_or(1, usize::from);
        Ok(Self { users: HashMap::new(), dummy, turns: Arc::new(Semaphore::new(turns)) })
    }

    /// Adds a user. Takes the tens of milliseconds that the hash takes.
    ///
    /// # Errors
    /// On a name or password that is empty or too long, on a name that is taken.
    pub fn add(&mut self, username: &str, password: &Secret) -> Result<(), AddUserError> {
        if username.is_empty() || username.len() > MAX_USERNAME {
            return Err(AddUserError::Username);
        }
        if password.is_empty() || password.expose().len() > MAX_PASSWORD {
            return Err(AddUserError::Password);
        }
        if self.users.contains_key(username) {
            return Err(AddUserError::Taken);
        }
        self.users.insert(username.to_owned(), hash(password)?);
        Ok(())
    }
}

#[async_trait]
impl Users for MemoryUsers {
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable> {
        let known = self.users.get_key_value(username);
        let hash = known.map_or(&self.dummy, |(_, hash)| hash).clone();
        let password = password.clone();
        let turn = self.turns.clone().acquire_owned().await.map_err(Unavailable::new)?;
        let matches = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            Argon2::default().verify_password(password.expose().as_bytes(), &hash)
        });
        match matches.await.map_err(Unavailable::new)? {
            Ok(()) => Ok(known.map(|(name, _)| User { subject: name.clone(), name: name.clone() })),
            Err(password_hash::Error::PasswordInvalid) => Ok(None),
            Err(error) => Err(Unavailable::new(error)),
        }
    }
}

/// The number of users, and none of them.
impl std::fmt::Debug for MemoryUsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryUsers").field("users", &self.users.len()).finish_non_exhaustive()
    }
}

fn hash(password: &Secret) -> Result<PasswordHash, AddUserError> {
    let salt: [u8; 16] = SystemClock.moment()?.entropy().bytes();
    let hash = Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt);
    hash.map_err(|error| AddUserError::Hash(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> MemoryUsers {
        let mut users = MemoryUsers::new().unwrap();
        users.add("alice", &Secret::new("wonderland")).unwrap();
        users
    }

    #[tokio::test]
    async fn only_name_and_password_together_are_a_user() {
        let users = users();
        let verify = async |name: &str, password: &str| {
            users.verify(name, &Secret::new(password)).await.unwrap().map(|user| user.subject)
        };
        assert_eq!(verify("alice", "wonderland").await.as_deref(), Some("alice"));
        for (name, password) in
            [("alice", "Wonderland"), ("alice", ""), ("Alice", "wonderland"), ("", "wonderland"), ("bob", "")]
        {
            assert_eq!(verify(name, password).await, None, "{name} {password}");
        }
    }

    #[test]
    fn passwords_are_stored_as_argon2id_each_with_its_own_salt() {
        let mut users = users();
        users.add("bob", &Secret::new("wonderland")).unwrap();
        let [alice, bob] = ["alice", "bob"].map(|name| users.users[name].to_string());
        assert!(alice.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{alice}");
        assert_ne!(alice, bob);
        assert_eq!(users.dummy.params, users.users["alice"].params);
        assert_eq!(format!("{users:?}"), "MemoryUsers { users: 2, .. }");
    }

    #[test]
    fn names_and_passwords_have_bounds_and_names_are_given_once() {
        let mut users = users();
        let mut add = |name: &str, password: &str| users.add(name, &Secret::new(password));
        assert!(matches!(add("", "x"), Err(AddUserError::Username)));
        assert!(matches!(add(&"a".repeat(MAX_USERNAME + 1), "x"), Err(AddUserError::Username)));
        assert!(matches!(add("bob", ""), Err(AddUserError::Password)));
        assert!(matches!(add("bob", &"x".repeat(MAX_PASSWORD + 1)), Err(AddUserError::Password)));
        assert!(matches!(add("alice", "mine now"), Err(AddUserError::Taken)));
    }
}
