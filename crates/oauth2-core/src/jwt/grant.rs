//! Assertions that are traded for tokens (RFC 7523 section 2.1), among them identity assertions for one client
//! (draft-ietf-oauth-identity-assertion-authz-grant, section 3).

use oauth_sansio::{Digest, Timestamp};
use serde_json::Value;

use super::{
    AssertionError, AssertionPolicy,
    assertion::{check_use, read},
};
use crate::jose::{ClaimError, Claims, JwkSet, Jws, Limits, Typ};

/// The type of an identity assertion.
const ID_JAG: &str = "oauth-id-jag+jwt";

/// What an assertion says, once its signature has been verified. It may be traded once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantAssertion {
    /// Whom it speaks of (`sub`), by the name that the issuer has for it.
    pub subject: String,
    /// It is an identity assertion, for this client (`client_id`); `None` for a plain one.
    pub client_id: Option<String>,
    /// What it opens at most (`scope`).
    pub scope: Option<String>,
    /// Where (`resource`).
    pub resources: Vec<String>,
    /// When the person logged in at the issuer (`auth_time`).
    pub auth_time: Option<Timestamp>,
    /// The authentication context class of that login (`acr`).
    pub acr: Option<String>,
    /// What is spent by trading it: its issuer and its `jti`.
    pub once: Digest,
    /// When it is over at the latest.
    pub expires: Timestamp,
}

/// Who an assertion claims to be issued by: whose keys to look for. Nothing is verified.
///
/// # Errors
/// What is wrong with the text.
pub fn claimed_issuer(text: &str) -> Result<String, AssertionError> {
    let jws = Jws::parse(text, &Limits::default())?;
    Ok(Claims::parse(jws.unverified())?.required("iss")?.into_owned())
}

impl GrantAssertion {
    /// Judges an assertion of `issuer` with its keys.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn by_keys(
        text: &str,
        issuer: &str,
        keys: &JwkSet,
        policy: &AssertionPolicy<'_>,
        now: Timestamp,
    ) -> Result<Self, AssertionError> {
        // An assertion by which a client authenticates is another kind (RFC 8725 section 3.11).
        let jws = read(text, &[Typ::Absent, Typ::Is("jwt"), Typ::Is(ID_JAG)], policy)?;
        let for_a_client = jws.expect_typ(&[Typ::Is(ID_JAG)]).is_ok();
        let mut claims = Claims::parse(jws.verify_by(keys)?)?;
        if claims.required("iss")? != issuer {
            return Err(AssertionError::OtherIssuer);
        }
        let subject = claims.required("sub")?.into_owned();
        // An identity assertion says when it was issued; a plain one may leave that out.
        if for_a_client && !claims.has("iat") {
            return Err(ClaimError::Missing("iat").into());
        }
        let (id, expires) = check_use(&mut claims, policy, now)?;
        let client_id = match for_a_client {
            true => Some(claims.required("client_id")?.into_owned()),
            false => None,
        };
        Ok(Self {
            subject,
            client_id,
            scope: claims.text("scope")?.map(std::borrow::Cow::into_owned),
            resources: resources(claims.value("resource"))?,
            auth_time: claims.date("auth_time")?,
            acr: claims.text("acr")?.map(std::borrow::Cow::into_owned),
            once: Digest::of_parts(&[b"grant", issuer.as_bytes(), id.as_bytes()]),
            expires,
        })
    }
}

/// One resource or several (RFC 8707 section 2).
fn resources(claim: Option<Value>) -> Result<Vec<String>, ClaimError> {
    match claim {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one]),
        Some(Value::Array(all)) => all
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                _ => Err(ClaimError::Type("resource")),
            })
            .collect(),
        Some(_) => Err(ClaimError::Type("resource")),
    }
}
