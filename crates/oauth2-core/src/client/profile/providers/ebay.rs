//! eBay.

use std::sync::LazyLock;

use super::texts;
use crate::client::profile::{
    Answers, Authorization, Basic, Dialect, Pkce, Profile, RedirectUris, Refresh, Requests,
    fact::{memory, seen},
};

/// eBay. The redirect URI is a name that eBay gives (RuName): read the callback with
/// [`callback_query`](crate::client::Pending::callback_query).
pub static EBAY: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_basic"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization {
            pkce: Pkce::Ignored,
            redirect_uri: RedirectUris::Name,
            ..Authorization::default()
        },
        requests: Requests { basic: Basic::Raw, ..Requests::default() },
        answers: Answers {
            bearer_types: texts(&["User Access Token", "Application Access Token"]),
            ..Answers::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "token address; Basic with both as they are; the RuName as `redirect_uri`",
            "https://developer.ebay.com/api-docs/static/oauth-auth-code-grant-request.html",
        ),
        seen(
            "where people decide; a response with `code` and `isAuthSuccessful`",
            "https://developer.ebay.com/support/kb-article?KBid=5075",
        ),
        seen(
            "the type `User Access Token`",
            "https://github.com/postmanlabs/postman-app-support/issues/5434",
        ),
        seen("a captured refusal", "https://github.com/matecsaj/ebay_rest/issues/35"),
        memory(
            "the type `Application Access Token`; refresh tokens stay for eighteen months; PKCE is not looked at",
        ),
    ],
    ..Profile::new(
        "eBay",
        "https://auth.ebay.com",
        "https://auth.ebay.com/oauth2/authorize",
        "https://api.ebay.com/identity/v1/oauth2/token",
    )
});
