//! Zotero.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Zotero: `name`, `library_access`, `notes_access`, `write_access`, `all_groups` and `identity` go with the address
/// where people decide. Requests are not signed afterwards: the token's secret is the key to its API.
pub const ZOTERO: Profile = Profile {
    dance: Some(Dance::new(
        "https://www.zotero.org/oauth/request",
        "https://www.zotero.org/oauth/authorize",
        "https://www.zotero.org/oauth/access",
    )),
    ..Profile::new("Zotero", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "addresses; what goes with the authorization; requests are not signed; `userID` and `username`",
        "https://www.zotero.org/support/dev/web_api/v2/oauth",
    ),
    seen("POST, HMAC-SHA1", "https://mintlify.wiki/zotero/zotero-connectors/core/zotero-web-api"),
    seen(
        "answers as a client tests them: the callback is confirmed",
        "https://github.com/python-social-auth/social-core/blob/4ac5d36ac468398b93d24eabe1ca1ac65c7d9a37/social_core/tests/backends/test_zotero.py",
    ),
    memory("token and secret have one value; it goes into the header `Zotero-API-Key`"),
];
