//! MediaWiki, and with it Wikipedia.

use super::{
    Dance, Fact, Profile, Signing,
    fact::{memory, seen},
};

/// MediaWiki with its extension OAuth. The site is the host of the wiki, as in `meta.wikimedia.org`, whose scripts are
/// at `/w/`. With [`Callback::Established`](crate::client::Callback::Established) people come back to the registered
/// address.
pub const MEDIA_WIKI: Profile = Profile {
    dance: Some(Dance {
        name_client_at_authorization: true,
        ..Dance::new(
            "https://{site}/w/index.php?title=Special%3AOAuth%2Finitiate",
            "https://{site}/wiki/Special:OAuth/authorize",
            "https://{site}/w/index.php?title=Special%3AOAuth%2Ftoken",
        )
    }),
    ..Profile::new("MediaWiki", &[Signing::HmacSha1, Signing::RsaSha1], FACTS)
};

const FACTS: &[Fact] = &[
    seen(
        "addresses: scripts with a query, since others are not signed alike",
        "https://github.com/scribejava/scribejava",
    ),
    seen(
        "POST with a header; the application is named where people decide; `oob` leads to the registered callback",
        "https://github.com/mediawiki-utilities/python-mwoauth",
    ),
    seen(
        "a captured dance: both answers confirm the callback",
        "https://github.com/requests/requests-oauthlib/blob/447f537d133ef678d69f8b7587cbcdfeafa78b73/docs/examples/mediawiki.rst",
    ),
    seen(
        "a captured base string of a form",
        "https://github.com/abes-esr/fne-import/blob/957856f0a229633e0fccba33aa6baf7e796177d1/src/main/java/fr/fne/batch/services/test/BasicOAuth1OwnerOnlyConnexion.java",
    ),
    memory("tokens do not expire"),
    memory("a refusal may come with status 200 and JSON that has neither token nor secret"),
];
