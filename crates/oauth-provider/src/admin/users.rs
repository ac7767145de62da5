//! People who may log in, and the keys that their tokens are signed with.

use oauth_sansio::{Digest, Secret};
use oauth_store::{Key, Table};

use super::{Admin, AdminError};
use crate::{KeyState, StoredKeys, StoredUser, StoredUsers};

/// A user who was added or has another password, and the password where it was drawn here.
#[derive(Clone, Debug)]
pub struct AddedUser {
    /// The user.
    pub user: StoredUser,
    /// The password that nobody is told again; none where the operator chose it.
    pub drawn: Option<Secret>,
}

impl Admin {
    /// Adds a user, with a password that is drawn unless one is given.
    ///
    /// # Errors
    /// [`AdminError::User`] when name or password will not do, [`AdminError::Taken`], or those of the store.
    pub async fn add_user(&self, name: &str, password: Option<Secret>) -> Result<AddedUser, AdminError> {
        let (password, drawn) = self.password(password)?;
        Ok(AddedUser { user: self.stored_users()?.add(name, &password).await?, drawn })
    }

    /// Gives a user another password, and ends all logins.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], [`AdminError::User`], or those of the store.
    pub async fn set_password(&self, name: &str, password: Option<Secret>) -> Result<AddedUser, AdminError> {
        let (password, drawn) = self.password(password)?;
        self.stored_users()?.set_password(name, &password).await?;
        Ok(AddedUser { user: self.user(name).await?, drawn })
    }

    /// One user.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn user(&self, name: &str) -> Result<StoredUser, AdminError> {
        self.stored_users()?.find(name).await?.ok_or(AdminError::NotFound)
    }

    /// At most `most` users behind `after`, and what the next page begins behind.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_users(
        &self,
        after: Option<Digest>,
        most: usize,
    ) -> Result<(Vec<StoredUser>, Option<Digest>), AdminError> {
        let after = after.map(|id| Key::new(self.store.tenant(), Table::User, id));
        let page = self.stored_users()?.list(after, most).await?;
        Ok((page.users, page.next.map(|key| key.id)))
    }

    /// Lets a user in no more, or again. What was ended stays ended.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn enable_user(&self, name: &str, enabled: bool) -> Result<(), AdminError> {
        let users = self.stored_users()?;
        match enabled {
            true => users.enable(name).await?,
            false => users.disable(name).await?,
        }
        Ok(())
    }

    /// Ends all logins of a user, who may log in again. What was granted stays.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn sign_out_user(&self, name: &str) -> Result<(), AdminError> {
        Ok(self.stored_users()?.sign_out(name).await?)
    }

    /// Removes a user, with all logins and grants.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn remove_user(&self, name: &str) -> Result<(), AdminError> {
        Ok(self.stored_users()?.remove(name).await?)
    }

    /// The keys that tokens are signed with, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_keys(&self) -> Result<Vec<KeyState>, AdminError> {
        Ok(self.stored_keys()?.states().await?)
    }

    /// Makes the next key before it is due.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn rotate_keys(&self) -> Result<Vec<KeyState>, AdminError> {
        self.stored_keys()?.rotate().await?;
        self.list_keys().await
    }

    /// Revokes a key; the processes drop it within a minute.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], or those of the store.
    pub async fn revoke_key(&self, key_id: &str) -> Result<(), AdminError> {
        match self.stored_keys()?.revoke(key_id).await? {
            true => Ok(()),
            false => Err(AdminError::NotFound),
        }
    }

    pub(super) fn stored_users(&self) -> Result<&StoredUsers, AdminError> {
        self.users.as_deref().ok_or(AdminError::NotFound)
    }

    fn stored_keys(&self) -> Result<&StoredKeys, AdminError> {
        self.keys.as_deref().ok_or(AdminError::NotFound)
    }

    fn password(&self, given: Option<Secret>) -> Result<(Secret, Option<Secret>), AdminError> {
        if let Some(given) = given {
            return Ok((given, None));
        }
        let drawn = self.clock.moment()?.entropy().text();
        Ok((drawn.clone(), Some(drawn)))
    }
}
