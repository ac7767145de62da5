//! Magento 1.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Magento 1. The site is the address of the shop without `https://`. Administrators decide at
/// `/admin/oauth_authorize`.
pub const MAGENTO_1: Profile = Profile {
    dance: Some(Dance::new(
        "https://{site}/oauth/initiate",
        "https://{site}/oauth/authorize",
        "https://{site}/oauth/token",
    )),
    ..Profile::new("Magento 1", &[Signing::HmacSha1, Signing::RsaSha1, Signing::Plaintext], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "addresses; the verifier travels in the header",
        "https://github.com/thephpleague/oauth1-client/blob/master/src/Client/Server/Magento.php",
    ),
    seen(
        "POST; HMAC-SHA1, RSA-SHA1 and PLAINTEXT; `oauth_problem`",
        "https://ajuda.mageshop.com.br/api/magento1-rest-authentication",
    ),
    seen("the callback is confirmed", "https://gist.github.com/hiephm/8a5300b89f13e65d83f4"),
    memory("who refuses comes back with `rejected`"),
];
