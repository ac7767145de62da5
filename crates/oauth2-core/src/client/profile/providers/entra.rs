//! Microsoft Entra.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{
    Authorization, Dialect, Offline, Profile, SiteKind,
    fact::{memory, seen},
};

/// Microsoft Entra ID; the site is a tenant. Without one it is `common`, whose issuer here is a name only: tokens are of the
/// tenant of the person.
pub static ENTRA: LazyLock<Profile> = LazyLock::new(|| Profile {
    device_authorization_endpoint: some("https://login.microsoftonline.com/{site}/oauth2/v2.0/devicecode"),
    site: Some(SiteKind::Tenant),
    usual_site: some("common"),
    authentication: texts(&["client_secret_post", "client_secret_basic", "none"]),
    dialect: Dialect {
        authorization: Authorization {
            offline: Offline { parameters: Vec::new(), scope: some("offline_access") },
            ..Authorization::default()
        },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "addresses; `common` where no tenant is named",
            "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go",
        ),
        seen(
            "descriptions of errors have line ends, which the standard does not allow",
            "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes",
        ),
        seen(
            "members of answers",
            "https://azuread.github.io/microsoft-authentication-library-for-js/ref/types/_azure_msal_common.ServerAuthorizationTokenResponse.html",
        ),
        memory(
            "`offline_access` for refresh tokens, of which the old one lives on; PKCE is checked; no revocation; assertions need the hash of a certificate in their header, which is not made here",
        ),
    ],
    ..Profile::new(
        "Microsoft Entra",
        "https://login.microsoftonline.com/{site}/v2.0",
        "https://login.microsoftonline.com/{site}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{site}/oauth2/v2.0/token",
    )
});
