//! A request or an answer, as it is shown.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri, header};

/// Bytes of a body that are kept; of a header's value as well.
const LONGEST: usize = 4096;

/// Headers that are kept.
const MOST: usize = 40;

/// What went over the wire. What is too long is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Method and address, or the status.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// What a page is called.
    pub(crate) page: Option<String>,
    /// Where a redirect leads, without its query.
    pub(crate) place: Option<String>,
}

impl Message {
    /// A request of the application, byte for byte.
    pub(crate) fn request(request: &Request<Bytes>) -> Self {
        let body = cut(request.body());
        Self {
            headers: headers(request.headers()),
            body,
            ..Self::of_browser(request.method(), request.uri())
        }
    }

    /// A request of the person's browser. Its headers are the browser's own business, and its forms hold a password.
    pub(crate) fn of_browser(method: &Method, uri: &Uri) -> Self {
        let line = line(method, uri);
        Self { line, headers: Vec::new(), body: String::new(), page: None, place: None }
    }

    /// An answer. Of a page its title is told, as the page itself was seen.
    pub(crate) fn answer(answer: &Response<Bytes>) -> Self {
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let is_page = text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
        let page = is_page.then(|| title(answer.body()));
        let body = match &page {
            Some(title) => format!("(a page: {title})"),
            None => cut(answer.body()),
        };
        let place = text(header::LOCATION).map(|place| place.split('?').next().unwrap_or_default());
        let place = place.map(|place| cut(place.as_bytes()));
        Self { line: answer.status().to_string(), headers: headers(answer.headers()), body, page, place }
    }
}

fn line(method: &Method, uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("{method} {}", cut(path.as_bytes()))
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = headers.iter().take(MOST).map(|(name, value)| {
        let value = match *name {
            // Who is logged in is nobody's to look at, not even here.
            header::COOKIE | header::SET_COOKIE => "(not shown)".to_owned(),
            _ => cut(value.as_bytes()),
        };
        (name.to_string(), value)
    });
    shown.collect()
}

fn title(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or("", |(title, _)| title).to_owned()
}

fn cut(bytes: &[u8]) -> String {
    match bytes.get(..LONGEST) {
        Some(beginning) if bytes.len() > LONGEST => String::from_utf8_lossy(beginning).into_owned() + "…",
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
