//! Etsy, version 2 of its API.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};
use crate::client::CredentialMethod;

/// Etsy, version 2 of its API, which is switched off: kept for the shape. `scope` goes with the first request, in the
/// query; the answer brings the address where people decide as `login_url`.
pub const ETSY_V2: Profile = Profile {
    dance: Some(Dance {
        method: CredentialMethod::Get,
        name_client_at_authorization: true,
        ..Dance::new(
            "https://openapi.etsy.com/v2/oauth/request_token",
            "https://www.etsy.com/oauth/signin",
            "https://openapi.etsy.com/v2/oauth/access_token",
        )
    }),
    ..Profile::new("Etsy v2", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen("addresses; `scope` in the query", "https://github.com/scribejava/scribejava"),
    seen(
        "GET with a header, HMAC-SHA1; the callback is confirmed; `login_url`",
        "https://nivisto.com/etsy-api-oauth-with-postman/",
    ),
    memory("POST is taken as well"),
];
