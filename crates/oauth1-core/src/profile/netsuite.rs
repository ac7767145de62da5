//! NetSuite, token-based authentication.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// NetSuite, token-based authentication. The site is the account as it stands in the host name, as in `1234567-sb1`;
/// most tokens are handed out by hand, and then there is no dance.
pub const NETSUITE: Profile = Profile {
    dance: Some(Dance::new(
        "https://{site}.restlets.api.netsuite.com/rest/requesttoken",
        "https://{site}.app.netsuite.com/app/login/secure/authorizetoken.nl",
        "https://{site}.restlets.api.netsuite.com/rest/accesstoken",
    )),
    realm: Some(realm),
    ..Profile::new("NetSuite", &[Signing::HmacSha256], FACTS)
};

/// The account as it stands in the `realm`.
fn realm(account: &str) -> String {
    account.to_ascii_uppercase().replace('-', "_")
}

const FACTS: &[Fact] = &[
    seen(
        "addresses, POST with a header, HMAC-SHA256 alone",
        "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_156338994830.html",
    ),
    seen(
        "the `realm` is the account, and required",
        "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_156537025868.html",
    ),
    seen(
        "`state` may go with the address where people decide; who refuses comes back with an empty verifier",
        "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_156536698849.html",
    ),
    memory("the callback is confirmed, and tells `company`, `role` and `entity`"),
];
