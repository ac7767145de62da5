//! Atlassian.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Authorization, Body, Dialect, Offline, Pkce, Profile, Refresh, Requests,
    fact::{memory, seen},
};

/// Atlassian, for Jira and Confluence (3LO).
pub static ATLASSIAN: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_post"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization {
            pkce: Pkce::Ignored,
            parameters: pairs(&[("audience", "api.atlassian.com"), ("prompt", "consent")]),
            offline: Offline { parameters: Vec::new(), scope: some("offline_access") },
            ..Authorization::default()
        },
        requests: Requests { body: Body::Json, ..Requests::default() },
        answers: Answers { missing_token_type: some("Bearer"), ..Answers::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "token address; JSON with the secret; `offline_access`; refresh tokens are used once; an answer without a type; 403 with `invalid_grant`",
            "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/",
        ),
        seen(
            "where people decide; `audience` and `prompt`",
            "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
        ),
        memory("PKCE is not documented; no revocation"),
    ],
    ..Profile::new(
        "Atlassian",
        "https://auth.atlassian.com",
        "https://auth.atlassian.com/authorize",
        "https://auth.atlassian.com/oauth/token",
    )
});
