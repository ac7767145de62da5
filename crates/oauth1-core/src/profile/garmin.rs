//! Garmin Connect.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Garmin Connect. It confirms no callback and takes it with the address where people decide: the client
/// must be told to accept OAuth 1.0.
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
    seen(
        "a request and its signature",
        "https://github.com/simonpetersen/third-party-integration/blob/aecdf9f1726c84f79f7d845be053ac25b0fc8c76/src/test/kotlin/dtu/openhealth/integration/shared/util/security/SignatureCalculatorTest.kt",
    ),
    seen("the installation for tests", "https://gist.github.com/kalley/bf8888c924ab5571d4b9"),
    seen(
        "OAuth 1 ends with the year 2026",
        "https://github.com/RADAR-base/RADAR-Rest-Source-Auth/issues/313",
    ),
    memory("the callback is not confirmed; who refuses comes back with the verifier `NULL`"),
];
