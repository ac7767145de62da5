//! Discord.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{
    Authorization, Dialect, Profile, Refresh,
    fact::{memory, seen},
};

/// Discord.
pub static DISCORD: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://discord.com/api/oauth2/token/revoke"),
    authentication: texts(&["client_secret_basic", "client_secret_post", "none"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization { iss: true, ..Authorization::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "addresses, ways of authentication, S256, `iss` in responses",
            "https://discord.com/.well-known/oauth-authorization-server",
        ),
        seen(
            "an answer",
            "https://github.com/discord/discord-api-docs/blob/c32e556df53be0a2b29cb0e29c3367617a33bebb/docs/topics/OAuth2.md",
        ),
        seen(
            "a captured refusal: its description has quotation marks",
            "https://github.com/discord/discord-api-docs/issues/5579",
        ),
        memory("refresh tokens are used once"),
    ],
    ..Profile::new(
        "Discord",
        "https://discord.com",
        "https://discord.com/oauth2/authorize",
        "https://discord.com/api/oauth2/token",
    )
});
