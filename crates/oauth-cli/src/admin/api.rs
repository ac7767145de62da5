//! The provider's API for operators: where it is, and who is let in.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use oauth_sansio::{Outgoing, Secret};
use serde_json::Value;
use url::{Host, Url};

use crate::remote::{Failure, Output, Scene, TlsOptions, Wire, given};

/// Which provider.
#[derive(Debug, clap::Args)]
pub(crate) struct ApiOptions {
    /// Where the provider listens for its operator.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8081", global = true)]
    address: Url,
    /// A file with the operator's token. Without it, the environment variable OAUTH_ADMIN_TOKEN, or the file that the
    /// provider has written into its folder.
    #[arg(long, value_name = "FILE", global = true)]
    token_file: Option<String>,
    /// The folder of the provider's files.
    #[arg(long, value_name = "FOLDER", default_value = "oauth-data", global = true)]
    data: PathBuf,
    #[command(flatten)]
    tls: TlsOptions,
}

/// The file in the provider's folder that holds the operator's token.
const TOKEN_FILE: &str = "admin.token";

/// The API, as whoever holds the token sees it.
pub(crate) struct Api {
    wire: Wire,
    address: Url,
    token: Secret,
}

impl Api {
    pub(crate) fn new(options: &ApiOptions, output: Output) -> anyhow::Result<Self> {
        let address = options.address.clone();
        let is_loopback = match address.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        // The token opens everything: it crosses no network readable.
        if !(address.scheme() == "https" || address.scheme() == "http" && is_loopback) {
            return Err(Failure::caller("the operator's token is sent over https, or on this machine")
                .next("reach a provider on another machine through a tunnel")
                .into());
        }
        let token = match given(&options.token_file, "OAUTH_ADMIN_TOKEN")? {
            Some(token) => token,
            None => kept(&options.data)?,
        };
        Ok(Self {
            wire: Wire::new(output, &options.tls)?,
            address,
            token: Secret::new(token.expose().trim()),
        })
    }

    /// Waits longer for answers than a client does.
    pub(super) fn wait_for(&mut self, patience: Duration) {
        self.wire.wait_for(patience);
    }

    /// Sends one command; what it answers is JSON, or nothing.
    pub(crate) async fn send(
        &mut self,
        title: &'static str,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let kind = body.map(|_| "application/json");
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let told = self.exchange(title, method, path, query, body, kind).await?;
        Ok(serde_json::from_slice(&told).unwrap_or_default())
    }

    /// The same for what is not JSON; the body of the answer as it is.
    pub(crate) async fn exchange(
        &mut self,
        title: &'static str,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Bytes,
        kind: Option<&'static str>,
    ) -> anyhow::Result<Bytes> {
        let mut request = Request::new(body);
        *request.uri_mut() = self.uri(path, query)?;
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.extend(kind.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind))));
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.token.expose()))
            .map_err(|_| Failure::caller("the operator's token has characters that no token has"))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);

        let scene = Scene { title, standard: "the provider's API for operators" };
        let outgoing = Outgoing { max_response_bytes: MAX_ANSWER, ..Outgoing::once(request) };
        let answer = self.wire.send(scene, outgoing).await?;
        match answer.status().is_success() {
            true => Ok(answer.into_body()),
            false => {
                let told = serde_json::from_slice(answer.body()).unwrap_or_default();
                Err(refused(answer.status(), &told).into())
            }
        }
    }

    /// An address beside the commands.
    pub(super) fn at(&self, path: &str) -> anyhow::Result<Url> {
        Ok(self.address.join(path)?)
    }

    fn uri(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Uri> {
        let mut url = self.address.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::caller("the address of the provider is none"))?
            .clear()
            .push("v1")
            .extend(path);
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url.as_str().parse()?)
    }
}

/// All pages of a list, which stand under this name, as one.
pub(super) async fn all_pages(
    api: &mut Api,
    title: &'static str,
    path: &[&str],
    name: &str,
) -> anyhow::Result<Value> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let query: Vec<_> = after.iter().map(|after| ("after", after.as_str())).collect();
        let mut page = api.send(title, Method::GET, path, &query, None).await?;
        if let Value::Array(more) = page[name].take() {
            all.extend(more);
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(Value::Array(all)),
        }
    }
}

/// An export has everything in it.
const MAX_ANSWER: usize = 256 << 20;

fn kept(data: &std::path::Path) -> anyhow::Result<Secret> {
    let path = data.join(TOKEN_FILE);
    std::fs::read_to_string(&path).map(Secret::new).map_err(|error| {
        Failure::caller(format!("the operator's token cannot be read from {}: {error}", path.display()))
            .next("name the provider's folder with --data, or pass the token in OAUTH_ADMIN_TOKEN")
            .into()
    })
}

fn refused(status: http::StatusCode, told: &Value) -> Failure {
    let why = told["error_description"].as_str().unwrap_or("the provider does not say why");
    match status {
        http::StatusCode::UNAUTHORIZED => Failure::caller("this is not the operator's token")
            .next("the provider writes a token into its folder; name that with --data"),
        status if status.is_server_error() => Failure::server(format!("{why} ({status})")),
        _ => Failure::caller(why),
    }
}
