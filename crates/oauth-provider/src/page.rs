//! A page as a response: its headers, and the policy that keeps everything foreign out of it.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use maud::Markup;
use oauth_sansio::Digest;

use crate::views::{SEND, STYLE};

/// Where the forms of a page may lead.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Forms<'a> {
    /// The page has none.
    None,
    /// To the provider alone.
    Stay,
    /// To the provider, which redirects to this origin.
    Leave(&'a str),
    /// To this origin, which may redirect, and not to the provider; by itself where scripts run.
    Away(&'a str),
}

/// The content security policy of every page, up to where its forms may lead.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    text: String,
    /// Any form may lead to a login at another host.
    logins_elsewhere: bool,
}

impl Policy {
    /// No image, no frame, and no script but the one that sends an answer off; one style sheet, known by its hash.
    pub(crate) fn new() -> Self {
        Self::of(STYLE)
    }

    /// The same for pages with another style sheet.
    pub(crate) fn of(style: &str) -> Self {
        let style = STANDARD.encode(Digest::of(style).as_bytes());
        let text = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'; form-action "
        );
        Self { text, logins_elsewhere: false }
    }

    /// People log in at another host: whichever form comes before that redirects there.
    pub(crate) fn logins_elsewhere(&mut self) {
        self.logins_elsewhere = true;
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
        let mut text = self.text.clone();
        match forms {
            Forms::None => text.push_str("'none'"),
            Forms::Stay => text.push_str("'self'"),
            Forms::Leave(origin) => text.push_str(&format!("'self' {}", sources(origin))),
            Forms::Away(origin) => {
                let script = STANDARD.encode(Digest::of(SEND).as_bytes());
                text.push_str(&format!("{}; script-src 'sha256-{script}'", sources(origin)));
            }
        }
        if self.logins_elsewhere
            && matches!(forms, Forms::Stay | Forms::Leave(_))
            && !text.ends_with(" https:")
        {
            text.push_str(" https:");
        }
        HeaderValue::try_from(text)
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
    }
}

/// Where a form may lead in the end that first leads to this origin: there, and to wherever it redirects over https,
/// as an application does that keeps its callback apart from its pages. Browsers hold that redirect to the policy of
/// the page with the form, too.
fn sources(origin: &str) -> Cow<'_, str> {
    match source(origin) {
        Some(source) if source.starts_with("http:") => format!("{source} https:").into(),
        Some(source) if !source.starts_with("https:") => source.into(),
        _ => "https:".into(),
    }
}

/// What is no source expression (CSP 3 section 2.3.1) could end the directive and is left out. The grammar has no words
/// for an IPv6 address; its scheme alone stands for that.
fn source(origin: &str) -> Option<&str> {
    let is_plain = |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.:/".contains(&b));
    Some(origin).filter(is_plain).or_else(|| {
        let (scheme, _) = origin.split_once("//")?;
        Some(scheme).filter(is_plain)
    })
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
            ("https://app.example.com:8443", "'self' https:"),
            ("com.example.app:", "'self' com.example.app:"),
            ("http://127.0.0.1:49152", "'self' http://127.0.0.1:49152 https:"),
            ("http://[::1]:49152", "'self' http: https:"),
            ("https://x; script-src *", "'self' https:"),
            ("http://x; script-src *", "'self' http: https:"),
            ("x'unsafe-inline'", "'self' https:"),
            ("x:\r\nSet-Cookie: a=b", "'self' https:"),
            ("*", "'self' https:"),
        ] {
            let value = Policy::new().value(Forms::Leave(origin));
            let text = value.to_str().unwrap();
            assert_eq!(text.split("form-action ").nth(1), Some(allowed), "{origin}");
            assert_eq!(text.matches(';').count(), 4, "{origin}");
        }
    }

    #[test]
    fn z10_an_answer_is_posted_by_the_one_script_that_runs() {
        let hash = STANDARD.encode(Digest::of(SEND).as_bytes());
        for (origin, allowed) in [
            ("https://app.example.com:8443", "https:"),
            ("http://[::1]:49152", "http: https:"),
            ("https://x; script-src *", "https:"),
            ("*", "https:"),
        ] {
            let mut policy = Policy::new();
            policy.logins_elsewhere();
            let value = policy.value(Forms::Away(origin));
            let (_, forms) = value.to_str().unwrap().split_once("form-action ").unwrap();
            assert_eq!(forms, format!("{allowed}; script-src 'sha256-{hash}'"), "{origin}");
        }
        assert!(!["\r", "\0", "<"].iter().any(|altered| SEND.contains(altered)));
    }

    #[test]
    fn forms_lead_to_a_login_elsewhere_only_where_there_is_one() {
        let mut policy = Policy::new();
        policy.logins_elsewhere();
        for (forms, allowed) in [
            (Forms::None, "'none'"),
            (Forms::Stay, "'self' https:"),
            (Forms::Leave("https://app.example.com"), "'self' https:"),
            (Forms::Leave("com.example.app:"), "'self' com.example.app: https:"),
        ] {
            let value = policy.value(forms);
            assert_eq!(value.to_str().unwrap().split("form-action ").nth(1), Some(allowed));
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
