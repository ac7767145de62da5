//! HERE.

use super::{
    Fact, Profile, Signing,
    fact::{memory, seen},
};

/// HERE: a request that is signed by OAuth 1 is answered with a bearer token of OAuth 2, see
/// [`Client::bearer_token`](crate::client::Client::bearer_token) and [`HERE_TOKEN`].
pub const HERE: Profile = Profile::new("HERE", &[Signing::HmacSha256], FACTS);

/// Where HERE is asked for a bearer token.
pub const HERE_TOKEN: &str = "https://account.api.here.com/oauth2/token";

const FACTS: &[Fact] = &[
    seen(
        "address; a form that is signed in the header, without a token; HMAC-SHA256",
        "https://gist.github.com/surajsau/6668456223ac599538c91049c835f0f9",
    ),
    seen("signatures of its own client", "https://github.com/heremaps/here-aaa-java-sdk"),
    memory("the members of the answer; about a day"),
];
