//! A request or an answer as it is told, with its secrets shortened.

use anstyle::{AnsiColor, Style};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header};
use serde::Serialize;

use super::shorten::{Grammar, shorten};
use crate::tell::printable;

const SENT: Style = AnsiColor::Cyan.on_default();
const ANSWERED: Style = AnsiColor::Yellow.on_default();

/// One half of a step, with its secrets shortened.
#[derive(Serialize)]
pub(crate) struct Message {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    pub(crate) fn sent(request: &Request<Bytes>) -> Self {
        let uri = request.uri();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let line = format!("{} {}  ({host})", request.method(), shorten(path, Grammar::Url));
        Self::of(line, request.headers(), request.body())
    }

    pub(crate) fn answered(response: &Response<Bytes>) -> Self {
        Self::of(response.status().to_string(), response.headers(), response.body())
    }

    fn of(line: String, headers: &HeaderMap, body: &Bytes) -> Self {
        static TOLD: [(HeaderName, Grammar); 8] = [
            (header::AUTHORIZATION, Grammar::Credentials),
            (header::CONTENT_TYPE, Grammar::Parameters),
            (header::COOKIE, Grammar::Cookie),
            (HeaderName::from_static("dpop"), Grammar::Parameters),
            (HeaderName::from_static("dpop-nonce"), Grammar::Parameters),
            (header::LOCATION, Grammar::Url),
            (header::SET_COOKIE, Grammar::Cookie),
            (header::WWW_AUTHENTICATE, Grammar::Parameters),
        ];
        let headers = TOLD.iter().flat_map(|(name, grammar)| {
            let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            values.map(|value| (name.to_string(), shorten(&value, *grammar)))
        });
        Self { line, headers: headers.collect(), body: body_told(body) }
    }

    /// Line by line, each behind a mark: `>` for what was sent.
    pub(crate) fn to_people(&self, mark: char) -> String {
        let style = if mark == '>' { SENT } else { ANSWERED };
        let mut text = String::new();
        let mut line = |what: &str| text += &format!("    {style}{mark}{style:#} {}\n", printable(what));
        line(&self.line);
        for (name, value) in &self.headers {
            line(&format!("{name}: {value}"));
        }
        for part in self.body.lines() {
            line(part);
        }
        text
    }
}

/// A page is named, everything else is shown.
fn body_told(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    match text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")) {
        Some((title, _)) => format!("(page: {title})"),
        None => shorten(&text, Grammar::of_body(&text)),
    }
}
