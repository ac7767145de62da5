//! Magento 2, Adobe Commerce.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Magento 2, Adobe Commerce. The site is the address of the shop without `https://`. Nobody is sent anywhere: the shop
/// tells the integration a verifier beforehand, and it goes with the second request of
/// [`credentials_without_a_person`](crate::client::Client::credentials_without_a_person).
pub const MAGENTO_2: Profile = Profile {
    dance: Some(Dance::new(
        "https://{site}/oauth/token/request",
        "https://{site}/",
        "https://{site}/oauth/token/access",
    )),
    ..Profile::new("Magento 2", &[Signing::HmacSha256, Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "the way without a person; tokens do not expire",
        "https://developer.adobe.com/commerce/webapi/get-started/authentication/gs-authentication-oauth",
    ),
    seen("no callback is confirmed", "https://github.com/magento/magento2/issues/19159"),
    seen("HMAC-SHA256 alone from 2.4.4 on", "https://github.com/magento/magento2/issues/35510"),
    seen(
        "both before",
        "https://github.com/magento/magento2/blob/0bd0482bf7c0619a2b65ae89e84cffb67694508a/lib/internal/Magento/Framework/Oauth/Oauth.php",
    ),
    memory("its own examples send no `oauth_callback`"),
];
