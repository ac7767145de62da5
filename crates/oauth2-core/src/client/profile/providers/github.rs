//! GitHub.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Api, Dialect, ExpiryUnit, Profile, Refresh,
    fact::{memory, seen},
};

/// GitHub, for OAuth apps and for GitHub Apps.
pub static GITHUB: LazyLock<Profile> = LazyLock::new(|| Profile {
    device_authorization_endpoint: some("https://github.com/login/device/code"),
    authentication: texts(&["client_secret_post", "client_secret_basic"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        answers: Answers {
            expiry_unit: ExpiryUnit::SecondsOrText,
            scope_separators: ", ".into(),
            error_with_success: true,
            error_codes: pairs(&[
                ("bad_verification_code", "invalid_grant"),
                ("bad_refresh_token", "invalid_grant"),
                ("incorrect_client_credentials", "invalid_client"),
            ]),
            ..Answers::default()
        },
        api: Api { headers: pairs(&[("accept", "application/vnd.github+json")]), ..Api::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen("addresses", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen(
            "errors: `bad_verification_code`, `incorrect_client_credentials`; the form of answers follows `Accept`",
            "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/",
        ),
        seen("errors come with status 200", "https://github.com/orgs/octokit/discussions/23"),
        seen(
            "tokens of GitHub Apps: `expires_in` as a text, `scope` empty",
            "https://docs.github.com/en/developers/apps/building-github-apps/refreshing-user-to-server-access-tokens",
        ),
        seen("PKCE is checked since 2025", "https://github.com/better-auth/better-auth/pull/6276"),
        memory(
            "granted scopes have commas between them, asked ones spaces; `bad_refresh_token`; refresh tokens of GitHub Apps are used once; Basic is taken as well",
        ),
        memory(
            "revocation is DELETE on `/applications/{client_id}/token`, which is none of RFC 7009; APIs want a `User-Agent`",
        ),
    ],
    ..Profile::new(
        "GitHub",
        "https://github.com",
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
    )
});
