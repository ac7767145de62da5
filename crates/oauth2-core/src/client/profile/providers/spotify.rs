//! Spotify.

use std::sync::LazyLock;

use super::texts;
use crate::client::profile::{
    Authorization, Basic, Dialect, Profile, RedirectUris, Requests,
    fact::{memory, seen},
};

/// Spotify.
pub static SPOTIFY: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_basic", "client_secret_post", "none"]),
    dialect: Dialect {
        authorization: Authorization { redirect_uri: RedirectUris::NotLocalhost, ..Authorization::default() },
        requests: Requests { basic: Basic::Raw, ..Requests::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "redirect URIs: `https`, or `http` with a loopback address and not `localhost`",
            "https://developer.spotify.com/documentation/web-api/concepts/redirect_uri",
        ),
        seen("addresses", "https://github.com/golang/oauth2/blob/master/endpoints/endpoints.go"),
        seen(
            "Basic with both as they are",
            "https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow",
        ),
        memory("PKCE; with it and without a secret refresh tokens are used once; no revocation"),
    ],
    ..Profile::new(
        "Spotify",
        "https://accounts.spotify.com",
        "https://accounts.spotify.com/authorize",
        "https://accounts.spotify.com/api/token",
    )
});
