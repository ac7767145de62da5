//! PayPal.

use std::sync::LazyLock;

use super::texts;
use crate::client::profile::{
    Authorization, Basic, Dialect, Pkce, Profile, Refresh, Requests,
    fact::{memory, seen},
};

/// PayPal.
pub static PAYPAL: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_basic"]),
    refresh: Refresh::Kept,
    dialect: Dialect {
        authorization: Authorization { pkce: Pkce::Ignored, ..Authorization::default() },
        requests: Requests { basic: Basic::Raw, ..Requests::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "token address; Basic with both as they are",
            "https://developer.paypal.com/docs/api/get-an-access-token-postman",
        ),
        seen("an answer", "https://developer.paypal.com/docs/api/reference/get-an-access-token/"),
        seen("a captured refusal, with 401", "https://github.com/paypal/PayPal-PHP-SDK/issues/916"),
        memory("where people decide; PKCE is not looked at; refresh tokens stay"),
    ],
    ..Profile::new(
        "PayPal",
        "https://www.paypal.com",
        "https://www.paypal.com/signin/authorize",
        "https://api-m.paypal.com/v1/oauth2/token",
    )
});
