//! What a client says of itself: the members of RFC 7591 section 2, read strictly and within limits.
//!
//! A registration and a Client ID Metadata Document have the same members; what of it is granted, each decides itself.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use super::{About, Application, AuthenticationMethod, ClientKeys, Demands};
use crate::{
    Scopes,
    document::{DocumentError, Json, Members, Object},
    jose::{Algorithm, JwkSet, SetError},
    server::{CertificateSubject, JsonText},
};

/// The metadata of a client. Nothing of it is believed yet: its redirect URIs have not been looked at, and it may ask
/// for more than it gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientMetadata {
    /// `client_id`, which only a Client ID Metadata Document has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `client_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// `redirect_uris`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// `token_endpoint_auth_method`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<AuthenticationMethod>,
    /// `grant_types`, by their names: some may be unknown here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    /// `response_types`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    /// `scope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scopes>,
    /// `application_type` (OpenID Connect Registration section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<Application>,
    /// `jwks` or `jwks_uri`, which are never there together.
    #[serde(flatten, serialize_with = "write_keys")]
    pub keys: Option<ClientKeys>,
    /// What its certificate names it by (RFC 8705 section 2.1.2).
    #[serde(flatten)]
    pub certificate: Option<CertificateSubject>,
    /// What it wants to be held to.
    #[serde(flatten)]
    pub demands: Demands,
    /// What it says to people.
    #[serde(flatten)]
    pub about: About,
    /// `software_statement`, unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    /// The members that have no field here.
    #[serde(skip)]
    pub others: Map<String, Value>,
}

