//! X.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{
    Authorization, Basic, Dialect, Offline, Profile, Refresh, Requests,
    fact::{memory, seen},
};

/// X, once Twitter.
pub static X: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://api.x.com/2/oauth2/revoke"),
    authentication: texts(&["client_secret_basic", "none"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization {
            offline: Offline { parameters: Vec::new(), scope: some("offline.access") },
            ..Authorization::default()
        },
        requests: Requests { basic: Basic::Raw, ..Requests::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "PKCE is required; Basic with both as they are; `offline.access`",
            "https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token.md",
        ),
        seen(
            "a captured refusal: a bad code is told as `invalid_request`",
            "https://github.com/plhery/node-twitter-api-v2/issues/496",
        ),
        memory("addresses; refresh tokens are used once; revocation is answered with `revoked`"),
    ],
    ..Profile::new(
        "X",
        "https://x.com",
        "https://x.com/i/oauth2/authorize",
        "https://api.x.com/2/oauth2/token",
    )
});
