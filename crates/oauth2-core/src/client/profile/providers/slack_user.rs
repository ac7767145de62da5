//! Slack, for people.

use std::sync::LazyLock;

use super::{pairs, slack::CODES, some, texts};
use crate::client::profile::{
    Answers, Authorization, Dialect, Pkce, Profile, Refresh,
    fact::{memory, seen},
};

/// Slack, for the token of a person: scopes go into `user_scope`, and the token comes out of `authed_user`. That of a bot,
/// where one comes as well, is dropped. The answer to a refresh has the token at the top.
pub static SLACK_USER: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_basic", "client_secret_post"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization {
            scope_parameter: "user_scope".into(),
            scope_separator: ',',
            pkce: Pkce::NotSent,
            ..Authorization::default()
        },
        answers: Answers {
            access_token: "authed_user.access_token".into(),
            token_type: "authed_user.token_type".into(),
            refresh_token: "authed_user.refresh_token".into(),
            expiry: "authed_user.expires_in".into(),
            scope: "authed_user.scope".into(),
            refreshed_at_top: true,
            bearer_types: texts(&["bot", "user"]),
            scope_separators: ",".into(),
            success_flag: some("ok"),
            error_with_success: true,
            error_codes: pairs(CODES),
            ..Answers::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "an answer with `authed_user`: `access_token`, `token_type`, `scope`",
            "https://api.slack.com/methods/oauth.v2.access",
        ),
        seen(
            "the answer to a refresh has the token of the person at the top",
            "https://docs.slack.dev/tools/node-slack-sdk/reference/oauth/interfaces/OAuthV2TokenRefreshResponse",
        ),
        memory("`user_scope`"),
    ],
    ..Profile::new(
        "Slack, for people",
        "https://slack.com",
        "https://slack.com/oauth/v2/authorize",
        "https://slack.com/api/oauth.v2.access",
    )
});
