//! A registered client.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, Uri};
use oauth_sansio::{Secret, form};
use url::Url;

use super::{
    AssertionKey, AuthorizationRequest, ClientAuthentication, DpopKey, Error, Misuse, Server, SignedMode,
    callback::path_of, endpoints::Endpoints,
};
use crate::{
    metadata::{Transport, UrlError, check_endpoint},
    pkce,
};

/// What makes a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it talks to.
    pub server: Server,
    /// The client identifier (RFC 6749 section 2.2).
    pub client_id: String,
    /// How it authenticates.
    pub authentication: ClientAuthentication,
    /// The key that its tokens are bound to; `None` for bearer tokens. With it, an answer that brings a bearer token is
    /// refused (RFC 9449 section 5).
    pub dpop: Option<DpopKey>,
    /// The key that its authorization requests are signed with (RFC 9101); `None` for requests that are not.
    pub request_key: Option<AssertionKey>,
    /// Which way it wants authorization responses that are signed (JARM), where it takes no others: they are read with
    /// [`Pending::signed_callback`](super::Pending::signed_callback) and
    /// [`signed_parameters`](super::Pending::signed_parameters).
    pub signed_answers: Option<SignedMode>,
    /// Where the browser comes back to, byte for byte as registered.
    pub redirect_uri: Option<String>,
    /// How long a user may take to come back: 10 minutes. Whole seconds count.
    pub pending_lifetime: Duration,
}

impl Config {
    /// A public client without a redirect URI.
    pub fn new(server: Server, client_id: impl Into<String>) -> Self {
        Self {
            server,
            client_id: client_id.into(),
            authentication: ClientAuthentication::None,
            dpop: None,
            request_key: None,
            signed_answers: None,
            redirect_uri: None,
            pending_lifetime: Duration::from_secs(600),
        }
    }
}

/// A client of one authorization server: a cheap handle to keep in a field and to clone.
#[derive(Clone, Debug)]
pub struct Client(pub(super) Arc<Inner>);

/// The configuration, and what every request would otherwise compute again.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) server: Server,
    pub(super) issuer: Arc<str>,
    pub(super) client_id: Arc<str>,
    pub(super) authentication: ClientAuthentication,
    /// The headers of every request to an endpoint.
    pub(super) headers: HeaderMap,
    /// What the body of each says of the client.
    pub(super) parameters: Secret,
    pub(super) endpoints: Endpoints,
    pub(super) token_endpoint: Uri,
    pub(super) dpop: Option<DpopKey>,
    pub(super) request_key: Option<AssertionKey>,
    /// How signed answers are asked for, where they are.
    pub(super) signed_answers: Option<(SignedMode, &'static str)>,
    pub(super) redirect_uri: Option<Arc<str>>,
    pub(super) redirect_path: Option<String>,
    pub(super) pending_lifetime: Duration,
    /// The authorization URL up to and including `code_challenge=`, where there is one, and where its parameters begin.
    pub(super) authorization_url: Option<(String, usize)>,
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// [`Error::Misuse`] when the configuration contradicts itself or the server's metadata.
    pub fn new(config: Config) -> Result<Self, Error> {
        let Config { server, client_id, authentication, dpop, request_key, redirect_uri, .. } = config;
        if client_id.is_empty() {
            return Err(Misuse::ClientId.into());
        }
        if let Some(methods) = &server.authentication_methods
            && !methods.iter().any(|method| method == authentication.method())
        {
            return Err(Misuse::AuthenticationNotSupported.into());
        }
        if let Some(uri) = &redirect_uri {
            server.check_redirect_uri(uri)?;
        }
        // RFC 9101 section 10.5
        let open = &server.request_algorithms;
        let is_open = |key: &AssertionKey| open.iter().any(|name| name.parse() == Ok(key.algorithm()));
        if !open.is_empty() && !request_key.as_ref().is_none_or(is_open) {
            return Err(Misuse::RequestAlgorithm.into());
        }
        let signed_answers = match config.signed_answers {
            Some(mode) => Some((mode, server.signed_mode(mode).ok_or(Misuse::NoSignedAnswer)?)),
            None => None,
        };
        // RFC 8705 section 5: who shows a certificate goes where one is asked for.
        let endpoints = match authentication.is_by_certificate() {
            true => server.mtls_endpoints.clone(),
            false => server.endpoints.clone(),
        };
        let token_endpoint = endpoints.token.clone().ok_or(Misuse::NoTokenEndpoint)?;
        let authorization_url = match (&server.authorization_endpoint, &redirect_uri) {
            (Some(endpoint), Some(redirect_uri)) => {
                Some(url_prefix(&server, endpoint, &client_id, redirect_uri))
            }
            _ => None,
        };
        Ok(Self(Arc::new(Inner {
            issuer: server.issuer.as_str().into(),
            headers: server.headers(&authentication, &client_id)?,
            parameters: authentication.parameters(&client_id),
            client_id: client_id.into(),
            authentication,
            endpoints,
            token_endpoint,
            dpop,
            request_key,
            signed_answers,
            redirect_path: redirect_uri.as_deref().and_then(path_of),
            redirect_uri: redirect_uri.map(Into::into),
            pending_lifetime: config.pending_lifetime,
            authorization_url,
            server,
        })))
    }

    /// Starts writing an authorization request (RFC 6749 section 4.1.1).
    pub fn authorize(&self) -> AuthorizationRequest<'_> {
        AuthorizationRequest::new(self)
    }

    /// The issuer of the server that this is a client of. Tokens and registrations belong to it and to no other.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The client identifier.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// Where the browser comes back to.
    pub fn redirect_uri(&self) -> Option<&str> {
        self.0.redirect_uri.as_deref()
    }

    /// Whether it authenticates (RFC 6749 section 2.1).
    pub fn is_confidential(&self) -> bool {
        self.0.authentication != ClientAuthentication::None
    }

    /// Which way its [signed answers](Config::signed_answers) come, when it takes no others.
    pub fn signed_answers(&self) -> Option<SignedMode> {
        self.0.signed_answers.map(|(mode, _)| mode)
    }
}

/// RFC 6749 section 3.1.2, and RFC 9700 section 2.6: plain `http` only to the user's own machine (RFC 8252 section
/// 7.3). A scheme of an app's own is for the server to judge.
pub(super) fn check_redirect_uri(text: &str) -> Result<(), Misuse> {
    let url = Url::parse(text).map_err(|_| Misuse::RedirectUri)?;
    match check_endpoint(&url, Transport::HttpsOrInsecureLoopback) {
        Err(UrlError::Component | UrlError::Malformed) => Err(Misuse::RedirectUri),
        Err(UrlError::Insecure) if url.scheme() == "http" || url.fragment().is_some() => {
            Err(Misuse::RedirectUri)
        }
        _ => Ok(()),
    }
}

fn url_prefix(server: &Server, endpoint: &Url, client_id: &str, redirect_uri: &str) -> (String, usize) {
    let mut url = endpoint.as_str().to_owned();
    // RFC 6749 section 3.1: the endpoint's own query stays.
    match endpoint.query() {
        None => url.push('?'),
        Some("") => {}
        Some(_) => url.push('&'),
    }
    let start = url.len();
    form::append(&mut url, "response_type", "code");
    form::append(&mut url, "client_id", client_id);
    form::append(&mut url, "redirect_uri", redirect_uri);
    if server.takes_challenges() {
        form::append(&mut url, "code_challenge_method", pkce::METHOD);
        url.push_str("&code_challenge=");
    }
    (url, start)
}
