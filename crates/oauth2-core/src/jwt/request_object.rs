//! Authorization requests as one signed text: request objects (RFC 9101).

use oauth_sansio::Timestamp;
use serde_json::{Map, Value};

use super::{
    AssertionError, AssertionPolicy,
    assertion::{check_audience, check_time, read},
};
use crate::jose::{ClaimError, Claims, JwkSet, Typ};

/// The type of a request object (RFC 9101 section 10.8).
const TYPE: &str = "oauth-authz-req+jwt";

/// The parameters of a request that its client has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestObject {
    /// Names and values as they would stand in a form: a number is its digits, what has a structure is JSON, and
    /// `resource` comes once for each. An empty value is no value.
    pub parameters: Vec<(String, String)>,
}

/// Why a request object is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RequestObjectError {
    /// What it has in common with an assertion: the text, the signature, by whom, for whom and when.
    #[error("the request object, as an assertion: {0}")]
    Assertion(#[from] AssertionError),
    /// `sub` is the client: it could pass for a client's assertion, or is one (RFC 9101 section 10.8).
    #[error("the request object is about its client")]
    ClientAssertion,
    /// `client_id` is another one than that of the request (RFC 9101 section 5).
    #[error("the request object is of another client")]
    OtherClient,
    /// It has `request` or `request_uri` (RFC 9101 section 4).
    #[error("the request object refers to another one")]
    Nested,
}

impl From<ClaimError> for RequestObjectError {
    fn from(error: ClaimError) -> Self {
        Self::Assertion(error.into())
    }
}

impl RequestObject {
    /// Judges a request object with the keys of its client. What the policy says of assertions holds for it; an issuer
    /// among the other audiences may stand in company.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn by_keys(
        text: &str,
        client_id: &str,
        keys: &JwkSet,
        policy: &AssertionPolicy<'_>,
        now: Timestamp,
    ) -> Result<Self, RequestObjectError> {
        let jws = read(text, &[Typ::Absent, Typ::Is("jwt"), Typ::Is(TYPE)], policy)?;
        let payload = jws.verify_by(keys).map_err(AssertionError::from)?;
        let mut claims = Claims::parse(payload)?;
        if claims.required("iss")? != client_id {
            return Err(AssertionError::OtherIssuer.into());
        }
        if claims.value("sub").is_some_and(|subject| subject == client_id) {
            return Err(RequestObjectError::ClientAssertion);
        }
        check_audience(&mut claims, policy)?;
        check_time(&mut claims, policy, now)?;
        if claims.has("request") || claims.has("request_uri") {
            return Err(RequestObjectError::Nested);
        }
        if claims.required("client_id")? != client_id {
            return Err(RequestObjectError::OtherClient);
        }
        Ok(Self { parameters: parameters(claims.rest())? })
    }
}

/// The parameters that have a meaning here as texts and nothing else.
const TEXTS: [&str; 13] = [
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "response_mode",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "prompt",
    "acr_values",
    "login_hint",
    "nonce",
    "display",
];

/// What is left of the claims, as it would stand in a form. Members that nobody knows are ignored, of whatever type they
/// are (RFC 9101 section 4, RFC 6749 section 3.1).
fn parameters(claims: Map<String, Value>) -> Result<Vec<(String, String)>, ClaimError> {
    let mut parameters = Vec::with_capacity(claims.len());
    for (name, value) in claims {
        match (name.as_str(), value) {
            (_, Value::String(text)) => parameters.push((name, text)),
            ("max_age", Value::Number(seconds)) if seconds.is_u64() => {
                parameters.push((name, seconds.to_string()));
            }
            ("max_age", _) => return Err(ClaimError::Type("max_age")),
            ("resource", Value::Array(items)) => {
                for item in items {
                    let Value::String(text) = item else { return Err(ClaimError::Type("resource")) };
                    parameters.push((name.clone(), text));
                }
            }
            ("resource", _) => return Err(ClaimError::Type("resource")),
            ("authorization_details", array @ Value::Array(_)) => parameters.push((name, array.to_string())),
            ("authorization_details", _) => return Err(ClaimError::Type("authorization_details")),
            (known, _) => {
                if let Some(known) = TEXTS.into_iter().find(|text| *text == known) {
                    return Err(ClaimError::Type(known));
                }
            }
        }
    }
    Ok(parameters)
}
