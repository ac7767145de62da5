//! Requests in the words of a provider.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use oauth_sansio::form::{self, Form, Limits};
use serde_json::{Map, Value};

use super::{Basic, Body, Mouth};
use crate::{
    Scopes,
    client::{ClientAuthentication, Misuse, Server, authorize::Parameters},
};

impl Mouth {
    /// The body of a request to an endpoint.
    pub(super) fn spoken(&self, body: String) -> String {
        // It was written here, so it reads.
        match (self.dialect.requests.body, Form::parse(body.as_bytes(), &OURS)) {
            (Body::Json, Ok(form)) => self.json(&form),
            (Body::Form, Ok(form)) if self.dialect.authorization.scope_separator != ' ' => self.form(&form),
            _ => body,
        }
    }

    fn pairs<'f>(&self, form: &'f Form<'_>) -> impl Iterator<Item = (&'f str, Cow<'f, str>)> {
        let separator = self.dialect.authorization.scope_separator;
        form.pairs().map(move |(name, value)| match name {
            "scope" => (name, separated(value, separator)),
            _ => (name, Cow::Borrowed(value)),
        })
    }

    fn form(&self, form: &Form<'_>) -> String {
        form::encode(self.pairs(form))
    }

    fn json(&self, form: &Form<'_>) -> String {
        let mut members = Map::new();
        for (name, value) in self.pairs(form) {
            let value = Value::String(value.into_owned());
            match members.get_mut(name) {
                None => drop(members.insert(name.to_owned(), value)),
                Some(Value::Array(values)) => values.push(value),
                // One that may come twice, such as `resource` (RFC 8707 section 2).
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        Value::Object(members).to_string()
    }
}

impl Server {
    /// The parameter for a scope, and its value.
    pub(in crate::client) fn scope_parameter<'a>(&'a self, scope: &'a Scopes) -> (&'a str, Cow<'a, str>) {
        match &self.mouth {
            None => ("scope", Cow::Borrowed(scope.as_str())),
            Some(mouth) => {
                let authorization = &mouth.dialect.authorization;
                (&authorization.scope_parameter, separated(scope.as_str(), authorization.scope_separator))
            }
        }
    }

    /// Adds the provider's parameters to an authorization request, but for those that are there.
    pub(in crate::client) fn add_parameters<'a>(&'a self, asked: &mut Parameters<'a>, offline: bool) {
        let Some(mouth) = &self.mouth else { return };
        let authorization = &mouth.dialect.authorization;
        let for_offline = authorization.offline.parameters.iter().filter(|_| offline);
        for (name, value) in for_offline.chain(&authorization.parameters) {
            // RFC 6749 section 3.1: no parameter comes twice.
            if !asked.iter().any(|(one, _)| one == name) {
                asked.push((name, value));
            }
        }
    }

    /// The scope for access that outlives the person's presence.
    pub(in crate::client) fn offline_scope(&self) -> Option<&str> {
        match &self.mouth {
            None => Some("offline_access"),
            Some(mouth) => mouth.dialect.authorization.offline.scope.as_deref(),
        }
    }

    /// The headers of every request of a client to an endpoint, in the provider's way.
    pub(in crate::client) fn headers(
        &self,
        authentication: &ClientAuthentication,
        client_id: &str,
    ) -> Result<HeaderMap, Misuse> {
        let media_type = match &self.mouth {
            Some(mouth) if mouth.dialect.requests.body == Body::Json => "application/json",
            _ => form::MEDIA_TYPE,
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.extend(self.authorization(authentication, client_id)?.map(|value| (AUTHORIZATION, value)));
        headers.extend(self.mouth.iter().flat_map(|mouth| mouth.headers.clone()));
        Ok(headers)
    }

    fn authorization(
        &self,
        authentication: &ClientAuthentication,
        client_id: &str,
    ) -> Result<Option<HeaderValue>, Misuse> {
        let basic = self.mouth.as_ref().map(|mouth| mouth.dialect.requests.basic);
        match (authentication, basic) {
            (ClientAuthentication::SecretBasic(secret), Some(Basic::Raw)) => {
                // RFC 7617 section 2: a colon would end the identifier.
                if client_id.contains(':') {
                    return Err(Misuse::ClientId);
                }
                let mut value = String::from("Basic ");
                STANDARD.encode_string(format!("{client_id}:{}", secret.expose()), &mut value);
                let mut value = HeaderValue::try_from(value).map_err(|_| Misuse::ClientId)?;
                value.set_sensitive(true);
                Ok(Some(value))
            }
            _ => Ok(authentication.header(client_id)),
        }
    }
}

fn separated(scope: &str, separator: char) -> Cow<'_, str> {
    match separator {
        ' ' => Cow::Borrowed(scope),
        other => Cow::Owned(scope.replace(' ', other.encode_utf8(&mut [0; 4]))),
    }
}

/// What the client wrote itself needs no limits.
const OURS: Limits =
    Limits { bytes: usize::MAX, parameters: usize::MAX, name: usize::MAX, value: usize::MAX };
