//! How a provider is spoken to: its endpoints, and where it strays from what RFC 5849 section 2 takes for granted.

use serde::{Deserialize, Serialize};
use url::Url;

use super::ConfigError;
use crate::signature::Origin;

/// The endpoints of a provider and its dialect (RFC 5849 section 2): plain data, to be kept in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Where temporary credentials are asked for (section 2.1).
    pub temporary: Url,
    /// Where people are sent to decide (section 2.2).
    pub authorization: Url,
    /// Where token credentials are asked for (section 2.3).
    pub token: Url,
    /// Where token credentials are renewed; `None` for the token endpoint, as "OAuth Session" has it.
    #[serde(default)]
    pub renewal: Option<Url>,
    /// Where token credentials are given back, if that is possible. No standard names it.
    #[serde(default)]
    pub revocation: Option<Url>,
    /// The `realm` to name in the `Authorization` header, if the provider wants one.
    #[serde(default)]
    pub realm: Option<String>,
    /// The HTTP method of credential requests.
    #[serde(default)]
    pub method: CredentialMethod,
    /// Where the protocol parameters of credential requests travel (section 3.5).
    #[serde(default)]
    pub placement: Placement,
    /// Parameters of the provider's own. They are signed like all others.
    #[serde(default)]
    pub extra: Extra,
    /// Sends the provider's own parameters in the query of a `POST`, where a form would hold them.
    #[serde(default)]
    pub extra_in_query: bool,
    /// Names the application where a person decides, too (`oauth_consumer_key`).
    #[serde(default)]
    pub name_client_at_authorization: bool,
    /// Whether `oauth_version` is sent, which is optional (section 3.1).
    #[serde(default = "yes")]
    pub send_version: bool,
    /// Sends `oauth_token=""` before there is a token, for providers from before RFC 5849.
    #[serde(default)]
    pub send_empty_token: bool,
}

/// The HTTP method of a credential request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialMethod {
    /// As RFC 5849 sections 2.1 and 2.3 say.
    #[default]
    Post,
    /// As some providers want it.
    Get,
}

/// Where protocol parameters travel (RFC 5849 section 3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// In the `Authorization` header (section 3.5.1).
    #[default]
    Header,
    /// In the query (section 3.5.3). Queries end up in logs.
    Query,
    /// In the form body (section 3.5.2).
    Form,
}

/// Parameters that a provider wants besides those of RFC 5849, by name and value, not encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// In the request for temporary credentials.
    pub temporary: Vec<(String, String)>,
    /// In the address where a person decides; not signed.
    pub authorization: Vec<(String, String)>,
    /// In the request for token credentials.
    pub token: Vec<(String, String)>,
}

impl Provider {
    /// A provider that does as RFC 5849 says.
    pub fn new(temporary: Url, authorization: Url, token: Url) -> Self {
        Self {
            temporary,
            authorization,
            token,
            renewal: None,
            revocation: None,
            realm: None,
            method: CredentialMethod::default(),
            placement: Placement::default(),
            extra: Extra::default(),
            extra_in_query: false,
            name_client_at_authorization: false,
            send_version: true,
            send_empty_token: false,
        }
    }

    /// A provider that only verifies signatures. Its endpoints lead nowhere (RFC 2606 section 2).
    pub fn without_a_dance() -> Self {
        let Ok(nowhere) = Url::parse("https://no-dance.invalid/") else { unreachable!("it is an address") };
        Self::new(nowhere.clone(), nowhere.clone(), nowhere)
    }

    /// RFC 5849 sections 2.1 and 2.3: the answers carry secrets; section 2.2: the person logs in.
    pub(super) fn check(&self, is_private: impl Fn(&Origin) -> bool) -> Result<(), ConfigError> {
        let endpoints = [&self.temporary, &self.authorization, &self.token];
        for url in endpoints.into_iter().chain(&self.renewal).chain(&self.revocation) {
            let origin = Origin::new(url).map_err(|_| ConfigError::Endpoint)?;
            if !is_private(&origin) {
                return Err(ConfigError::Insecure);
            }
        }
        // RFC 5849 section 3.5.2: there is no body to carry them.
        if self.method == CredentialMethod::Get && self.placement == Placement::Form {
            return Err(ConfigError::FormInGet);
        }
        let Extra { temporary, authorization, token } = &self.extra;
        if [temporary, authorization, token].into_iter().flatten().any(|(name, _)| is_protocol(name)) {
            return Err(ConfigError::ProtocolParameter);
        }
        match &self.realm {
            Some(realm) if !realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Err(ConfigError::Realm),
            _ => Ok(()),
        }
    }
}

/// RFC 5849 section 3.2: the prefix belongs to the protocol.
fn is_protocol(name: &str) -> bool {
    name.starts_with("oauth_")
}

const fn yes() -> bool {
    true
}
