//! Secrets are sealed anew, so that an older sealing key can go.

use oauth_store::{Key, Resealed};

use super::{Admin, AdminError};

/// How many rows are looked at for one command: few enough that it is answered soon.
const BITE: usize = 256;

impl Admin {
    /// Seals some rows of this issuer with the current key, behind `after`, while others read and write.
    ///
    /// # Errors
    /// [`AdminError::NotFound`] when `after` is no place of this issuer, [`AdminError::Unfit`] where nothing is sealed; those of
    /// the store.
    pub async fn reseal(&self, after: Option<Key>) -> Result<Resealed, AdminError> {
        let sealed = self.sealed.as_ref().ok_or(AdminError::Unfit("nothing is sealed here"))?;
        let tenant = self.store.tenant();
        if after.is_some_and(|after| after.tenant != tenant) {
            return Err(AdminError::NotFound);
        }
        Ok(sealed.reseal(tenant, after, BITE).await?)
    }
}
