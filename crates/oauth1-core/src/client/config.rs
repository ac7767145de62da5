//! What a client is configured with, checked once.

use std::sync::Arc;

use oauth_sansio::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::signature::{BodyHash, HmacSha1, Key, KeyError, Origin, SignatureMethod};

/// The configuration of a [`Client`](super::Client).
#[derive(Clone, Debug)]
pub struct Config {
    /// `oauth_consumer_key`: the identifier the provider gave to the application.
    pub consumer_key: String,
    /// The secret that goes with it.
    pub secret: Secret,
    /// The provider's endpoints.
    pub provider: Provider,
    /// How requests are signed. HMAC-SHA1 by default, which every provider knows (RFC 5849 section 3.4.2).
    pub method: Arc<dyn SignatureMethod>,
    /// Whether `oauth_body_hash` covers bodies that are no forms, and with which hash.
    pub body_hash: BodyHashing,
    /// Seconds to add to our clock where it is known to differ from the provider's; zero by default.
    pub clock_offset: i64,
    /// Lets endpoints and signed requests be plain `http` on a loopback host. For demonstrations and tests:
    /// everything goes over the wire readable.
    pub allow_insecure_loopback: bool,
}

/// Whether API requests carry `oauth_body_hash`, which signs what RFC 5849 section 3.4.1.3.1 leaves out. Credential
/// requests never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyHashing {
    /// Never, since a provider that does not know it may refuse it.
    #[default]
    Never,
    /// On every request that is no form, with the hash of the signature method; also where there is no body.
    OfMethod,
    /// The same, with SHA-1 whatever the method.
    Sha1,
}

/// The endpoints of a provider (RFC 5849 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Where temporary credentials are asked for.
    pub temporary: Url,
    /// Where people are sent to decide.
    pub authorization: Url,
    /// Where token credentials are asked for.
    pub token: Url,
    /// The `realm` to name in the `Authorization` header, if the provider wants one.
    pub realm: Option<String>,
}

/// Why a configuration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An endpoint is not `https` (RFC 5849 sections 2.1 and 2.3).
    #[error("an endpoint is not https")]
    Insecure,
    /// An endpoint is no URL that a request could go to.
    #[error("an endpoint is not an http or https URL")]
    Endpoint,
    /// The consumer key is empty.
    #[error("the consumer key is empty")]
    ConsumerKey,
    /// The signature method does not work with the key it was given.
    #[error("the signature method cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The realm has characters that a header cannot carry.
    #[error("the realm cannot be written into a header")]
    Realm,
}

impl Config {
    /// The defaults for an application that is registered with a provider.
    pub fn new(consumer_key: impl Into<String>, secret: impl Into<Secret>, provider: Provider) -> Self {
        Self {
            consumer_key: consumer_key.into(),
            secret: secret.into(),
            provider,
            method: Arc::new(HmacSha1),
            body_hash: BodyHashing::default(),
            clock_offset: 0,
            allow_insecure_loopback: false,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let Provider { temporary, authorization, token, realm } = &self.provider;
        for url in [temporary, authorization, token] {
            let origin = Origin::new(url).map_err(|_| ConfigError::Endpoint)?;
            // RFC 5849 sections 2.1 and 2.3: the answers carry secrets; section 2.2: the person logs in.
            if !self.is_private(&origin) {
                return Err(ConfigError::Insecure);
            }
        }
        if self.consumer_key.is_empty() {
            return Err(ConfigError::ConsumerKey);
        }
        self.method.prepare(&Key::shared(&self.secret, None))?;
        match realm {
            Some(realm) if !realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Err(ConfigError::Realm),
            _ => Ok(()),
        }
    }

    /// The hash of a body that is no form, if there is to be one.
    pub(super) fn hash(&self) -> Option<BodyHash> {
        match self.body_hash {
            BodyHashing::Never => None,
            BodyHashing::OfMethod => Some(self.method.body_hash()),
            BodyHashing::Sha1 => Some(BodyHash::Sha1),
        }
    }

    /// Whether what is sent there stays between the two ends.
    pub(super) fn is_private(&self, origin: &Origin) -> bool {
        origin.is_secure() || (self.allow_insecure_loopback && origin.is_loopback())
    }
}
