//! A browser and the person in front of it, played by the program.

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri, header};
use oauth_hyper_client::Client;
use oauth_sansio::{Outgoing, form};
use url::Url;

/// Follows redirects one at a time, keeps cookies, fills in forms.
pub struct Person {
    client: Client,
    /// Name and value by host; loopback servers on several ports share cookies, as they do in every browser.
    cookies: Vec<(String, String)>,
}

/// A request that was answered.
pub struct Visit {
    /// What was sent.
    pub request: Request<Bytes>,
    /// What came back.
    pub response: Response<Bytes>,
}

impl Visit {
    /// Where the answer sends the browser.
    ///
    /// # Errors
    /// When it sends it nowhere.
    pub fn location(&self) -> anyhow::Result<Url> {
        let here = Url::parse(&self.request.uri().to_string())?;
        let location = self.response.headers().get(header::LOCATION).context("the answer is no redirect")?;
        Ok(here.join(location.to_str()?)?)
    }

    /// Where the form of the page is sent to.
    fn action(&self) -> anyhow::Result<Url> {
        let here = Url::parse(&self.request.uri().to_string())?;
        let form = self.tags("form")?.into_iter().next().context("the page has no form")?;
        Ok(attribute(form, "action").map_or(Ok(here.clone()), |action| here.join(&action))?)
    }

    /// What the form sends unseen.
    fn hidden(&self) -> anyhow::Result<Vec<(String, String)>> {
        let inputs = self.tags("input")?.into_iter();
        let hidden = inputs.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
        Ok(hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect())
    }

    /// The attributes of each tag of this name; enough for pages that we wrote ourselves.
    fn tags(&self, name: &str) -> anyhow::Result<Vec<&str>> {
        let page = std::str::from_utf8(self.response.body())?;
        let behind = page.split('<').filter_map(|piece| piece.strip_prefix(name)?.strip_prefix(' '));
        Ok(behind.filter_map(|piece| piece.split('>').next()).collect())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!("{name}=\""))?;
    Some(value.split('"').next()?.replace("&amp;", "&"))
}

impl Person {
    /// A browser without cookies.
    pub fn new(client: Client) -> Self {
        Self { client, cookies: Vec::new() }
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn open(&mut self, url: &Url) -> anyhow::Result<Visit> {
        self.send(Method::GET, url, String::new()).await
    }

    /// Fills in the form of a page and presses its button.
    ///
    /// # Errors
    /// When the page has no form, or there is no answer.
    pub async fn submit(&mut self, page: &Visit, fields: &[(&str, &str)]) -> anyhow::Result<Visit> {
        let mut body = form::encode(page.hidden()?);
        fields.iter().for_each(|(name, value)| form::append(&mut body, name, value));
        self.send(Method::POST, &page.action()?, body).await
    }

    async fn send(&mut self, method: Method, url: &Url, body: String) -> anyhow::Result<Visit> {
        let mut request = Request::builder().method(method).uri(url.as_str().parse::<Uri>()?);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, form::MEDIA_TYPE);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let request = request.body(Bytes::from(body))?;
        let response = self.client.send(Outgoing::once(request.clone())).await?;
        self.keep_cookies(response.headers());
        Ok(Visit { request, response })
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pair = value.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(kept, _)| kept != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}
