//! Asking a server for the keys that it signs with (RFC 8414 section 2, RFC 7517 section 5).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, Uri, header::ACCEPT};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};

use super::{Client, Error, Misuse, discovery::ask};
use crate::{
    DocumentError,
    document::{check_json, content_type},
    jose::{JwkSet, SetError},
};

/// The request for the keys of a server. Keep what it brings as long as its signatures verify.
#[must_use]
#[derive(Clone, Debug)]
pub struct KeyDiscovery {
    uri: Uri,
}

impl Client {
    /// Asks the server for the keys that it signs with.
    ///
    /// # Errors
    /// [`Misuse::NoServerKeys`] when its metadata does not say where they are.
    pub fn server_keys(&self) -> Result<KeyDiscovery, Error> {
        let uri = self.0.server.jwks_uri.clone().ok_or(Misuse::NoServerKeys)?;
        Ok(KeyDiscovery { uri })
    }
}

impl Exchange for KeyDiscovery {
    type Done = JwkSet;
    type Error = Error;

    fn request(&mut self, _: Moment) -> Result<Outgoing, Error> {
        let mut outgoing = ask(&self.uri);
        let types = HeaderValue::from_static("application/jwk-set+json, application/json");
        outgoing.request.headers_mut().insert(ACCEPT, types);
        Ok(Outgoing { max_response_bytes: JwkSet::MAX_BYTES, ..outgoing })
    }

    fn response(self, response: Response<Bytes>, _: Moment) -> Result<Progress<Self>, Error> {
        let status = response.status();
        let refused = |problem| Error::Answer { status, problem, retry_after: None };
        if status != StatusCode::OK {
            return Err(refused(DocumentError::Status));
        }
        // RFC 7517 section 8.5.2
        let essence = content_type(response.headers()).split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/jwk-set+json") {
            check_json(response.headers()).map_err(refused)?;
        }
        let set = JwkSet::parse(response.body()).map_err(|error| match error {
            SetError::TooLarge => DocumentError::TooLarge,
            SetError::Malformed | SetError::Private => DocumentError::Value("keys"),
        });
        set.map(Progress::Done).map_err(refused)
    }
}
