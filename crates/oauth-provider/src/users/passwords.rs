//! Hashing passwords, away from the threads that serve, and never many at once.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Argon2, Params};
use oauth_clock::Clock;
use oauth_sansio::Secret;
use tokio::sync::Semaphore;

use super::{AddUserError, Unavailable, username};

/// Argon2id (RFC 9106; 19 MiB, two passes, one lane). No more passwords are hashed at once than there are processors, so that
/// a flood of logins costs time and not memory.
pub(crate) struct Passwords {
    /// What an unknown name is compared with: the hash of a password that nobody knows.
    dummy: PasswordHash,
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new(clock: &dyn Clock) -> Result<Self, AddUserError> {
        let dummy = hash(&clock.moment()?.entropy().text(), clock.moment()?.entropy().bytes())?;
        let turns = available_parallelism().map_or(1, usize::from);
        Ok(Self { dummy, turns: Arc::new(Semaphore::new(turns)) })
    }

    /// Whether a password is the known one; never when none is known, after the same work.
    pub(crate) async fn matches(
        &self,
        known: Option<PasswordHash>,
        password: &Secret,
    ) -> Result<bool, Unavailable> {
        let (is_known, hash) = (known.is_some(), known.unwrap_or_else(|| self.dummy.clone()));
        let password = password.clone();
        let verified = self
            .in_turn(move || {
                let typed = username::prepared_password(password.expose());
                let bytes = typed.as_deref().unwrap_or(password.expose()).as_bytes();
                Argon2::default().verify_password(bytes, &hash)
            })
            .await?;
        match verified {
            Ok(()) => Ok(is_known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Unavailable::new(error)),
        }
    }

    /// The hash of a password, with a salt of its own.
    pub(crate) async fn hash(
        &self,
        password: &Secret,
        clock: &dyn Clock,
    ) -> Result<PasswordHash, AddUserError> {
        let (password, salt) = (password.clone(), clock.moment()?.entropy().bytes());
        let hashed = self.in_turn(move || hash(&password, salt)).await;
        hashed.map_err(|error| AddUserError::Hash(error.into()))?
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Unavailable::new)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(Unavailable::new)
    }
}

/// The hash of a password, in its one form. Takes the tens of milliseconds that it takes.
pub(crate) fn hash(password: &Secret, salt: [u8; 16]) -> Result<PasswordHash, AddUserError> {
    let typed = username::prepared_password(password.expose()).ok_or(AddUserError::Password)?;
    let hash = Argon2::default().hash_password_with_salt(typed.as_bytes(), &salt);
    hash.map_err(|error| AddUserError::Hash(error.into()))
}

/// Whether a hash was made with less work than one is made with today.
pub(crate) fn is_outgrown(hash: &PasswordHash) -> bool {
    let today = Params::default();
    Params::try_from(hash).is_ok_and(|then| {
        (then.m_cost(), then.t_cost(), then.p_cost()) != (today.m_cost(), today.t_cost(), today.p_cost())
    })
}
