//! Twitch.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Api, Authorization, Dialect, Pkce, Profile,
    fact::{memory, seen},
};

/// Twitch. Its APIs want the client identifier beside the token:
/// [`authorize_api`](crate::client::Client::authorize_api) puts it there.
pub static TWITCH: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://id.twitch.tv/oauth2/revoke"),
    device_authorization_endpoint: some("https://id.twitch.tv/oauth2/device"),
    authentication: texts(&["client_secret_post", "none"]),
    dialect: Dialect {
        authorization: Authorization { pkce: Pkce::Ignored, ..Authorization::default() },
        answers: Answers {
            scope_list: true,
            error: texts(&["message"]),
            error_codes: pairs(&[
                ("Invalid refresh token", "invalid_grant"),
                ("Invalid authorization code", "invalid_grant"),
                ("invalid client", "invalid_client"),
                ("invalid client secret", "invalid_client"),
            ]),
            error_description: texts(&["message"]),
            ..Answers::default()
        },
        api: Api { headers: pairs(&[("client-id", "{client_id}")]), ..Api::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "the secret in the body; `scope` as a text in an example; refresh tokens may change",
            "https://dev.twitch.tv/docs/authentication/refresh-tokens",
        ),
        seen(
            "an answer with `scope` as a list",
            "https://hexdocs.pm/hello_twitch_api/TwitchAPI.AuthClient.html",
        ),
        seen("`scope` is a list", "https://github.com/dart-lang/tools/issues/370"),
        seen("address of the revocation", "https://docs.rs/twitch_oauth2/^0.6.1"),
        seen(
            "errors: `status` and `message`; `Invalid refresh token`; public clients, devices",
            "https://github.com/twitchdev/issues/issues/1037",
        ),
        seen("a failure with 500", "https://github.com/twitchdev/issues/issues/200"),
        memory("the other messages; PKCE is not looked at; `Client-Id` at APIs"),
    ],
    ..Profile::new(
        "Twitch",
        "https://id.twitch.tv/oauth2",
        "https://id.twitch.tv/oauth2/authorize",
        "https://id.twitch.tv/oauth2/token",
    )
});
