//! Dropbox.

use std::sync::LazyLock;

use super::{pairs, texts};
use crate::client::profile::{
    Authorization, Dialect, Offline, Profile, Refresh,
    fact::{memory, seen},
};

/// Dropbox.
pub static DROPBOX: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_basic", "client_secret_post", "none"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization {
            offline: Offline { parameters: pairs(&[("token_access_type", "offline")]), scope: None },
            ..Authorization::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "`token_access_type=offline` for refresh tokens; where people decide",
            "https://dropbox.tech/developers/using-oauth-2-0-with-offline-access",
        ),
        seen("token address", "https://github.com/pilcrowonpaper/arctic/blob/main/src/providers/dropbox.ts"),
        seen(
            "Basic",
            "https://documentation.sailpoint.com/connectors/identityiq/dropbox/help/integrating_dropbox/prerequisites.html",
        ),
        seen(
            "a captured answer to a refresh",
            "https://avyl.ru/1c/OpenIntegrations/src/commit/3411fb2601f4c83c797479396b374815cfd61ed9/docs/en/md/Dropbox/Account-and-authorization/Refresh-token.md?display=source",
        ),
        seen(
            "a captured refusal",
            "https://avyl.ru/1c/OpenIntegrations/raw/commit/6bf8d0f89e85f76799a8e204c6b8fe78e3fd921c/docs/en/results/Dropbox/GetToken.log",
        ),
        memory(
            "PKCE is checked; refresh tokens stay; a token is revoked by a call of the API that carries it",
        ),
    ],
    ..Profile::new(
        "Dropbox",
        "https://www.dropbox.com",
        "https://www.dropbox.com/oauth2/authorize",
        "https://api.dropboxapi.com/oauth2/token",
    )
});
