//! X, once Twitter.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// X, once Twitter: `x_auth_access_type` may go with the first request, `force_login` and `screen_name` with the
/// address where people decide.
pub const X: Profile = Profile {
    dance: Some(Dance {
        revocation: Some("https://api.x.com/1.1/oauth/invalidate_token"),
        ..Dance::new(
            "https://api.x.com/oauth/request_token",
            "https://api.x.com/oauth/authorize",
            "https://api.x.com/oauth/access_token",
        )
    }),
    ..Profile::new("X", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "POST with a header, HMAC-SHA1; the callback is confirmed",
        "https://developer.x.com/en/docs/authentication/api-reference/request_token",
    ),
    seen(
        "addresses; the answer tells `user_id` and `screen_name`",
        "https://docs.x.com/fundamentals/authentication/api-reference",
    ),
    memory("tokens do not expire"),
    memory("who refuses comes back with `denied`"),
    memory("the path of the revocation"),
];
