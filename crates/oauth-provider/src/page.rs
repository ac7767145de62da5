//! A page as a response: its headers, and the policy that keeps everything foreign out of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use maud::Markup;
use oauth_sansio::Digest;

use crate::views::STYLE;

/// Where the forms of a page may lead.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Forms<'a> {
    /// The page has none.
    None,
    /// To the provider alone.
    Stay,
    /// To the provider, which redirects to this origin: browsers hold that redirect to the policy, too.
    Leave(&'a str),
}

/// The content security policy of every page, up to where its forms may lead.
#[derive(Debug)]
pub(crate) struct Policy(String);

impl Policy {
    /// No script, no image, no frame; one style sheet, known by its hash.
    pub(crate) fn new() -> Self {
        let style = STANDARD.encode(Digest::of(STYLE).as_bytes());
        Self(format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'; form-action "
        ))
    }

    /// The page. It is kept nowhere, framed nowhere, and tells nobody its address (RFC 9700 sections 4.2.4 and 4.16).
    pub(crate) fn page(&self, status: StatusCode, forms: Forms<'_>, page: Markup) -> Response<Bytes> {
        const ALWAYS: [(HeaderName, &str); 5] = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        let mut response = Response::new(Bytes::from(page.into_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.extend(ALWAYS.map(|(name, value)| (name, HeaderValue::from_static(value))));
        headers.insert(header::CONTENT_SECURITY_POLICY, self.value(forms));
        response
    }

    fn value(&self, forms: Forms<'_>) -> HeaderValue {
        let text = match forms {
            Forms::None => format!("{}'none'", self.0),
            Forms::Stay => format!("{}'self'", self.0),
            Forms::Leave(origin) => format!("{}'self' {}", self.0, source(origin).unwrap_or_default()),
        };
        HeaderValue::try_from(text)
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
    }
}

/// An origin as a source expression (CSP 3 section 2.3.1), or its scheme alone where the grammar has no words for the
/// host, as for an IPv6 address. What is neither could end the directive, and is left out.
fn source(origin: &str) -> Option<&str> {
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.:/".contains(&b));
    let scheme = || origin.split_once("//").map(|(scheme, _)| scheme);
    Some(origin).filter(|text| is_plain(text)).or_else(|| scheme().filter(|text| is_plain(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_style_by_hash_and_allows_nothing_else() {
        let value = Policy::new().value(Forms::Stay);
        let text = value.to_str().unwrap();
        let hash = STANDARD.encode(Digest::of(STYLE).as_bytes());
        assert_eq!(
            text,
            format!(
                "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'; \
                 form-action 'self'"
            )
        );
        assert!(!text.contains("unsafe"));
    }

    #[test]
    fn z10_no_origin_adds_a_directive_to_the_policy() {
        for (origin, allowed) in [
            ("https://app.example.com:8443", "'self' https://app.example.com:8443"),
            ("com.example.app:", "'self' com.example.app:"),
            ("http://127.0.0.1:49152", "'self' http://127.0.0.1:49152"),
            ("http://[::1]:49152", "'self' http:"),
            ("https://a_b.example", "'self' https:"),
            ("https://x; script-src *", "'self' https:"),
            ("x'unsafe-inline'", "'self' "),
            ("x:\r\nSet-Cookie: a=b", "'self' "),
            ("*", "'self' "),
        ] {
            let value = Policy::new().value(Forms::Leave(origin));
            let text = value.to_str().unwrap();
            assert_eq!(text.split("form-action ").nth(1), Some(allowed), "{origin}");
            assert_eq!(text.matches(';').count(), 4, "{origin}");
        }
    }

    #[test]
    fn the_style_sheet_reads_the_same_in_the_file_and_in_the_page() {
        // The HTML parser would turn these into something else, and the hash would no longer match.
        for altered in ["\r", "\0", "</", "<!--"] {
            assert!(!STYLE.contains(altered), "{altered:?}");
        }
    }
}
