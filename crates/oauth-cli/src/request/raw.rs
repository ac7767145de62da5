//! A request as it goes over the wire (RFC 9112), or as somebody typed it.

use anyhow::{Context as _, bail, ensure};
use http::{HeaderName, HeaderValue, Method, Request, header};

use super::Given;

/// Reads a request with line ends of either kind.
pub(super) fn read(text: &[u8]) -> anyhow::Result<Given> {
    let text = with_version_1(text);
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(&text)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => bail!("the empty line behind the headers is missing"),
    };
    let mut request = Request::new(bytes::Bytes::new());
    let method = head.method.unwrap_or_default();
    *request.method_mut() = Method::from_bytes(method.as_bytes()).context("the HTTP method is none")?;
    *request.uri_mut() = super::uri(head.path.unwrap_or_default())?;
    for line in head.headers.iter() {
        let name: HeaderName = line.name.parse().context("a header's name is none")?;
        request.headers_mut().append(name, HeaderValue::from_bytes(line.value)?);
    }
    ensure!(
        !request.headers().contains_key(header::TRANSFER_ENCODING),
        "the body is chunked; give it in one piece"
    );
    let mut notes = Vec::new();
    let body = text.get(length..).unwrap_or_default();
    let body = match declared(&request)? {
        Some(declared) => {
            ensure!(
                declared <= body.len(),
                "Content-Length is {declared}, but the body has {} bytes",
                body.len()
            );
            body.get(..declared).unwrap_or_default()
        }
        None => match body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")) {
            Some(body) => {
                notes.push(
                    "the line end behind the body is left out; with a Content-Length it would count".into(),
                );
                body
            }
            None => body,
        },
    };
    *request.body_mut() = bytes::Bytes::copy_from_slice(body);
    Ok(Given { request, notes, unknown_body: false })
}

fn declared<B>(request: &Request<B>) -> anyhow::Result<Option<usize>> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.map(|value| value.to_str().ok().and_then(|value| value.parse().ok()));
    length.map(|length| length.context("Content-Length is no number")).transpose()
}

/// A request line of HTTP/2 or 3, as tools show it, in the version that has request lines.
fn with_version_1(text: &[u8]) -> Vec<u8> {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let later: [&[u8]; 3] = [b" HTTP/2", b" HTTP/2.0", b" HTTP/3"];
    match later.iter().find_map(|version| line.strip_suffix(*version)) {
        Some(line) => [line, b" HTTP/1.1", rest].concat(),
        None => text.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_with_either_line_end_and_in_any_version() {
        for text in [
            "POST /a?b=1 HTTP/1.1\r\nHost: example.net\r\nContent-Type: text/plain\r\n\r\nx=1",
            "POST /a?b=1 HTTP/1.1\nHost: example.net\nContent-Type: text/plain\n\nx=1\n",
            "\nPOST /a?b=1 HTTP/2\nhost: example.net\ncontent-type: text/plain\ncontent-length: 3\n\nx=1\n\n",
        ] {
            let given = read(text.as_bytes()).unwrap();
            let request = given.request;
            assert_eq!((request.method().as_str(), request.uri().to_string()), ("POST", "/a?b=1".into()));
            assert_eq!(
                (&request.headers()["host"], &**request.body()),
                (&"example.net".parse().unwrap(), b"x=1".as_slice())
            );
            assert_eq!(given.notes.is_empty(), !text.ends_with("x=1\n"));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "",
            "GET",
            "GET /",
            "GET / HTTP/1.1\nHost: a",
            "GET / HTTP/1.1\nno colon\n\n",
            "POST / HTTP/1.1\nContent-Length: 9\n\nshort",
            "POST / HTTP/1.1\nContent-Length: many\n\nshort",
            "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n0\r\n\r\n",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
