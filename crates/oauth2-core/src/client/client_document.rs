//! A client whose identifier is the address of its description, so that nobody has to register it
//! (draft-ietf-oauth-client-id-metadata-document-02).

use bytes::Bytes;
use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use url::Url;

use super::{AssertionKey, ClientAuthentication, ClientMetadata, Config, Error, Misuse, Server};

/// The description of a client, as the application serves it at the address that is its identifier.
///
/// ```
/// use oauth2_core::client::{ClientDocument, ClientMetadata};
///
/// let metadata = ClientMetadata::for_application("Photo prints", ["https://app.example/cb"]);
/// let document = ClientDocument::new("https://app.example/client.json", metadata)?;
/// assert_eq!(document.path(), "/client.json");
/// assert_eq!(document.response().headers()["content-type"], "application/json");
/// # Ok::<(), oauth2_core::client::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientDocument {
    url: Url,
    metadata: ClientMetadata,
    body: Bytes,
}

impl ClientDocument {
    /// Bytes of a document. The draft has servers read no more, to protect themselves.
    pub const MAX_BYTES: usize = 5 * 1024;

    /// A description that servers can believe.
    ///
    /// # Errors
    /// [`Misuse::ClientId`] when the address is none that a description may have, [`Misuse::ClientMetadata`] when a member is
    /// missing or of no use there: a method that needs a shared secret, for one, as everybody can read the document.
    pub fn new(client_id: &str, metadata: ClientMetadata) -> Result<Self, Error> {
        let url = address(client_id)?;
        metadata.check()?;
        // Section 4.1. Who says nothing means a secret (RFC 7591 section 2).
        if metadata.authentication_method().starts_with("client_secret_") {
            return Err(Misuse::ClientMetadata("token_endpoint_auth_method").into());
        }
        // People are shown it, and sent there.
        if metadata.client_name.as_ref().is_none_or(|name| name.trim().is_empty()) {
            return Err(Misuse::ClientMetadata("client_name").into());
        }
        if metadata.redirect_uris.is_empty() {
            return Err(Misuse::NoRedirectUri.into());
        }
        // Section 4: exactly the address.
        let body: Bytes = metadata.to_json(&[("client_id", client_id)])?.into();
        match body.len() <= Self::MAX_BYTES {
            true => Ok(Self { url, metadata, body }),
            false => Err(Misuse::ClientDocumentTooLarge.into()),
        }
    }

    /// The client identifier, which is the address.
    pub fn client_id(&self) -> &str {
        self.url.as_str()
    }

    /// The path to serve it at.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The document. Its media type is `application/json`.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What to answer a `GET` with. Servers keep it for an hour, unless the caller sets another `Cache-Control` (section 5.2).
    pub fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
        response
    }

    /// The configuration of this client at any server that reads such descriptions, with the first redirect URI; `key` is
    /// what signs its assertions, where it authenticates by one.
    ///
    /// # Errors
    /// [`Misuse::NoClientDocuments`] when the metadata of the server does not say that it reads them (section 6),
    /// [`Misuse::NoKey`] when there is none and there must be one.
    pub fn config(&self, server: Server, key: Option<AssertionKey>) -> Result<Config, Error> {
        if server.client_documents == Some(false) {
            return Err(Misuse::NoClientDocuments.into());
        }
        let authentication = ClientAuthentication::of(self.metadata.authentication_method(), None, key)?;
        let redirect_uri = self.metadata.redirect_uris.first().cloned();
        Ok(Config { authentication, redirect_uri, ..Config::new(server, self.client_id()) })
    }
}

/// Section 3: `https` with a path, without a query, a fragment, a user, or anything that a parser would write otherwise.
fn address(client_id: &str) -> Result<Url, Misuse> {
    let url = Url::parse(client_id).map_err(|_| Misuse::ClientId)?;
    let is_plain =
        url.as_str() == client_id && url.scheme() == "https" && url.has_host() && url.path() != "/";
    let has_user = !url.username().is_empty() || url.password().is_some();
    match is_plain && !has_user && url.query().is_none() && url.fragment().is_none() {
        true => Ok(url),
        false => Err(Misuse::ClientId),
    }
}
