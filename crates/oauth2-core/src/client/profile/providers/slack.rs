//! Slack.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Authorization, Dialect, Pkce, Profile, Refresh,
    fact::{memory, seen},
};

/// Slack, for the token of a bot. That of a person is in `Tokens::extra`, under `authed_user`; its scopes go into the extra
/// parameter `user_scope`.
pub static SLACK: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_basic", "client_secret_post"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization {
            scope_separator: ',',
            pkce: Pkce::NotSent,
            ..Authorization::default()
        },
        answers: Answers {
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
            "Basic, forms; an answer with both tokens, types `bot` and `user`, scopes with commas",
            "https://api.slack.com/methods/oauth.v2.access",
        ),
        seen(
            "errors: `bad_client_secret`, `bad_redirect_uri`, `invalid_client_id`, `invalid_code`",
            "https://hexdocs.pm/slack/Slack.Web.Oauth.html",
        ),
        seen("`ok: false` with an error", "https://github.com/krishamoud/meteor-slack-api/issues/7"),
        seen("`code_already_used`", "https://github.com/kmrshntr/omniauth-slack/issues/54"),
        seen(
            "PKCE must be switched on, which makes the client a public one for ever",
            "https://docs.slack.dev/changelog/2026/03/30/pkce",
        ),
        seen("where people decide", "https://docs.slack.dev/authentication/installing-with-oauth"),
        memory(
            "asked scopes with commas; errors come with status 200; `invalid_refresh_token`; where tokens rotate, refresh tokens are used once; a token is revoked by a call of the API that carries it",
        ),
    ],
    ..Profile::new(
        "Slack",
        "https://slack.com",
        "https://slack.com/oauth/v2/authorize",
        "https://slack.com/api/oauth.v2.access",
    )
});

/// What its errors mean.
pub(super) const CODES: &[(&str, &str)] = &[
    ("invalid_code", "invalid_grant"),
    ("code_already_used", "invalid_grant"),
    ("invalid_refresh_token", "invalid_grant"),
    ("bad_client_secret", "invalid_client"),
    ("invalid_client_id", "invalid_client"),
    ("bad_redirect_uri", "invalid_request"),
];
