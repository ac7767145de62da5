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
    seen("the addresses are https", "https://www.volcengine.com/article/412065"),
    seen("a header, HMAC-SHA1 alone", "https://portal-estacio.sensedia.com/api-portal/node/4"),
    seen(
        "a captured request with its signature",
        "https://github.com/jkz/python-authlib/blob/eaf3c0093f51f13c66463ef1805eee93e37e118a/tests/oauth.py",
    ),
    memory("the callback ends with the fragment `#_=_`"),
];
