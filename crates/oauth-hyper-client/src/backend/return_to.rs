//! Where the page goes on after a login (RFC 9700 section 4.11.1).

use oauth_sansio::percent;
use url::Url;

/// Bytes of a place.
const MOST: usize = 2048;

/// The place at our own origin that a path names; `None` for what leads elsewhere, or could for anybody who reads it another
/// way. It is given as a whole address, so that nothing is left for a browser to resolve.
pub(super) fn place(origin: &Url, asked: &str) -> Option<Url> {
    let is_printable = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if asked.len() > MOST || !is_printable {
        return None;
    }
    let url = resolved(origin, asked)?;
    // An encoding hides nothing from a router that decodes it, either.
    let path = percent::decode(url.path()).ok()?;
    let is_plain = !path.contains(|char: char| char.is_control() || char == '\\');
    (is_plain && resolved(origin, &path).is_some()).then_some(url)
}

/// What a browser makes of a path: for it, `/.//elsewhere` is `//elsewhere`.
fn resolved(origin: &Url, path: &str) -> Option<Url> {
    let url = origin.join(path).ok()?;
    (is_path(path) && url.origin() == origin.origin() && is_path(url.path())).then_some(url)
}

/// Whether a text is a path, and not the name of a host behind two slashes.
fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.starts_with("//")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::tricky;

    fn at(asked: &str) -> Option<String> {
        place(&Url::parse("https://app.example").unwrap(), asked).map(Into::into)
    }

    #[test]
    fn l29_a_place_to_return_to_is_a_path_of_our_own_origin() {
        for own in [
            "/",
            "/photos/7?size=large#top",
            "/a%20b/%C3%BC",
            "/?next=https://evil.example",
            "/a//b",
            "/@b:c",
            "/a%2Fb",
        ] {
            assert_eq!(at(own), Some(format!("https://app.example{own}")), "{own}");
        }
        assert_eq!(at("/a/../b"), Some("https://app.example/b".into()));
    }

    #[test]
    fn l29_no_place_to_return_to_leads_elsewhere_however_it_is_written() {
        for elsewhere in [
            "",
            "photos",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "HTTPS:/evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\t/evil.example",
            "/\r\nlocation: https://evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\u{0}",
            "/ü",
            "/.//evil.example",
            "/x/..//evil.example",
            "/%2e//evil.example",
            "/x/%2E%2e//evil.example",
            "/%2fevil.example",
            "/%2F%2Fevil.example",
            "/../%2fevil.example",
            "/..%2f/evil.example",
            "/a/..%2f..%2f%2fevil.example",
            "/%5cevil.example",
            "/%09/evil.example",
            "/%0d%0aset-cookie:x",
            "%2f%2fevil.example",
            "@evil.example",
            ".evil.example",
            ":443",
            "?x",
            "#x",
            "/%",
            "/%ff",
        ] {
            assert_eq!(at(elsewhere), None, "{elsewhere:?}");
        }
        assert_eq!(at(&format!("/{}", "a".repeat(MOST))), None);
    }

    proptest! {
        #[test]
        fn l29_whatever_is_asked_for_is_of_our_own_origin_or_nothing(asked in tricky()) {
            if let Some(to) = at(&asked) {
                prop_assert!(to.starts_with("https://app.example/") && !to.starts_with("https://app.example//"));
                // A second reading, by whoever gets the path alone, leads to the same.
                let path = to.strip_prefix("https://app.example").unwrap();
                prop_assert_eq!(at(path), Some(to.clone()));
            }
        }
    }
}
