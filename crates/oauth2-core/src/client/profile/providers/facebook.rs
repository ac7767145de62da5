//! Facebook.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Authorization, Dialect, Profile, Refresh,
    fact::{memory, seen},
};

/// Facebook. There are no refresh tokens: the grant `fb_exchange_token` makes a token live longer.
pub static FACEBOOK: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_post"]),
    refresh: Refresh::None,
    dialect: Dialect {
        authorization: Authorization { scope_separator: ',', ..Authorization::default() },
        answers: Answers {
            form: true,
            missing_token_type: some("Bearer"),
            error: texts(&["error.error_subcode", "error.code", "error.type"]),
            error_codes: pairs(&[("36009", "invalid_grant"), ("101", "invalid_client")]),
            error_description: texts(&["error.message"]),
            ..Answers::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "errors: `error.message`, `error.type`, `error.code`; 101 for an unknown client, 100 for a bad code; of old, a form with `expires`",
            "https://stackoverflow.com/questions/14575477/facebook-exchange-code-for-token",
        ),
        seen(
            "the dialog and its parameters",
            "https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow",
        ),
        seen(
            "addresses, there with a version",
            "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go",
        ),
        seen(
            "a captured refusal: 100 also for a code that was used",
            "https://github.com/laravel/socialite/issues/385",
        ),
        memory(
            "without a version in the address the oldest one counts that the application may use; POST is taken",
        ),
        memory(
            "subcode 36009 for a code that was used; a token may come without a type; scopes with commas; PKCE is checked",
        ),
    ],
    ..Profile::new(
        "Facebook",
        "https://www.facebook.com",
        "https://www.facebook.com/dialog/oauth",
        "https://graph.facebook.com/oauth/access_token",
    )
});
