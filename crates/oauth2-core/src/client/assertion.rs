//! Assertions by which a client authenticates (RFC 7523 sections 2.2 and 3).

use std::{fmt, sync::Arc};

use oauth_sansio::{Entropy, Secret, Timestamp, form};
use serde::Serialize;

use super::Error;
use crate::jose::{Algorithm, SignError, Signer, Unsigned};

/// What signs assertions, and requests: a private key, or the client secret where the server wants that
/// (`client_secret_jwt`).
#[derive(Clone)]
pub struct AssertionKey(Arc<dyn Signer + Send + Sync>);

/// Seconds that an assertion lives: long enough for a slow line and a clock that is a little off.
const LIFETIME: u64 = 60;

impl AssertionKey {
    /// A key that is here, or in a module that it never leaves.
    pub fn new(signer: Arc<dyn Signer + Send + Sync>) -> Self {
        Self(signer)
    }

    pub(super) fn method(&self) -> &'static str {
        match self.algorithm() {
            Algorithm::Hs256 => "client_secret_jwt",
            _ => "private_key_jwt",
        }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    /// Signs claims as a text of this type.
    pub(super) fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<Secret, Error> {
        let claims = serde_json::to_vec(claims).map_err(|_| SignError)?;
        let unsigned = Unsigned::new(&*self.0, Some(typ), &claims);
        let signature = self.0.sign(unsigned.input())?;
        Ok(Secret::new(unsigned.signed(&signature)))
    }

    /// Adds a new assertion to the body of a request.
    pub(super) fn append(
        &self,
        body: &mut String,
        client_id: &str,
        issuer: &str,
        now: Timestamp,
        entropy: &mut Entropy,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            iss: &'a str,
            sub: &'a str,
            /// The issuer, and nothing that metadata could say it is: a server that lies about its token endpoint would be
            /// given assertions for another one (rfc7523bis section 4).
            aud: &'a str,
            iat: u64,
            exp: u64,
            jti: &'a str,
        }
        let (issued, id) = (now.as_unix(), entropy.text());
        let claims = Body {
            iss: client_id,
            sub: client_id,
            aud: issuer,
            iat: issued,
            exp: issued.saturating_add(LIFETIME),
            jti: id.expose(),
        };
        let assertion = self.sign("client-authentication+jwt", &claims)?;
        form::append(body, "client_assertion_type", TYPE);
        form::append(body, "client_assertion", assertion.expose());
        Ok(())
    }
}

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Two are equal when they are one.
impl PartialEq for AssertionKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for AssertionKey {}

impl fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionKey").field("key_id", &self.0.key_id()).finish_non_exhaustive()
    }
}
