//! Zoom.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{Answers, Basic, Dialect, Profile, Refresh, Requests, fact::seen};

/// Zoom.
pub static ZOOM: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://zoom.us/oauth/revoke"),
    authentication: texts(&["client_secret_basic", "none"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        requests: Requests { basic: Basic::Raw, ..Requests::default() },
        answers: Answers { error_description: texts(&["reason"]), ..Answers::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen("addresses", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen(
            "Basic with both as they are; revocation as in RFC 7009; PKCE; answers",
            "https://developers.qodex.ai/zoom-public/get-started-fast-with-zoom-apis/f/api-authorization-authentication-legacy-applications-oauth-app-oauth-2-0-with-pkce",
        ),
        seen(
            "refresh tokens are used once",
            "https://documentation.sailpoint.com/connectors/saas/zoom/help/saas_connectivity/zoom/grant_type_refresh_token.html",
        ),
        seen("a captured refusal, with `reason`", "https://github.com/raycast/extensions/issues/10896"),
    ],
    ..Profile::new(
        "Zoom",
        "https://zoom.us",
        "https://zoom.us/oauth/authorize",
        "https://zoom.us/oauth/token",
    )
});
