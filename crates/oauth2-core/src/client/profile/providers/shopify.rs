//! Shopify.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Api, Authorization, Dialect, Pkce, Profile, SiteKind,
    fact::{memory, seen},
};

/// Shopify; the site is a shop. Responses are signed with the client secret and name the shop; both are checked. Tokens go
/// into a header of their own: [`authorize_api`](crate::client::Client::authorize_api) puts them there.
pub static SHOPIFY: LazyLock<Profile> = LazyLock::new(|| Profile {
    site: Some(SiteKind::Shop),
    authentication: texts(&["client_secret_post"]),
    dialect: Dialect {
        authorization: Authorization {
            scope_separator: ',',
            pkce: Pkce::Ignored,
            hmac: some("hmac"),
            equal: pairs(&[("shop", "{site}")]),
            ..Authorization::default()
        },
        answers: Answers {
            missing_token_type: some("Bearer"),
            scope_separators: ",".into(),
            ..Answers::default()
        },
        api: Api { header: "x-shopify-access-token".into(), scheme: String::new(), ..Api::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "how responses are signed; addresses; answers",
            "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant",
        ),
        seen("a response with its signature", "https://github.com/Shopify/shopify_app/issues/449"),
        seen("a captured refusal", "https://github.com/nozzlegear/ShopifySharp/issues/70"),
        memory(
            "scopes with commas, where one to write implies one to read, which is then left out of the answer",
        ),
        memory(
            "`X-Shopify-Access-Token`; PKCE is not looked at; tokens end only where the application asks for that",
        ),
    ],
    ..Profile::new(
        "Shopify",
        "https://{site}",
        "https://{site}/admin/oauth/authorize",
        "https://{site}/admin/oauth/access_token",
    )
});
