//! Google.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Authorization, Dialect, Offline, Profile, Refresh,
    fact::{memory, seen},
};

/// Google: `offline()` asks for `access_type=offline` with `prompt=consent`, without which a second consent brings no refresh
/// token.
pub static GOOGLE: LazyLock<Profile> = LazyLock::new(|| Profile {
    device_authorization_endpoint: some("https://oauth2.googleapis.com/device/code"),
    revocation_endpoint: some("https://oauth2.googleapis.com/revoke"),
    authentication: texts(&["client_secret_post", "client_secret_basic"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization {
            offline: Offline {
                parameters: pairs(&[("access_type", "offline"), ("prompt", "consent")]),
                scope: None,
            },
            ..Authorization::default()
        },
        answers: Answers { verification_uri: "verification_url".into(), ..Answers::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "`access_type=offline` for refresh tokens; answers",
            "https://developers.google.com/identity/protocols/oauth2/web-server",
        ),
        seen(
            "addresses; the secret in the body; PKCE",
            "https://github.com/pilcrowonpaper/arctic/blob/main/src/providers/google.ts",
        ),
        seen("address for devices", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen(
            "revocation is POST to `/revoke`",
            "https://docs.gitguardian.com/secrets-detection/secrets-detection-engine/detectors/specifics/google_oauth2_refresh_token",
        ),
        seen(
            "devices are told `verification_url`, and polls carry the secret",
            "https://github.com/cli/oauth/pull/24",
        ),
        seen(
            "responses carry `iss`, which the metadata does not announce",
            "https://github.com/openiddict/openiddict-core/issues/2428",
        ),
        memory(
            "`prompt=consent` for another refresh token; refresh tokens stay; Basic is taken as well; to revoke an unknown token is an error",
        ),
    ],
    ..Profile::new(
        "Google",
        "https://accounts.google.com",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
    )
});
