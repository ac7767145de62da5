//! LinkedIn.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Authorization, Dialect, Pkce, Profile, Refresh,
    fact::{memory, seen},
};

/// LinkedIn, for applications with a secret.
pub static LINKEDIN: LazyLock<Profile> = LazyLock::new(|| Profile {
    introspection_endpoint: some("https://www.linkedin.com/oauth/v2/introspectToken"),
    authentication: texts(&["client_secret_post"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization {
            pkce: Pkce::NotSent,
            error_codes: pairs(&[
                ("user_cancelled_login", "access_denied"),
                ("user_cancelled_authorize", "access_denied"),
            ]),
            ..Authorization::default()
        },
        answers: Answers {
            missing_token_type: some("Bearer"),
            scope_separators: " ,".into(),
            ..Answers::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen("addresses", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen(
            "the way of the code",
            "https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow",
        ),
        seen(
            "an answer without `token_type`; refresh tokens stay, for approved partners",
            "https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens",
        ),
        seen("`token_type` is missing", "https://github.com/panva/openid-client/issues/826"),
        seen(
            "the secret in the body; a `code_verifier` beside it is refused with `invalid_client`",
            "https://github.com/UsefulSoftwareCo/executor/issues/2087",
        ),
        seen(
            "introspection with the secret in the body; scopes there with commas",
            "https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection",
        ),
        seen("a captured refusal", "https://github.com/d3xt3r2909/linkedin_login/issues/77"),
        seen(
            "who refuses comes back with `user_cancelled_login` or `user_cancelled_authorize`",
            "https://pub.dev/documentation/flutter_linkedin_api/latest/data_model_auth_error_response/LinkedInAuthErrorType.html",
        ),
        memory("granted scopes may come with commas"),
    ],
    ..Profile::new(
        "LinkedIn",
        "https://www.linkedin.com/oauth",
        "https://www.linkedin.com/oauth/v2/authorization",
        "https://www.linkedin.com/oauth/v2/accessToken",
    )
});
