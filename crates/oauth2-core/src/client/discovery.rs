//! Asking an issuer for its metadata (RFC 8414 section 3).

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header::ACCEPT};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};

use super::Error;
use crate::{
    DocumentError,
    document::{check_json, check_size},
    metadata::{AuthorizationServerMetadata, MetadataError, Transport, WellKnown, well_known},
};

/// A request for an issuer's metadata, ready to be sent. What it brings is of this issuer and was validated.
#[must_use]
#[derive(Clone, Debug)]
pub struct Discovery {
    issuer: String,
    uri: Uri,
    transport: Transport,
    accept_missing_s256: bool,
}

impl Discovery {
    /// Discovery of an issuer, which is compared byte for byte with what the document says.
    ///
    /// An issuer that somebody else names decides which host is asked: let the adapter guard where it connects.
    ///
    /// # Errors
    /// When the issuer is no absolute URL, is not secure, or has a query or fragment (RFC 8414 section 2).
    pub fn new(issuer: impl Into<String>, transport: Transport) -> Result<Self, Error> {
        let issuer = issuer.into();
        let uri = well_known(&issuer, WellKnown::OAuthAuthorizationServer, transport)
            .map_err(|problem| MetadataError::Url { member: "issuer", problem })?;
        Ok(Self { issuer, uri, transport, accept_missing_s256: false })
    }

    /// Dangerous: accepts a server that does not say that it checks PKCE with S256. The challenge is sent all the
    /// same, but a stolen code may then be good without the verifier (RFC 9700 section 2.1.1).
    pub fn dangerously_accept_missing_s256(self) -> Self {
        Self { accept_missing_s256: true, ..self }
    }
}

impl Exchange for Discovery {
    type Done = AuthorizationServerMetadata;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        Ok(ask(&self.uri))
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
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
