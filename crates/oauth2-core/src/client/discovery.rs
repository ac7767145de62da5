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
    /// Where to ask; the first is the one that is asked now.
    places: VecDeque<Uri>,
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
        let mut places = places.collect::<Result<VecDeque<_>, _>>().map_err(problem)?;
        // Of an issuer without a path the two are one.
        if places.get(1) == places.get(2) {
            places.truncate(2);
        }
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
        let problem = MetadataError::Url { member: "issuer", problem: UrlError::Malformed };
        self.places.front().map(ask).ok_or(problem.into())
    }

    fn response(mut self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let status = response.status();
        // There is none here. A server that is busy or fails has not said so, and a redirect leads anywhere.
        if status.is_client_error() && !is_busy(status) {
            self.places.pop_front();
            return match (self.places.is_empty(), self.assume_endpoints) {
                (false, _) => Ok(Progress::Again(self)),
                (true, true) => self.assumed().map(Progress::Done),
                (true, false) => {
                    Err(Error::Answer { status, problem: DocumentError::Status, retry_after: None })
                }
            };
        }
        document(&response)?;
        let metadata = AuthorizationServerMetadata::parse(response.body())?;
        metadata.validate(&self.issuer, self.transport)?;
        if !metadata.supports_s256() && !self.accept_missing_s256 {
            return Err(MetadataError::NoS256.into());
        }
        Ok(Progress::Done(metadata))
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
