//! Stripe.

use std::sync::LazyLock;

use super::texts;
use crate::client::profile::{
    Answers, Authorization, Dialect, Pkce, Profile, Refresh,
    fact::{memory, seen},
};

/// Stripe Connect. The client secret is the key to the API. Descriptions of errors are not read: they repeat the code.
pub static STRIPE: LazyLock<Profile> = LazyLock::new(|| Profile {
    authentication: texts(&["client_secret_post"]),
    refresh: Refresh::Rotated,
    dialect: Dialect {
        authorization: Authorization { pkce: Pkce::NotSent, ..Authorization::default() },
        answers: Answers { error_description: Vec::new(), ..Answers::default() },
        ..Dialect::default()
    },
    facts: vec![
        seen(
            "addresses; scopes `read_only`, `read_write`",
            "https://docs.stripe.com/connect/oauth-reference",
        ),
        seen("the secret in the body; a captured answer", "https://github.com/stripe/stripe-ruby/issues/866"),
        seen("a captured refusal", "https://github.com/stripe/stripe-node/pull/602"),
        seen(
            "refresh tokens are used once; `invalid_grant` with 400",
            "https://nango.dev/blog/stripe-oauth-refresh-token-invalid-grant",
        ),
        memory(
            "other descriptions repeat the code or the refresh token; parameters that it does not know may be refused, so PKCE is not sent",
        ),
        memory("access ends with a POST to `/oauth/deauthorize`, which is none of RFC 7009"),
    ],
    ..Profile::new(
        "Stripe",
        "https://connect.stripe.com",
        "https://connect.stripe.com/oauth/authorize",
        "https://connect.stripe.com/oauth/token",
    )
});
