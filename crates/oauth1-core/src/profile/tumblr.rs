//! Tumblr.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// Tumblr.
pub const TUMBLR: Profile = Profile {
    dance: Some(Dance::new(
        "https://www.tumblr.com/oauth/request_token",
        "https://www.tumblr.com/oauth/authorize",
        "https://www.tumblr.com/oauth/access_token",
    )),
    ..Profile::new("Tumblr", &[Signing::HmacSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "paths, and a callback established at registration",
        "https://github.com/requests/requests-oauthlib/blob/master/docs/examples/tumblr.rst",
    ),
    seen("POST; the callback is confirmed", "https://gist.github.com/vitor-mariano/721b09d977d6c3f03558"),
    seen("`oob` is refused", "https://gist.github.com/JimTim/5ed18159dc960cfa868bfcc81b2411cb"),
    memory("the addresses are https; HMAC-SHA1 alone"),
    memory("the callback ends with the fragment `#_=_`"),
];
