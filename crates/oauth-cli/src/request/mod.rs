//! The request that a command is about: from arguments, from a file, or from a curl command line.

mod curl;
mod raw;

use std::io::Read as _;

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use oauth_sansio::form;
use url::Url;

/// Which request.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// The HTTP method and the URL, or the URL alone.
    #[arg(value_names = ["METHOD", "URL"], num_args = 0..=2)]
    target: Vec<String>,
    /// A header, as in `Content-Type: application/json`.
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// The body; a form, unless a header says otherwise. Several are joined with `&`. The method becomes POST.
    #[arg(short, long, value_name = "TEXT")]
    data: Vec<String>,
    /// A whole request in a file, as it goes over the wire; `-` reads the standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "header", "data", "curl"])]
    request: Option<String>,
    /// A request as a curl command line, as in `curl -X POST -d a=b https://example.com/`.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["target", "header", "data"])]
    curl: Option<String>,
}

/// A request, and what is worth knowing about how it was read.
pub(crate) struct Given {
    pub(crate) request: Request<Bytes>,
    pub(crate) notes: Vec<String>,
    /// The body goes over the wire, and is not known here.
    pub(crate) unknown_body: bool,
}

impl Source {
    pub(crate) fn read(&self) -> anyhow::Result<Given> {
        if let Some(command) = &self.curl {
            return curl::read(command, &|name| file(name)).context("the curl command cannot be read");
        }
        if let Some(name) = &self.request {
            return raw::read(&file(name)?).with_context(|| format!("{name} holds no HTTP request"));
        }
        let (method, url) = match self.target.as_slice() {
            [url] => (None, url),
            [method, url] => (Some(method.as_str()), url),
            _ => bail!("no request: give a URL, --request or --curl"),
        };
        let body = (!self.data.is_empty()).then(|| self.data.join("&").into_bytes());
        Parts { method: method.map(str::to_owned), headers: self.header.clone(), body, ..Parts::of(url) }
            .build()
    }
}

/// What a request is built from, as it was typed.
#[derive(Default)]
pub(crate) struct Parts {
    method: Option<String>,
    url: String,
    headers: Vec<String>,
    body: Option<Vec<u8>>,
    notes: Vec<String>,
    unknown_body: bool,
}

impl Parts {
    fn of(url: &str) -> Self {
        Self { url: url.to_owned(), ..Self::default() }
    }

    fn build(self) -> anyhow::Result<Given> {
        let mut request = Request::new(Bytes::new());
        let method = match (&self.method, &self.body) {
            (Some(method), _) => method.as_str(),
            (None, Some(_)) => "POST",
            (None, None) => "GET",
        };
        *request.method_mut() =
            Method::from_bytes(method.as_bytes()).with_context(|| format!("{method:?} is no HTTP method"))?;
        *request.uri_mut() = uri(&self.url)?;
        let mut form_by_default = self.body.is_some();
        for line in &self.headers {
            let (name, value) = header(line)?;
            form_by_default &= name != header::CONTENT_TYPE;
            if let Some(value) = value {
                request.headers_mut().append(name, value);
            }
        }
        if form_by_default {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
        }
        *request.body_mut() = self.body.unwrap_or_default().into();
        Ok(Given { request, notes: self.notes, unknown_body: self.unknown_body })
    }
}

/// A URI as it goes over the wire: nothing in it is changed.
pub(crate) fn uri(text: &str) -> anyhow::Result<Uri> {
    text.parse().with_context(|| {
        format!("{text:?} is no URI; other characters than those of a URI must be percent-encoded")
    })
}

/// `Name: value`, or with `Name:` the wish for none.
fn header(line: &str) -> anyhow::Result<(HeaderName, Option<HeaderValue>)> {
    // Not the line itself: it may hold what is secret.
    let (name, value) = line.split_once(':').context("a header has no colon")?;
    let name: HeaderName = name.trim().parse().context("a header's name is none")?;
    let value = value.trim();
    let read = || HeaderValue::from_str(value).with_context(|| format!("the value of {name} is none"));
    Ok((name.clone(), (!value.is_empty()).then(read).transpose()?))
}

/// No request that is looked at by a person is larger.
const MOST_BYTES: u64 = 1 << 20;

/// A file, or the standard input.
pub(crate) fn file(name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match name {
        "-" => std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes),
        _ => std::fs::File::open(name).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)),
    };
    let read = read.with_context(|| format!("{name} cannot be read"))?;
    ensure!(u64::try_from(read)? <= MOST_BYTES, "{name} is longer than 1 MiB");
    Ok(bytes)
}

/// Gives a request without one an absolute URI. The origin is told, or it is that of the `Host` header.
pub(crate) fn locate(given: &mut Given, origin: Option<&Url>) -> anyhow::Result<()> {
    let uri = given.request.uri();
    if uri.scheme().is_some() && origin.is_none() {
        return Ok(());
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let origin = match origin {
        Some(origin) => origin.origin().ascii_serialization(),
        None => {
            let host = host(given.request.headers()).context("no origin: give --origin, or a Host header")?;
            let origin = format!("https://{host}");
            given.notes.push(format!(
                "the origin is taken for {origin}, by the Host header; --origin says otherwise"
            ));
            origin
        }
    };
    let located = self::uri(&format!("{origin}{path}"))?;
    let was = std::mem::replace(given.request.uri_mut(), located);
    // Where the client sent it may be what the client signed.
    if let (Some(authority), None) = (was.authority(), host(given.request.headers())) {
        let host = HeaderValue::from_str(authority.as_str())?;
        given.request.headers_mut().insert(header::HOST, host);
    }
    Ok(())
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}
