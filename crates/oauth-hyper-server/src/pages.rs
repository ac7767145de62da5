//! The login and consent pages, from the drivers' side.

use std::net::IpAddr;
use std::pin::pin;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use hyper::body::Body;
use oauth_sansio::form::{self, Form, FormError};
use oauth_sansio::{Answer, Person, Prompt, Secret};
use oauth2_core::server::{DevicePage, FormPost};

use crate::{Connection, Limits, TrustedProxy, body, form_post};

/// What a person sees between the application that asks and the provider that answers.
///
/// A provider calls [`interact`](Self::interact) for every visit to its consent address, after it has made sure that
/// the visit comes from the browser that began the authorization. Pages log the person in, show what is asked, and
/// in the end answer; what is asked is kept on the server, so nothing in a form can change it.
#[async_trait]
pub trait Pages: Send + Sync + 'static {
    /// Shows the next page, or tells what the person decided.
    async fn interact(&self, prompt: &Prompt, visit: &Visit<'_>) -> Turn;

    /// Who is logged in in the browser, where no page may be needed or none may be shown (OAuth 2 only). `None` when
    /// nobody is, or when it cannot be told now: then the person is asked, as everybody is by pages that do not say it.
    async fn identify(&self, prompt: &Prompt, visit: &Visit<'_>) -> Option<Person> {
        let _ = (prompt, visit);
        None
    }

    /// The page for a request that was refused and that no application can be told about.
    fn refused(&self, status: StatusCode) -> Option<Response<Bytes>> {
        let _ = status;
        None
    }

    /// The page where a person types the code of a device, and the one that ends it (RFC 8628 section 3.3).
    fn device(&self, page: &DevicePage) -> Option<Response<Bytes>> {
        let _ = page;
        None
    }

    /// The page that posts an answer to the application that asked for it in a form: a plain one, unless said otherwise.
    /// Its values come from strangers, so a page of one's own escapes all of them.
    fn form_post(&self, page: &FormPost) -> Response<Bytes> {
        form_post::render(page)
    }

    /// The page that shows a verifier to a person who must carry it to the application (RFC 5849 section 2.2, `oob`).
    fn verifier(&self, verifier: &Secret) -> Option<Response<Bytes>> {
        let _ = verifier;
        None
    }
}

/// What pages give back.
#[derive(Debug)]
pub enum Turn {
    /// A page to show; the authorization goes on waiting.
    Page(Response<Bytes>),
    /// The end of the interaction.
    Answer(Answer),
}

/// One request to the consent address.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// `GET` to see a page, `POST` to send its form.
    pub method: &'a Method,
    /// Where the form must be sent to: the address of the visit, path and query.
    pub uri: &'a Uri,
    /// The headers, for cookies of one's own.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a Bytes,
    /// Where it came from, when the server told ([`Connection`]).
    pub peer: Option<IpAddr>,
}

impl Visit<'_> {
    /// The submitted form; empty on anything but a `POST`.
    ///
    /// # Errors
    /// When the body is no form or is over the limits.
    pub fn form(&self) -> Result<Form<'_>, FormError> {
        match *self.method {
            Method::POST => Form::parse(self.body, &form::Limits::default()),
            _ => Ok(Form::default()),
        }
    }
}

impl<'a> Visit<'a> {
    /// The visit that a request is.
    pub fn of(request: &'a Request<Bytes>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            body: request.body(),
            peer: Connection::address(request),
        }
    }
}

/// Reads a request for a page of one's own as the provider reads those for its own: what the trusted proxy says of the client
/// comes first, then the body, within the limits.
///
/// # Errors
/// The status to refuse the request with.
pub async fn receive<B>(
    request: Request<B>,
    limits: &Limits,
    proxy: Option<&TrustedProxy>,
) -> Result<Request<Bytes>, StatusCode>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let mut request = Request::from_parts(head, Bytes::new());
    if proxy.is_some_and(|proxy| proxy.apply(&mut request).is_err()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    *request.body_mut() = body::read(pin!(body), limits).await?;
    Ok(request)
}

/// Whether an answer is HTML already. The cores' are plain text.
pub(crate) fn is_page(answer: &Response<Bytes>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Adds to a page what every page here must say, unless it says it itself: keep it nowhere, frame it nowhere, tell
/// nobody its address, take its type at its word (RFC 9700 sections 4.2.4 and 4.16).
pub fn seal(mut page: Response<Bytes>) -> Response<Bytes> {
    const ALWAYS: [(header::HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in ALWAYS {
        page.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    page
}
