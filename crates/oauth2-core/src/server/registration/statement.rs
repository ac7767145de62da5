//! Software statements (RFC 7591 section 2.3): what somebody who is believed says of a client, in the place of what the
//! client says of itself.

use oauth_sansio::Timestamp;
use serde_json::{Map, Value};

use super::RegistrationPolicy;
use crate::{
    document::Object,
    jose::{Claims, JwkSet, Jws, Limits, Typ},
    jwt::claimed_issuer,
    server::{AuthorizationServer, ClientKeys, ClientMetadata, MetadataError, Reason},
};

/// The claims that are about the statement, and not about the client (RFC 7519 section 4.1).
const ABOUT_ITSELF: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The metadata of a registration, with what its statement says where it has one.
pub(super) fn read(
    server: &AuthorizationServer,
    policy: &RegistrationPolicy,
    body: &[u8],
    now: Timestamp,
) -> Result<ClientMetadata, Reason> {
    let metadata = ClientMetadata::parse(body).map_err(Reason::Metadata)?;
    let statement = match &metadata.software_statement {
        None if policy.require_statement => return Err(Reason::StatementUnapproved),
        None => return Ok(metadata),
        Some(statement) => verified(server, policy, statement, now)?,
    };
    // RFC 7591 section 2.3: what the statement says counts.
    let mut members = Object::parse(body).map_err(|_| Reason::Metadata(MetadataError::Malformed))?.rest();
    members.remove("software_statement");
    members.extend(statement.into_iter().filter(|(name, _)| !ABOUT_ITSELF.contains(&name.as_str())));
    let all = Value::Object(members).to_string();
    match ClientMetadata::parse(all.as_bytes()).map_err(Reason::Metadata)? {
        // A statement within a statement is somebody's mistake.
        ClientMetadata { software_statement: Some(_), .. } => Err(Reason::StatementInvalid),
        metadata => Ok(metadata),
    }
}

/// The claims of a statement by somebody who is believed.
fn verified(
    server: &AuthorizationServer,
    policy: &RegistrationPolicy,
    statement: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, Reason> {
    let invalid = |_| Reason::StatementInvalid;
    let issuer = claimed_issuer(statement).map_err(|_| Reason::StatementInvalid)?;
    let issuer = policy.statement_issuers.iter().find(|known| known.issuer == issuer);
    let issuer = issuer.ok_or(Reason::StatementUnapproved)?;
    // Statements are long-lived, and so are the keys of those who make them: they stand in the settings.
    let ClientKeys::Jwks(keys) = &issuer.keys else { return Err(Reason::StatementUnapproved) };
    let keys = JwkSet::parse(keys.as_str().as_bytes()).map_err(|_| Reason::StatementUnapproved)?;
    let jws = Jws::parse(statement, &Limits::default()).map_err(|_| Reason::StatementInvalid)?;
    // RFC 8725 section 3.11: what was signed for something else is no statement.
    jws.expect_typ(&[Typ::Absent, Typ::Is("jwt")]).map_err(|_| Reason::StatementInvalid)?;
    let algorithm = jws.header().algorithm;
    let is_open =
        issuer.algorithms.contains(&algorithm) && server.signing_algorithms().any(|open| open == algorithm);
    if !is_open {
        return Err(Reason::StatementInvalid);
    }
    let payload = jws.verify_by(&keys).map_err(|_| Reason::StatementInvalid)?;
    let mut claims = Claims::parse(payload).map_err(invalid)?;
    let (expires, begins) = (claims.date("exp").map_err(invalid)?, claims.date("nbf").map_err(invalid)?);
    let skew = server.config().policy.clock_skew;
    let is_over = expires.is_some_and(|expires| now >= expires.plus(skew));
    let is_to_come = begins.is_some_and(|begins| begins > now.plus(skew));
    // One that was made for another server says so (RFC 7519 section 4.1.3).
    let is_for_us =
        claims.audience().map_err(invalid)?.is_none_or(|audience| audience.names(server.issuer()));
    match !is_over && !is_to_come && is_for_us {
        true => Ok(claims.rest()),
        false => Err(Reason::StatementInvalid),
    }
}
