//! Flickr.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};
use crate::client::{CredentialMethod, Placement};

/// Flickr: `perms` (`read`, `write` or `delete`) goes with the address where people decide.
pub const FLICKR: Profile = Profile {
    dance: Some(Dance {
        method: CredentialMethod::Get,
        placement: Placement::Query,
        ..Dance::new(
            "https://www.flickr.com/services/oauth/request_token",
            "https://www.flickr.com/services/oauth/authorize",
            "https://www.flickr.com/services/oauth/access_token",
        )
    }),
    ..Profile::new("Flickr", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen("GET with a query, HMAC-SHA1 alone", "https://www.flickr.com/services/api/auth.oauth.html"),
    seen("addresses; `perms`; POST with a header is taken as well", "https://github.com/simov/grant"),
    seen(
        "the answer tells `user_nsid`, `username`, `fullname`; a refusal tells `oauth_problem`",
        "https://docs.rs/flickr-api/0.2.2/src/flickr_api/oauth.rs.html",
    ),
    memory("a code out of band is nine digits in three groups"),
];
