//! The page that posts an answer to the application (OAuth 2.0 Form Post Response Mode section 2).

use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use oauth2_core::server::FormPost;

use crate::body;

/// Sends the form off. Whoever runs no scripts presses the button.
const SCRIPT: &str = "document.forms[0].submit();";

/// The SHA-256 of [`SCRIPT`], which is the only one that may run.
const SCRIPT_HASH: &str = "sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ=";

/// The plain page: a form with hidden fields, a button, and nothing that comes from elsewhere.
pub(crate) fn render(page: &FormPost) -> Response<Bytes> {
    // An application may redirect from there, over https; browsers hold that redirect to this policy, too.
    let policy = format!(
        "default-src 'none'; script-src '{SCRIPT_HASH}'; form-action {} https:; base-uri 'none'; frame-ancestors 'none'",
        page.origin
    );
    let Ok(policy) = HeaderValue::try_from(policy) else {
        return body::bare(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = Response::new(Bytes::from(html(page)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn html(page: &FormPost) -> String {
    let mut html = String::with_capacity(1024);
    html.push_str("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Continue</title>\n");
    // Writing to a text never fails.
    let _ = writeln!(html, "<form method=\"post\" action=\"{}\">", escaped(&page.action));
    for (name, value) in &page.fields {
        let (name, value) = (escaped(name), escaped(value.expose()));
        let _ = writeln!(html, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    }
    let _ = write!(html, "<button>Continue</button>\n</form>\n<script>{SCRIPT}</script>\n</html>\n");
    html
}

/// The text as it stands between quotes, whatever it holds.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
