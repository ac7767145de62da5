//! Users in memory.

use std::collections::HashMap;

use argon2::password_hash::phc::PasswordHash;
use async_trait::async_trait;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::Secret;

use super::passwords::{Passwords, hash};
use super::{AddUserError, MAX_PASSWORD, MAX_USERNAME, Unavailable, User, Users};

/// Users in memory, their passwords hashed with Argon2id (RFC 9106; 19 MiB, two passes, one lane).
///
/// The name is the subject, byte for byte.
pub struct MemoryUsers {
    users: HashMap<String, PasswordHash>,
    passwords: Passwords,
}

impl MemoryUsers {
    /// Nobody yet.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new() -> Result<Self, AddUserError> {
        Ok(Self { users: HashMap::new(), passwords: Passwords::new(&SystemClock)? })
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
        let hash = hash(password, SystemClock.moment()?.entropy().bytes())?;
        self.users.insert(username.to_owned(), hash);
        Ok(())
    }
}

#[async_trait]
impl Users for MemoryUsers {
    async fn verify(&self, username: &str, password: &Secret) -> Result<Option<User>, Unavailable> {
        let known = self.users.get(username).cloned();
        let matches = self.passwords.matches(known, password).await?;
        Ok(matches.then(|| User::new(username, username)))
    }
}

/// The number of users, and none of them.
impl std::fmt::Debug for MemoryUsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryUsers").field("users", &self.users.len()).finish_non_exhaustive()
    }
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
