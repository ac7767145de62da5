//! Notion.

use std::sync::LazyLock;

use super::{pairs, some, texts};
use crate::client::profile::{
    Answers, Api, Authorization, Basic, Body, Dialect, Pkce, Profile, Refresh, Requests,
    fact::{memory, seen},
};

/// Notion: requests are JSON. Its APIs want a `Notion-Version`; one is sent unless the application sets another.
pub static NOTION: LazyLock<Profile> = LazyLock::new(|| Profile {
    revocation_endpoint: some("https://api.notion.com/v1/oauth/revoke"),
    introspection_endpoint: some("https://api.notion.com/v1/oauth/introspect"),
    authentication: texts(&["client_secret_basic"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization {
            pkce: Pkce::NotSent,
            parameters: pairs(&[("owner", "user")]),
            ..Authorization::default()
        },
        requests: Requests {
            basic: Basic::Raw,
            body: Body::Json,
            headers: pairs(&[VERSION]),
            ..Requests::default()
        },
        answers: Answers {
            error: texts(&["error", "code"]),
            error_codes: pairs(&[("unauthorized", "invalid_client")]),
            error_description: texts(&["error_description", "message"]),
            ..Answers::default()
        },
        api: Api { headers: pairs(&[VERSION]), ..Api::default() },
    },
    facts: vec![
        seen("token address; Basic; an answer", "https://developers.notion.com/reference/create-a-token"),
        seen(
            "Basic with a JSON body",
            "https://docs.rs/pylon-auth/0.3.21/pylon_auth/provider/builtin/static.NOTION.html",
        ),
        seen(
            "JSON; `Notion-Version`; `bearer`",
            "https://www.withone.ai/knowledge/notion/conn_mod_def%3A%3AGJ5EniMEqP4%3A%3Ai83ybb2OQGKh8S5G_yBYhQ",
        ),
        seen(
            "where people decide; introspection and revocation",
            "https://www.mintlify.com/makenotion/notion-sdk-js/guides/oauth",
        ),
        seen(
            "errors as `code` and `message`: `unauthorized`",
            "https://github.com/2anki/2anki.net/issues/1521",
        ),
        memory(
            "`owner=user`; parameters that it does not know may be refused, so PKCE is not sent; refresh tokens are used once; there are no scopes",
        ),
    ],
    ..Profile::new(
        "Notion",
        "https://api.notion.com",
        "https://api.notion.com/v1/oauth/authorize",
        "https://api.notion.com/v1/oauth/token",
    )
});

const VERSION: (&str, &str) = ("notion-version", "2022-06-28");
