//! What an application says of itself (RFC 7591 section 2).

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    DocumentError, Scopes,
    client::{Misuse, config::check_redirect_uri},
    document::{Json, Members, Object},
    jose::JwkSet,
    metadata::parse_endpoint,
    server::Application,
};

/// The metadata of a client: as it asks for it, or as it was registered. A list that is empty says nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClientMetadata {
    /// Where the browser may come back to, compared byte for byte.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// How the client authenticates; none means `client_secret_basic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// The grants; none means `authorization_code`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grant_types: Vec<String>,
    /// The response types; none means `code`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types: Vec<String>,
    /// What people are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// A page about the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// What it does with what it gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Who is responsible.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// What it may ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scopes>,
    /// Where it runs (OpenID Connect Registration section 2): servers let `native` ones come back to the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<Application>,
    /// Its public keys; never beside `jwks_uri`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "write_keys")]
    pub jwks: Option<JwkSet>,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
    /// The same software has the same, whoever runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// What somebody else has signed about the software (RFC 7591 section 2.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    /// All other members, such as a name in another language.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ClientMetadata {
    /// A public application that acts for people: codes and refresh tokens, `native` when it is called back on the device.
    pub fn for_application<U: Into<String>>(
        name: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = U>,
    ) -> Self {
        let redirect_uris: Vec<String> = redirect_uris.into_iter().map(Into::into).collect();
        let implied = Application::called_back_at(&redirect_uris);
        Self {
            redirect_uris,
            token_endpoint_auth_method: Some("none".to_owned()),
            grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
            response_types: vec!["code".to_owned()],
            client_name: Some(name.into()),
            application_type: Some(implied),
            ..Self::default()
        }
    }

    /// How the client authenticates, said or meant (RFC 7591 section 2).
    pub fn authentication_method(&self) -> &str {
        self.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic")
    }

    /// Whether it can be asked for at all.
    pub(in crate::client) fn check(&self) -> Result<(), Misuse> {
        self.redirect_uris.iter().try_for_each(|uri| check_redirect_uri(uri))?;
        let has = |list: &[String], wanted: &str| list.iter().any(|one| one == wanted);
        let with_code = self.grant_types.is_empty() || has(&self.grant_types, "authorization_code");
        if with_code && self.redirect_uris.is_empty() {
            return Err(Misuse::NoRedirectUri);
        }
        // RFC 7591 section 2.1: one is no use without the other.
        if with_code && !self.response_types.is_empty() && !has(&self.response_types, "code") {
            return Err(Misuse::ClientMetadata("response_types"));
        }
        let has_keys = match (&self.jwks, &self.jwks_uri) {
            (Some(_), Some(_)) => return Err(Misuse::ClientMetadata("jwks")),
            (jwks, uri) => jwks.is_some() || uri.is_some(),
        };
        if self.authentication_method() == "private_key_jwt" && !has_keys {
            return Err(Misuse::ClientMetadata("jwks"));
        }
        let taken = OWN.iter().chain(&ANSWERED).find(|name| self.extra.contains_key(**name));
        taken.map_or(Ok(()), |name| Err(Misuse::ClientMetadata(name)))
    }

    /// The members, with more in front of them.
    pub(in crate::client) fn to_json(&self, more: &[(&str, &str)]) -> Result<Vec<u8>, Misuse> {
        let malformed = |_| Misuse::ClientMetadata("extra");
        let Value::Object(members) = serde_json::to_value(self).map_err(malformed)? else {
            return Err(Misuse::ClientMetadata("extra"));
        };
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        let all: Map<String, Value> = more.chain(members).collect();
        serde_json::to_vec(&all).map_err(malformed)
    }

    /// What a server says that was registered.
    pub(super) fn read(mut members: Object<'_>) -> Result<Self, DocumentError> {
        let jwks_uri = match text(&mut members, "jwks_uri")? {
            Some(uri) => Some(parse_endpoint(&uri).map_err(|_| DocumentError::Value("jwks_uri"))?),
            None => None,
        };
        let scope = match members.text("scope")? {
            Some(scope) => Some(scope.parse().map_err(|_| DocumentError::Value("scope"))?),
            None => None,
        };
        let application_type = match members.text("application_type")?.as_deref() {
            None => None,
            Some("web") => Some(Application::Web),
            Some("native") => Some(Application::Native),
            Some(_) => return Err(DocumentError::Value("application_type")),
        };
        let mut list = |name| members.list(name).map(Option::unwrap_or_default);
        Ok(Self {
            redirect_uris: list("redirect_uris")?,
            grant_types: list("grant_types")?,
            response_types: list("response_types")?,
            contacts: list("contacts")?,
            token_endpoint_auth_method: text(&mut members, "token_endpoint_auth_method")?,
            client_name: text(&mut members, "client_name")?,
            client_uri: text(&mut members, "client_uri")?,
            logo_uri: text(&mut members, "logo_uri")?,
            tos_uri: text(&mut members, "tos_uri")?,
            policy_uri: text(&mut members, "policy_uri")?,
            software_id: text(&mut members, "software_id")?,
            software_version: text(&mut members, "software_version")?,
            software_statement: text(&mut members, "software_statement")?,
            jwks: keys(&mut members)?,
            jwks_uri,
            scope,
            application_type,
            extra: members.rest(),
        })
    }
}

/// The members that have a field: under `extra` they would come twice.
const OWN: [&str; 17] = [
    "redirect_uris",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "contacts",
    "scope",
    "application_type",
    "jwks",
    "jwks_uri",
    "software_id",
    "software_version",
    "software_statement",
];

/// What the server alone says (RFC 7591 section 3.2.1, RFC 7592 section 2.2).
const ANSWERED: [&str; 6] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
];

/// An empty text says nothing.
fn text(members: &mut Object<'_>, name: &'static str) -> Result<Option<String>, DocumentError> {
    Ok(members.text(name)?.filter(|text| !text.is_empty()).map(Cow::into_owned))
}

fn keys(members: &mut Object<'_>) -> Result<Option<JwkSet>, DocumentError> {
    match members.take("jwks") {
        None => Ok(None),
        Some(Json::Object(mut set)) => {
            let set = JwkSet::parse(Value::Object(set.rest()).to_string().as_bytes());
            set.map(Some).map_err(|_| DocumentError::Value("jwks"))
        }
        Some(_) => Err(DocumentError::Type("jwks")),
    }
}

fn write_keys<S: Serializer>(keys: &Option<JwkSet>, serializer: S) -> Result<S::Ok, S::Error> {
    keys.as_ref().map(JwkSet::to_value).serialize(serializer)
}

impl<'de> Deserialize<'de> for ClientMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Object::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Members that nobody knows may be secret.
impl fmt::Debug for ClientMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientMetadata")
            .field("client_name", &self.client_name)
            .field("redirect_uris", &self.redirect_uris)
            .field("token_endpoint_auth_method", &self.token_endpoint_auth_method)
            .field("extra", &self.extra.keys())
            .finish_non_exhaustive()
    }
}
