//! Providers as data: where their endpoints are and how they want to be spoken to.
//!
//! A [`Profile`] is a constant; [`config`](Profile::config) makes the configuration of a [client](crate::client) of it.
//! Providers change, and nobody tells: each profile therefore carries [`Fact`]s that say where a thing was read, or
//! that it was written down [from memory](Source::Memory) and never confirmed. `docs/oauth1.md` has them all in one
//! table.
//!
//! ```
//! use oauth1_core::{client::Client, profile};
//!
//! let client = Client::new(profile::TUMBLR.config("consumer key", "consumer secret")?)?;
//! assert_eq!(client.config().provider.token.as_str(), "https://www.tumblr.com/oauth/access_token");
//!
//! // Some providers are at many addresses.
//! let config = profile::NETSUITE.config_at("1234567-sb1", "consumer key", "consumer secret")?;
//! assert_eq!(config.provider.realm.as_deref(), Some("1234567_SB1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dance;
mod discogs;
mod etsy_v2;
mod fact;
mod flickr;
mod garmin;
mod here;
mod lti_1_1;
mod magento_1;
mod magento_2;
mod mastercard;
mod media_wiki;
mod netsuite;
mod signing;
mod trello;
mod tumblr;
mod woo_commerce;
mod x;
mod zotero;

use std::sync::Arc;

use oauth_sansio::Secret;

pub use dance::Dance;
pub use discogs::DISCOGS;
pub use etsy_v2::ETSY_V2;
pub use fact::{Fact, Source};
pub use flickr::FLICKR;
pub use garmin::GARMIN;
pub use here::{HERE, HERE_TOKEN};
pub use lti_1_1::LTI_1_1;
pub use magento_1::MAGENTO_1;
pub use magento_2::MAGENTO_2;
pub use mastercard::MASTERCARD;
pub use media_wiki::MEDIA_WIKI;
pub use netsuite::NETSUITE;
pub use signing::Signing;
pub use trello::TRELLO;
pub use tumblr::TUMBLR;
pub use woo_commerce::WOO_COMMERCE;
pub use x::X;
pub use zotero::ZOTERO;

use crate::{
    client::{BodyHashing, Config, Placement, Provider},
    signature::SignatureMethod,
};

/// All of them.
pub const ALL: [&Profile; 16] = [
    &X,
    &TUMBLR,
    &DISCOGS,
    &FLICKR,
    &TRELLO,
    &NETSUITE,
    &MASTERCARD,
    &GARMIN,
    &ETSY_V2,
    &MEDIA_WIKI,
    &MAGENTO_1,
    &MAGENTO_2,
    &WOO_COMMERCE,
    &ZOTERO,
    &HERE,
    &LTI_1_1,
];

/// What is known of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// What it is called.
    pub name: &'static str,
    /// How credentials are obtained; `None` where they are handed out by other means and requests are only signed.
    pub dance: Option<Dance>,
    /// The signature methods it takes, the usual one first.
    pub methods: &'static [Signing],
    /// Where the protocol parameters of API requests travel.
    pub placement: Placement,
    /// Whether it wants bodies that are no forms covered.
    pub body_hash: BodyHashing,
    /// The `realm` that it wants, made from the name of the site.
    pub realm: Option<fn(&str) -> String>,
    /// What this was taken from, and what else is worth knowing.
    pub facts: &'static [Fact],
}

/// Why a profile makes no configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The provider is at many addresses, and none, or one that is no name of a host, was given.
    #[error("the profile needs the name of a site")]
    Site,
    /// The provider takes signatures with a private key only; see [`Profile::config_signed_by`].
    #[error("the profile needs a signature method with a private key")]
    NeedsKey,
}

impl Profile {
    /// A provider that only has to be told how it signs, for the constants.
    const fn new(name: &'static str, methods: &'static [Signing], facts: &'static [Fact]) -> Self {
        let (placement, body_hash) = (Placement::Header, BodyHashing::Never);
        Self { name, dance: None, methods, placement, body_hash, realm: None, facts }
    }

    /// The configuration of an application at a provider that is at one address.
    ///
    /// # Errors
    /// When the provider is at many, or takes no shared secret.
    pub fn config(
        &self,
        consumer_key: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Config, ProfileError> {
        self.config_signed_by(self.method()?, None, consumer_key, secret)
    }

    /// The same for a provider that is at many addresses: the host of a shop or a wiki, an account.
    ///
    /// # Errors
    /// When the provider takes no shared secret, or the site is no name.
    pub fn config_at(
        &self,
        site: &str,
        consumer_key: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Config, ProfileError> {
        self.config_signed_by(self.method()?, Some(site), consumer_key, secret)
    }

    /// The same, with another signature method than the usual one, or with one that has a private key.
    ///
    /// # Errors
    /// When the site is no name, or is wanted and not given.
    pub fn config_signed_by(
        &self,
        method: Arc<dyn SignatureMethod>,
        site: Option<&str>,
        consumer_key: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Config, ProfileError> {
        let provider = match &self.dance {
            Some(dance) => dance.at(site)?,
            None => Provider::without_a_dance(),
        };
        let realm = self.realm.map(|realm| site.map(realm).ok_or(ProfileError::Site)).transpose()?;
        let config = Config::new(consumer_key, secret, Provider { realm, ..provider });
        Ok(Config { method, body_hash: self.body_hash, ..config })
    }

    /// The usual signature method, where it works with the shared secrets.
    fn method(&self) -> Result<Arc<dyn SignatureMethod>, ProfileError> {
        self.methods.first().and_then(|method| method.shared()).ok_or(ProfileError::NeedsKey)
    }
}
