//! Salesforce.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{
    Authorization, Dialect, Offline, Profile, Refresh, SiteKind,
    fact::{memory, seen},
};

/// Salesforce; the site is the host of a login: `login.salesforce.com`, `test.salesforce.com`, or one of a company. The
/// address of its APIs is in `Tokens::extra`, as `instance_url`.
pub static SALESFORCE: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://{site}/services/oauth2/revoke"),
    introspection_endpoint: some("https://{site}/services/oauth2/introspect"),
    site: Some(SiteKind::Host),
    usual_site: some("login.salesforce.com"),
    authentication: texts(&["client_secret_post", "client_secret_basic", "none"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization {
            offline: Offline { parameters: Vec::new(), scope: some("refresh_token") },
            ..Authorization::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "addresses; PKCE; Basic",
            "https://github.com/pilcrowonpaper/arctic/blob/main/src/providers/salesforce.ts",
        ),
        seen(
            "the secret in the body; an answer without an end, `issued_at` in milliseconds as a text",
            "https://cloudsfdc.com/refresh-token-flow",
        ),
        seen(
            "revocation as in RFC 7009; 400 with `invalid_token`, `unsupported_token_type`",
            "https://developer.salesforce.com/docs/platform/mobile-sdk/guide/oauth-revoking-tokens.html",
        ),
        seen(
            "`invalid_grant`: expired access/refresh token",
            "https://github.com/restforce/restforce/issues/81",
        ),
        memory("the scope `refresh_token`; rotation may be switched on; the introspection address"),
    ],
    ..Profile::new(
        "Salesforce",
        "https://{site}",
        "https://{site}/services/oauth2/authorize",
        "https://{site}/services/oauth2/token",
    )
});
