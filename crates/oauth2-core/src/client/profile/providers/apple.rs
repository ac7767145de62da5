//! Apple.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Authorization, Dialect, Pkce, Profile, RedirectUris, Refresh,
    fact::{memory, seen},
};

/// Sign in with Apple. The client authenticates with a [`SignedSecret`](super::super::SignedSecret). Responses are posted:
/// hand the body to [`callback_query`](crate::client::Pending::callback_query).
pub static APPLE: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://appleid.apple.com/auth/revoke"),
    authentication: texts(&["client_secret_post"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization {
            pkce: Pkce::Ignored,
            parameters: pairs(&[("response_mode", "form_post")]),
            redirect_uri: RedirectUris::HttpsDomain,
            error_codes: pairs(&[("user_cancelled_authorize", "access_denied")]),
            ..Authorization::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "token address; the secret in the body; redirect URIs: `https`, a domain, no address and no `localhost`",
            "https://developer.apple.com/documentation/sign_in_with_apple/generate_and_validate_tokens",
        ),
        seen(
            "where people decide; the secret is a JWT: ES256 with `kid`, `iss` the team, `sub` the client, `aud` the issuer, five minutes",
            "https://github.com/pilcrowonpaper/arctic/blob/main/src/providers/apple.ts",
        ),
        seen(
            "a secret lives at most 15777000 seconds",
            "https://npmjs.com/package/apple-client-secret-generator",
        ),
        seen(
            "an answer, and `invalid_client`",
            "https://newbedev.com/how-to-verify-code-from-sign-in-with-apple",
        ),
        seen(
            "who refuses comes back with `user_cancelled_authorize`",
            "https://github.com/nhosoya/omniauth-apple/issues/23",
        ),
        seen(
            "with the scopes `name` or `email` the response must be posted",
            "https://github.com/SocialiteProviders/Providers/pull/405",
        ),
        memory("PKCE is not looked at; the revocation address; refresh tokens stay"),
    ],
    ..Profile::new(
        "Apple",
        "https://appleid.apple.com",
        "https://appleid.apple.com/auth/authorize",
        "https://appleid.apple.com/auth/token",
    )
});
