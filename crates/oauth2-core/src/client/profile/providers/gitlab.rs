//! GitLab.

use std::sync::LazyLock;

use super::{some, texts};
use crate::client::profile::{
    Profile, Refresh, SiteKind,
    fact::{memory, seen},
};

/// GitLab; the site is the host, `gitlab.com` or one of your own.
pub static GITLAB: LazyLock<Profile> = LazyLock::new(|| Profile {
    device_authorization_endpoint: some("https://{site}/oauth/authorize_device"),
    revocation_endpoint: some("https://{site}/oauth/revoke"),
    introspection_endpoint: some("https://{site}/oauth/introspect"),
    site: Some(SiteKind::Host),
    usual_site: some("gitlab.com"),
    authentication: texts(&["client_secret_post", "client_secret_basic", "none"]),
    refresh: Refresh::Rotated,
    facts: vec![
        seen("addresses", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen("revocation and introspection", "https://logto.io/nl/oauth-providers-explorer/gitlab"),
        seen("PKCE; an answer with `created_at`", "https://docs.gitlab.com/api/oauth2/"),
        memory("refresh tokens are used once; Basic is taken as well"),
    ],
    ..Profile::new("GitLab", "https://{site}", "https://{site}/oauth/authorize", "https://{site}/oauth/token")
});