/// What is wrong with metadata. On the wire of a registration it is `invalid_client_metadata` (RFC 7591 section 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MetadataError {
    /// It is no JSON object with each member once.
    #[error("the metadata is malformed")]
    Malformed,
    /// It has too many bytes or members.
    #[error("the metadata is too large")]
    TooLarge,
    /// A member that must be there is not.
    #[error("the member `{0}` is missing")]
    Missing(&'static str),
    /// A member, or something in its array, is of another JSON type.
    #[error("the member `{0}` is of the wrong type")]
    Type(&'static str),
    /// A member has a value that is not allowed, or too many of them.
    #[error("the member `{0}` has a value that is not allowed")]
    Value(&'static str),
    /// `jwks` and `jwks_uri` are there together (RFC 7591 section 2).
    #[error("`jwks` and `jwks_uri` are both there")]
    TwoKeySets,
    /// A private or a shared key is in `jwks`: whoever published it must learn of it.
    #[error("`jwks` holds a private or a shared key")]
    PrivateKey,
}

impl ClientMetadata {
    /// Bytes of the whole object.
    pub const MAX_BYTES: usize = 16 * 1024;
    /// Values of one member.
    pub const MAX_VALUES: usize = 32;
    /// Bytes of one value.
    pub const MAX_VALUE_BYTES: usize = 2048;

    /// Reads metadata. A member that is `null` is of the wrong type: only what is not there is not set.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(json: &[u8]) -> Result<Self, MetadataError> {
        if json.len() > Self::MAX_BYTES {
            return Err(MetadataError::TooLarge);
        }
        let mut members = Object::parse(json)?;
        Ok(Self {
            client_id: text(&mut members, "client_id")?,
            client_name: text(&mut members, "client_name")?.filter(|name| !name.trim().is_empty()),
            redirect_uris: list(&mut members, "redirect_uris")?.unwrap_or_default(),
            token_endpoint_auth_method: method(&mut members)?,
            grant_types: list(&mut members, "grant_types")?,
            response_types: list(&mut members, "response_types")?,
            scope: scope(&mut members)?,
            application_type: application(&mut members)?,
            keys: keys(&mut members)?,
            demands: demands(&mut members)?,
            about: about(&mut members)?,
            certificate: certificate(&mut members)?,
            software_statement: text_up_to(&mut members, "software_statement", Self::MAX_BYTES)?,
            others: members.rest(),
        })
    }
}

fn text(members: &mut Object<'_>, name: &'static str) -> Result<Option<String>, MetadataError> {
    text_up_to(members, name, ClientMetadata::MAX_VALUE_BYTES)
}

fn text_up_to(
    members: &mut Object<'_>,
    name: &'static str,
    most: usize,
) -> Result<Option<String>, MetadataError> {
    match members.text(name)? {
        Some(text) if text.len() > most => Err(MetadataError::Value(name)),
        text => Ok(text.map(Cow::into_owned)),
    }
}

fn list(members: &mut Object<'_>, name: &'static str) -> Result<Option<Vec<String>>, MetadataError> {
    let list = members.list(name)?;
    let fits = |list: &Vec<String>| {
        list.len() <= ClientMetadata::MAX_VALUES
            && list.iter().all(|value| value.len() <= ClientMetadata::MAX_VALUE_BYTES)
    };
    if list.as_ref().is_none_or(fits) { Ok(list) } else { Err(MetadataError::Value(name)) }
}

fn method(members: &mut Object<'_>) -> Result<Option<AuthenticationMethod>, MetadataError> {
    const NAME: &str = "token_endpoint_auth_method";
    let Some(name) = members.text(NAME)? else { return Ok(None) };
    let known = AuthenticationMethod::ALL.into_iter().find(|method| method.as_str() == name);
    known.map(Some).ok_or(MetadataError::Value(NAME))
}

fn scope(members: &mut Object<'_>) -> Result<Option<Scopes>, MetadataError> {
    let scope = members.text("scope")?;
    scope.map(|scope| scope.parse().map_err(|_| MetadataError::Value("scope"))).transpose()
}

fn application(members: &mut Object<'_>) -> Result<Option<Application>, MetadataError> {
    match members.text("application_type")?.as_deref() {
        None => Ok(None),
        Some("web") => Ok(Some(Application::Web)),
        Some("native") => Ok(Some(Application::Native)),
        Some(_) => Err(MetadataError::Value("application_type")),
    }
}

/// RFC 7591 section 2: one of both.
fn keys(members: &mut Object<'_>) -> Result<Option<ClientKeys>, MetadataError> {
    match (members.take("jwks"), text(members, "jwks_uri")?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(MetadataError::TwoKeySets),
        (None, Some(uri)) => match Url::parse(&uri) {
            Ok(url) if is_address_of_keys(&url) => Ok(Some(ClientKeys::Uri(url))),
            _ => Err(MetadataError::Value("jwks_uri")),
        },
        (Some(Json::Object(mut set)), None) => {
            let text = JsonText::of(&Value::Object(set.rest()));
            match JwkSet::parse(text.as_str().as_bytes()) {
                Ok(_) => Ok(Some(ClientKeys::Jwks(text))),
                Err(SetError::Private) => Err(MetadataError::PrivateKey),
                Err(_) => Err(MetadataError::Value("jwks")),
            }
        }
        (Some(_), None) => Err(MetadataError::Type("jwks")),
    }
}

/// Keys that come over an open line are anybody's.
pub(super) fn is_address_of_keys(url: &Url) -> bool {
    url.scheme() == "https"
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// RFC 8705 section 2.1.2: one of five.
fn certificate(members: &mut Object<'_>) -> Result<Option<CertificateSubject>, MetadataError> {
    const ADDRESS: &str = "tls_client_auth_san_ip";
    let address = match text(members, ADDRESS)? {
        None => None,
        Some(address) => Some(address.parse().map_err(|_| MetadataError::Value(ADDRESS))?),
    };
    let mut found = [
        text(members, "tls_client_auth_subject_dn")?.map(CertificateSubject::Name),
        text(members, "tls_client_auth_san_dns")?.map(CertificateSubject::Dns),
        text(members, "tls_client_auth_san_uri")?.map(CertificateSubject::Uri),
        address.map(CertificateSubject::Ip),
        text(members, "tls_client_auth_san_email")?.map(CertificateSubject::Email),
    ]
    .into_iter()
    .flatten();
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(MetadataError::Value("tls_client_auth_subject_dn")),
        (found, None) => Ok(found),
    }
}

fn demands(members: &mut Object<'_>) -> Result<Demands, MetadataError> {
    let pushed = members.flag("require_pushed_authorization_requests")?;
    let bound = members.flag("dpop_bound_access_tokens")?;
    let certified = members.flag("tls_client_certificate_bound_access_tokens")?;
    let signed = members.flag("require_signed_request_object")?;
    Ok(Demands {
        require_pushed_authorization_requests: pushed.unwrap_or_default(),
        dpop_bound_access_tokens: bound.unwrap_or_default(),
        tls_client_certificate_bound_access_tokens: certified.unwrap_or_default(),
        token_endpoint_auth_signing_alg: algorithm(members, "token_endpoint_auth_signing_alg")?,
        introspection_signed_response_alg: algorithm(members, "introspection_signed_response_alg")?,
        require_signed_request_object: signed.unwrap_or_default(),
        request_object_signing_alg: algorithm(members, "request_object_signing_alg")?,
        authorization_details_types: list(members, "authorization_details_types")?,
        authorization_signed_response_alg: algorithm(members, "authorization_signed_response_alg")?,
    })
}

fn algorithm(members: &mut Object<'_>, name: &'static str) -> Result<Option<Algorithm>, MetadataError> {
    let named = members.text(name)?.map(|text| text.parse());
    named.transpose().map_err(|_| MetadataError::Value(name))
}

fn about(members: &mut Object<'_>) -> Result<About, MetadataError> {
    Ok(About {
        client_uri: page(members, "client_uri")?,
        logo_uri: page(members, "logo_uri")?,
        tos_uri: page(members, "tos_uri")?,
        policy_uri: page(members, "policy_uri")?,
        contacts: list(members, "contacts")?.unwrap_or_default(),
        software_id: text(members, "software_id")?,
        software_version: text(members, "software_version")?,
    })
}

/// The address of a page that somebody may be led to: no scheme that runs something.
fn page(members: &mut Object<'_>, name: &'static str) -> Result<Option<String>, MetadataError> {
    let leads_to_a_page =
        |uri: &String| matches!(Url::parse(uri), Ok(url) if matches!(url.scheme(), "https" | "http"));
    match text(members, name)? {
        Some(uri) if !leads_to_a_page(&uri) => Err(MetadataError::Value(name)),
        uri => Ok(uri),
    }
}

fn write_keys<S: serde::Serializer>(keys: &Option<ClientKeys>, serializer: S) -> Result<S::Ok, S::Error> {
    let member = match keys {
        None => None,
        Some(ClientKeys::Jwks(text)) => Some(("jwks", text.value())),
        Some(ClientKeys::Uri(url)) => Some(("jwks_uri", Value::from(url.as_str()))),
    };
    serializer.collect_map(member)
}

impl From<DocumentError> for MetadataError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::TooLarge => Self::TooLarge,
            DocumentError::Missing(name) => Self::Missing(name),
            DocumentError::Type(name) => Self::Type(name),
            DocumentError::Value(name) => Self::Value(name),
            _ => Self::Malformed,
        }
    }
}
