//! Client secrets that are signed texts, as Apple wants them.

use std::{fmt, sync::Arc};

use oauth_sansio::{Secret, Timestamp, form};
use serde::Serialize;

use crate::{
    client::Error,
    jose::{SignError, Signer, Unsigned},
};

/// What makes client secrets: a JWT for each request, in the parameter `client_secret`. It is no assertion of RFC 7523:
/// its issuer is the developer's team and not the client.
#[derive(Clone)]
pub struct SignedSecret {
    issuer: Arc<str>,
    signer: Arc<dyn Signer + Send + Sync>,
}

/// Seconds that a secret lives. Apple allows six months; one that is made for each request needs no more than this.
const LIFETIME: u64 = 300;

impl SignedSecret {
    /// With the issuer, which is the team, and the key. The key says its own name.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use oauth2_core::client::{ClientAuthentication, Config, profile::{self, SignedSecret}};
    /// use oauth2_core::jose::{Algorithm, LocalSigner};
    ///
    /// // In earnest: `LocalSigner::from_pem(text, Algorithm::Es256, "KEYID12345")`.
    /// let key = LocalSigner::generate(Algorithm::Es256, "KEYID12345")?;
    /// let mut config = Config::new(profile::APPLE.server()?, "com.example.service");
    /// config.authentication = ClientAuthentication::SignedSecret(SignedSecret::new("TEAMID1234", Arc::new(key)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(issuer: impl Into<Arc<str>>, signer: Arc<dyn Signer + Send + Sync>) -> Self {
        Self { issuer: issuer.into(), signer }
    }

    /// Adds a new secret to the body of a request.
    pub(in crate::client) fn append(
        &self,
        body: &mut String,
        client_id: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            iat: u64,
            exp: u64,
            aud: &'a str,
            sub: &'a str,
        }
        let iat = now.as_unix();
        let exp = iat.saturating_add(LIFETIME);
        let claims = Claims { iss: &self.issuer, iat, exp, aud: audience, sub: client_id };
        let claims = serde_json::to_vec(&claims).map_err(|_| SignError)?;
        let unsigned = Unsigned::new(&*self.signer, None, &claims);
        let signature = self.signer.sign(unsigned.input())?;
        form::append(body, "client_secret", Secret::new(unsigned.signed(&signature)).expose());
        Ok(())
    }
}

/// Two are equal when they have one key.
impl PartialEq for SignedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.issuer == other.issuer && Arc::ptr_eq(&self.signer, &other.signer)
    }
}

impl Eq for SignedSecret {}

impl fmt::Debug for SignedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedSecret").field("key_id", &self.signer.key_id()).finish_non_exhaustive()
    }
}
