//! Garmin Connect.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Garmin Connect. Older installations confirm no callback and take it with the address where people decide: then the
/// client must be told to accept OAuth 1.0.
pub const GARMIN: Profile = Profile {
    dance: Some(Dance::new(
        "https://connectapi.garmin.com/oauth-service/oauth/request_token",
        "https://connect.garmin.com/oauthConfirm",
        "https://connectapi.garmin.com/oauth-service/oauth/access_token",
    )),
    ..Profile::new("Garmin", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen("addresses, POST with a header, HMAC-SHA1", "https://github.com/scribejava/scribejava"),
    seen(
        "`oauth_callback` goes with the address where people decide",
        "https://mintlify.com/yocxy2/open-wearables/api/oauth/authorize",
    ),
    memory("the callback is not confirmed by older installations"),
    memory("who refuses comes back with the verifier `NULL`"),
];
