//! Trello.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Trello: `name`, `scope` (`read,write,account`) and `expiration` (`1hour`, `1day`, `30days` or `never`) go with the
/// address where people decide.
pub const TRELLO: Profile = Profile {
    dance: Some(Dance::new(
        "https://trello.com/1/OAuthGetRequestToken",
        "https://trello.com/1/OAuthAuthorizeToken",
        "https://trello.com/1/OAuthGetAccessToken",
    )),
    ..Profile::new("Trello", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen("addresses, HMAC-SHA1", "https://trello.com/docs/gettingstarted/oauth.html"),
    seen("POST is taken", "https://github.com/sarumont/py-trello"),
    seen("`name`, `scope` and `expiration`", "https://rdrr.io/cran/trelloR/man/get_token.html"),
    seen(
        "captured answers, to GET: the callback is confirmed; a request that is too old is refused with 500",
        "https://github.com/yammine/ex_trello/tree/master/fixtures",
    ),
    seen(
        "PLAINTEXT is refused: a captured 500 `Invalid Signature`",
        "https://github.com/adunkman/node-trello/pull/20",
    ),
    seen("a captured 400 `Invalid Signature`", "https://github.com/nextauthjs/next-auth/issues/855"),
    seen("`oob` was taken for an address in 2015", "https://github.com/mrjones/oauth/pull/38"),
    memory("who refuses does not come back; the answer does not tell when a token ends"),
];
