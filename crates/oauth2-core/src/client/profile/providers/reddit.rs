//! Reddit.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Authorization, Basic, Dialect, Offline, Pkce, Profile, Requests,
    fact::{memory, seen},
};

/// Reddit. It wants a `User-Agent` that names the application:
/// `REDDIT.with_header("user-agent", "linux:org.example.printer:v1 (by /u/somebody)")`.
pub static REDDIT: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://www.reddit.com/api/v1/revoke_token"),
    authentication: texts(&["client_secret_basic"]),
    dialect: Dialect {
        authorization: Authorization {
            pkce: Pkce::Ignored,
            offline: Offline { parameters: pairs(&[("duration", "permanent")]), scope: None },
            ..Authorization::default()
        },
        requests: Requests {
            basic: Basic::Raw,
            wanted_headers: texts(&["user-agent"]),
            ..Requests::default()
        },
        answers: Answers {
            scope_separators: " ,".into(),
            error_with_success: true,
            error_codes: pairs(&[("401", "invalid_client")]),
            error_description: texts(&["error_description", "message"]),
            revoked_with_any_success: true,
            ..Answers::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "where people decide; `duration=permanent` for refresh tokens; answers",
            "https://github.com/reddit-archive/reddit/wiki/OAuth2",
        ),
        seen(
            "a captured refusal without a description",
            "https://github.com/dessalines/reddit-history/issues/11",
        ),
        seen(
            "a token was revoked with 204, and with 200 since 2021; each refresh brings another refresh token",
            "https://github.com/praw-dev/prawcore/pull/115",
        ),
        memory(
            "token address; Basic with both as they are; a refusal may come with status 200; an unknown client is told `error` as the number 401",
        ),
        memory("scopes may come with commas; a `User-Agent` that is common is slowed down; no PKCE"),
    ],
    ..Profile::new(
        "Reddit",
        "https://www.reddit.com",
        "https://www.reddit.com/api/v1/authorize",
        "https://www.reddit.com/api/v1/access_token",
    )
});
