//! Fitbit.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{
    Answers, Basic, Dialect, Profile, Refresh, Requests,
    fact::{memory, seen},
};

/// Fitbit.
pub static FITBIT: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://api.fitbit.com/oauth2/revoke"),
    authentication: texts(&["client_secret_basic", "none"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        requests: Requests { basic: Basic::Raw, ..Requests::default() },
        answers: Answers {
            error: texts(&["errors.0.errorType"]),
            error_description: Vec::new(),
            ..Answers::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "Basic with both as they are; PKCE; answers",
            "https://dev.fitbit.com/build/reference/web-api/authorization/oauth2-token/",
        ),
        seen(
            "a refresh brings another refresh token",
            "https://dev.fitbit.com/build/reference/web-api/authorization/refresh-token",
        ),
        seen("addresses", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen(
            "errors are a list `errors`",
            "https://docs.ayon.dev/ayon-jira/latest/autoapi/server/vendor/requests_oauthlib/compliance_fixes/fitbit.html",
        ),
        seen(
            "members of errors: `errorType` and `message`",
            "https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling",
        ),
        seen(
            "`message` repeats the refresh token, so it is not read",
            "https://github.com/lukasolson/fitbit-node/issues/14",
        ),
        memory("the revocation address; introspection wants a token of the person"),
    ],
    ..Profile::new(
        "Fitbit",
        "https://www.fitbit.com",
        "https://www.fitbit.com/oauth2/authorize",
        "https://api.fitbit.com/oauth2/token",
    )
});
