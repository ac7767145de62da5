//! WooCommerce.

use super::{
    Fact, Profile, Signing,
    fact::{memory, seen},
};
use crate::client::Placement;

/// WooCommerce, where a shop has no TLS: keys are made in the shop, and requests are signed in the query. Over TLS it
/// takes the keys by Basic authentication.
///
/// It sorts by names that are not encoded and folds names that come twice; names of letters and digits are safe.
pub const WOO_COMMERCE: Profile = Profile {
    placement: Placement::Query,
    ..Profile::new("WooCommerce", &[Signing::HmacSha256, Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "query, header and form; HMAC-SHA1 and HMAC-SHA256; fifteen minutes; how it sorts",
        "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-rest-authentication.php",
    ),
    memory("keys begin with `ck_` and secrets with `cs_`"),
];
