//! Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document-02): the identifier of a client is the
//! address of its description, so that nobody has to register it.

use url::Url;

use super::{
    Application, Authentication, AuthenticationMethod, Client, ClientError, ClientMetadata, GrantType,
    MetadataError, Origin,
};
use crate::server::{Config, FetchError, RedirectUriError, authorize::is_web};

/// Why there is no client behind an identifier that is an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ClientDocumentError {
    /// The identifier is no address that a description may have (section 3).
    #[error("the identifier is not an address of a client's description")]
    Address,
    /// The description was not fetched, or what came is none.
    #[error("the client's description: {0}")]
    Fetch(#[from] FetchError),
    /// The description cannot be read, or lacks something.
    #[error("the client's description: {0}")]
    Metadata(#[from] MetadataError),
    /// `client_id` is not the very address that it was fetched from (section 4).
    #[error("the client's description is of another client")]
    OtherClient,
    /// It has a secret, which everybody could read (section 4.1).
    #[error("the client's description holds a secret")]
    Secret,
    /// It names a way to authenticate that a client without a shared secret does not have (section 4.1).
    #[error("the client's description names an authentication method that is not open to it")]
    Method,
    /// It describes a client that must not be registered.
    #[error("the client's description: {0}")]
    Client(#[from] ClientError),
}

/// Whether an identifier is meant to be an address. Those that are given out here never are.
pub(in crate::server) fn is_meant(client_id: &str) -> bool {
    client_id.starts_with("https:")
}

/// The address of the description (section 3). Nothing about it is mended: an address that a parser would write
/// otherwise is another identifier.
pub(in crate::server) fn address(client_id: &str) -> Result<Url, ClientDocumentError> {
    if client_id.len() > Client::MAX_ID_BYTES {
        return Err(ClientDocumentError::Address);
    }
    let url = Url::parse(client_id).map_err(|_| ClientDocumentError::Address)?;
    // What is not as the parser writes it has dot segments, a default port, no path, an odd host, an empty name of a user.
    let is_plain = url.as_str() == client_id && url.scheme() == "https" && url.has_host();
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_extras = url.fragment().is_some() || url.query() == Some("");
    match is_plain && !has_user && !has_extras {
        true => Ok(url),
        false => Err(ClientDocumentError::Address),
    }
}

/// Reads a description that came from this address, as far as every server agrees on it.
pub(in crate::server) fn read(url: &Url, json: &[u8]) -> Result<ClientMetadata, ClientDocumentError> {
    let metadata = ClientMetadata::parse(json)?;
    // RFC 3986 section 6.2.1: as text.
    match metadata.client_id.as_deref() {
        None => return Err(MetadataError::Missing("client_id").into()),
        Some(client_id) if client_id != url.as_str() => return Err(ClientDocumentError::OtherClient),
        Some(_) => {}
    }
    if ["client_secret", "client_secret_expires_at"].iter().any(|name| metadata.others.contains_key(*name)) {
        return Err(ClientDocumentError::Secret);
    }
    if metadata.client_name.is_none() {
        return Err(MetadataError::Missing("client_name").into());
    }
    if metadata.redirect_uris.is_empty() {
        return Err(MetadataError::Missing("redirect_uris").into());
    }
    authentication(&metadata)?;
    Ok(metadata)
}

/// The client that is described, with no more than this server gives to such clients.
pub(in crate::server) fn client(
    config: &Config,
    metadata: ClientMetadata,
) -> Result<Client, ClientDocumentError> {
    let authentication = authentication(&metadata)?;
    let open = &config.document_clients;
    // RFC 7591 section 2: without the member, the code grant.
    let asks_for = |grant: &GrantType| match &metadata.grant_types {
        None => *grant == GrantType::AuthorizationCode,
        Some(names) => names.iter().any(|name| name == grant.as_str()),
    };
    let may = |grant: &&GrantType| {
        open.grants.contains(grant)
            // RFC 6749 section 4.4
            && (**grant != GrantType::ClientCredentials || authentication.is_confidential())
            && asks_for(grant)
    };
    let grants: Vec<_> = config.policy.grants.iter().filter(may).cloned().collect();
    // RFC 7591 section 2.1: one is no use without the other.
    let with_code =
        metadata.response_types.as_ref().is_none_or(|types| types.iter().any(|one| one == "code"));
    if grants.contains(&GrantType::AuthorizationCode) && !with_code {
        return Err(MetadataError::Value("response_types").into());
    }
    let scopes = match &metadata.scope {
        None => open.scopes.clone(),
        Some(scopes) => scopes.within(&open.scopes),
    };
    let implied = Application::called_back_at(&metadata.redirect_uris);
    let client = Client {
        name: metadata.client_name.unwrap_or_default(),
        authentication,
        redirect_uris: metadata.redirect_uris,
        application: metadata.application_type.unwrap_or(implied),
        grants,
        scopes,
        keys: metadata.keys,
        demands: metadata.demands,
        about: metadata.about,
        origin: Origin::Document,
        ..Client::new(metadata.client_id.unwrap_or_default())
    };
    client.check()?;
    // What no request could name is no description of a client here.
    if !config.policy.private_use_schemes && !client.redirect_uris.iter().all(|uri| is_web(uri)) {
        return Err(ClientError::RedirectUri(RedirectUriError::Scheme).into());
    }
    Ok(client)
}

/// What is declared is demanded. A client that declares nothing has nothing to show: the method that RFC 7591 section 2
/// then assumes needs a secret, and there is none.
fn authentication(metadata: &ClientMetadata) -> Result<Authentication, ClientDocumentError> {
    match (metadata.token_endpoint_auth_method, &metadata.keys) {
        (None | Some(AuthenticationMethod::None), _) => Ok(Authentication::None),
        (Some(AuthenticationMethod::PrivateKeyJwt), Some(_)) => Ok(Authentication::PrivateKeyJwt),
        (Some(AuthenticationMethod::PrivateKeyJwt), None) => Err(ClientError::NoKeys.into()),
        (Some(_), _) => Err(ClientDocumentError::Method),
    }
}
