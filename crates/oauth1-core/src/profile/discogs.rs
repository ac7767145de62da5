//! Discogs.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Discogs: every request needs a `User-Agent` of its own.
pub const DISCOGS: Profile = Profile {
    dance: Some(Dance::new(
        "https://api.discogs.com/oauth/request_token",
        "https://www.discogs.com/oauth/authorize",
        "https://api.discogs.com/oauth/access_token",
    )),
    ..Profile::new("Discogs", &[Signing::HmacSha1, Signing::Plaintext], FACTS)
};

const FACTS: &[Fact] = &[
    seen("addresses; HMAC-SHA1 is taken", "https://github.com/jesseward/discogs-oauth-example"),
    seen("PLAINTEXT, and a `User-Agent` that is wanted", "https://nango.dev/docs/api-integrations/discogs"),
    seen("the answer tells nothing else", "https://docs.rs/discogs-rs/0.1.0/src/discogs_rs/oauth.rs.html"),
    seen(
        "a captured request with PLAINTEXT, whose `&` is not encoded",
        "https://holtstrom.com/michael/blog/post/518/Discogs-OAuth-Authorization-Headers.html",
    ),
    seen(
        "a captured answer, which confirms the callback",
        "https://github.com/nextauthjs/next-auth/issues/5706",
    ),
    seen("a captured refusal", "https://github.com/discogs/discogs_client/issues/104"),
    memory("its own documentation asks for temporary credentials by GET; POST is taken as well"),
    memory("who refuses comes back with `denied`"),
];
