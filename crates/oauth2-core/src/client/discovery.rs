//! Asking an issuer for its metadata (RFC 8414 section 3).

use std::collections::VecDeque;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header::ACCEPT};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use url::Url;

use super::{Error, error::is_busy};
use crate::{
    DocumentError,
    document::{check_json, check_size},
    metadata::{AuthorizationServerMetadata, MetadataError, Transport, UrlError, WellKnown, well_known},
};

/// A request for an issuer's metadata, ready to be sent. What it brings is of this issuer and was validated.
///
/// A server that has no document at the place of RFC 8414 is asked at the two places of OpenID Connect Discovery.
#[must_use]
#[derive(Clone, Debug)]
pub struct Discovery {
    issuer: String,
    places: Places,
    transport: Transport,
    accept_missing_s256: bool,
    assume_endpoints: bool,
}

/// Where the document may be, the best first (RFC 8414 sections 3.1 and 5).
const PLACES: [WellKnown; 3] = [
    WellKnown::OAuthAuthorizationServer,
    WellKnown::OpenIdConfigurationInserted,
    WellKnown::OpenIdConfiguration,
];

impl Discovery {
    /// Discovery of an issuer, which is compared byte for byte with what the document says.
    ///
    /// An issuer that somebody else names decides which host is asked: let the adapter guard where it connects.
    ///
    /// # Errors
    /// When the issuer is no absolute URL, is not secure, or has a query or fragment (RFC 8414 section 2).
    pub fn new(issuer: impl Into<String>, transport: Transport) -> Result<Self, Error> {
        let issuer = issuer.into();
        let problem = |problem| MetadataError::Url { member: "issuer", problem };
        let places = PLACES.into_iter().map(|place| well_known(&issuer, place, transport));
        let places = Places::new(places.collect::<Result<Vec<_>, _>>().map_err(problem)?);
        Ok(Self { issuer, places, transport, accept_missing_s256: false, assume_endpoints: false })
    }

    /// Dangerous: accepts a server that does not say that it checks PKCE with S256. The challenge is sent all the
    /// same, but a stolen code may then be good without the verifier (RFC 9700 section 2.1.1).
    pub fn dangerously_accept_missing_s256(self) -> Self {
        Self { accept_missing_s256: true, ..self }
    }

    /// Dangerous: a server that has no document anywhere is taken to have `/authorize`, `/token` and `/register` at its
    /// origin, as the Model Context Protocol had it in its version of 2025-03-26. Nobody says that these are its
    /// endpoints, nor that it checks PKCE.
    pub fn dangerously_assume_endpoints(self) -> Self {
        Self { assume_endpoints: true, ..self }
    }

    fn assumed(self) -> Result<AuthorizationServerMetadata, Error> {
        let problem = |problem| MetadataError::Url { member: "issuer", problem };
        let origin = Url::parse(&self.issuer).map_err(|_| problem(UrlError::Malformed))?;
        let at = |path| origin.join(path).map(Some).map_err(|_| problem(UrlError::Malformed));
        let metadata = AuthorizationServerMetadata {
            authorization_endpoint: at("/authorize")?,
            token_endpoint: at("/token")?,
            registration_endpoint: at("/register")?,
            response_types_supported: vec!["code".to_owned()],
            // Whatever the registration says.
            token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"]
                .map(str::to_owned)
                .to_vec(),
            issuer: self.issuer,
            ..AuthorizationServerMetadata::default()
        };
        Ok(metadata)
    }
}

impl Exchange for Discovery {
    type Done = AuthorizationServerMetadata;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        self.places.ask()
    }

    fn response(mut self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let status = response.status();
        match self.places.after(status) {
            Found::Elsewhere => return Ok(Progress::Again(self)),
            Found::Nowhere if self.assume_endpoints => return self.assumed().map(Progress::Done),
            Found::Nowhere | Found::Here => document(&response)?,
        }
        let metadata = AuthorizationServerMetadata::parse(response.body())?;
        metadata.validate(&self.issuer, self.transport)?;
        if !metadata.supports_s256() && !self.accept_missing_s256 {
            return Err(MetadataError::NoS256.into());
        }
        Ok(Progress::Done(metadata))
    }
}

/// Where a document may be, the best first; the first is the one that is asked now.
#[derive(Clone, Debug)]
pub(super) struct Places(VecDeque<Uri>);

/// What an answer says of where a document is.
pub(super) enum Found {
    /// If anywhere, then in this answer.
    Here,
    /// There is another place to ask.
    Elsewhere,
    /// That was the last place.
    Nowhere,
}

impl Places {
    /// These, each once.
    pub(super) fn new(mut places: Vec<Uri>) -> Self {
        places.dedup();
        Self(places.into())
    }

    pub(super) fn ask(&self) -> Result<Outgoing, Error> {
        let none = MetadataError::Url { member: "issuer", problem: UrlError::Malformed };
        self.0.front().map(ask).ok_or(none.into())
    }

    /// Goes on to the next place, where the answer says that there is nothing at the first. A server that is busy or fails
    /// has not said so, and a redirect leads anywhere.
    pub(super) fn after(&mut self, status: StatusCode) -> Found {
        if !status.is_client_error() || is_busy(status) {
            return Found::Here;
        }
        self.0.pop_front();
        if self.0.is_empty() { Found::Nowhere } else { Found::Elsewhere }
    }
}

/// The request for a document.
pub(super) fn ask(uri: &Uri) -> Outgoing {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri.clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    Outgoing::repeatable(request)
}

/// Whether an answer may hold one (RFC 8414 section 3.2, RFC 9728 section 3.2).
pub(super) fn document(response: &Response<Bytes>) -> Result<(), Error> {
    let status = response.status();
    let refused = |problem| Error::Answer { status, problem, retry_after: None };
    if status != StatusCode::OK {
        return Err(refused(DocumentError::Status));
    }
    check_size(response).and_then(|()| check_json(response.headers())).map_err(refused)
}
