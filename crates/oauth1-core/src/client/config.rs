//! What a client is configured with, checked once.

use std::sync::Arc;

use oauth_sansio::Secret;
use serde::{Deserialize, Serialize};

use super::Provider;
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
    /// Takes credentials from a provider of OAuth 1.0 without the a, which does not confirm the callback and sends no
    /// verifier.
    ///
    /// **Do not set this for a provider that people log in at.** Nothing then ties the person who allows access to the
    /// person who asked for it: somebody begins a dance, sends the link of it to a victim, and after the victim has
    /// agreed finishes the dance with the victim's photos in the own account (session fixation, OAuth Security Advisory
    /// 2009.1). That is what the a was made for; no care of the client's can mend it.
    pub dangerously_accept_oauth_1_0: bool,
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
    /// A `GET` has no form to carry the parameters (RFC 5849 section 3.5.2).
    #[error("credential requests are to be GET requests with a form")]
    FormInGet,
    /// A parameter of the provider's own has a name that belongs to the protocol (RFC 5849 section 3.2).
    #[error("an extra parameter has a name that begins with oauth_")]
    ProtocolParameter,
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
            dangerously_accept_oauth_1_0: false,
            allow_insecure_loopback: false,
        }
    }

    /// For a provider that has no dance and hands out credentials by other means: requests are signed, no credentials
    /// are asked for.
    pub fn signing_only(consumer_key: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self::new(consumer_key, secret, Provider::without_a_dance())
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.provider.check(|origin| self.is_private(origin))?;
        if self.consumer_key.is_empty() {
            return Err(ConfigError::ConsumerKey);
        }
        self.method.prepare(&Key::shared(&self.secret, None))?;
        Ok(())
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
