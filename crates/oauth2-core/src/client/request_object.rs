//! The authorization request as one signed text, so that nobody on the way changes it (RFC 9101).

use oauth_sansio::{Entropy, Timestamp, form};
use serde_json::{Map, Value};

use super::{AssertionKey, Error, config::Inner};

/// Seconds that a request is good for: the browser goes there at once, or a person clicks first.
const LIFETIME: u64 = 300;

/// The type of a request object (RFC 9101 section 10.8).
const TYPE: &str = "oauth-authz-req+jwt";

/// The parameters of an authorization request, as the claims of a request object (RFC 9101 section 4).
pub(super) fn claims(
    client: &Inner,
    parameters: &[(&str, &str)],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Value {
    let mut claims = Map::new();
    for (name, value) in parameters {
        let json = || serde_json::from_str(value).unwrap_or_else(|_| Value::from(*value));
        match (*name, claims.get_mut(*name)) {
            // The one parameter that may come twice (RFC 8707 section 2).
            (_, Some(Value::Array(values))) => values.push((*value).into()),
            (_, Some(first)) => *first = vec![first.take(), (*value).into()].into(),
            // A number and a structure are not texts here (RFC 9101 section 4, RFC 9396 section 3).
            ("max_age" | "authorization_details", None) => drop(claims.insert((*name).to_owned(), json())),
            (_, None) => drop(claims.insert((*name).to_owned(), (*value).into())),
        }
    }
    let issued = now.as_unix();
    let own: [(&str, Value); 6] = [
        // No `sub`: nothing that passes for an assertion by which the client authenticates (RFC 9101 section 10.8).
        ("iss", (*client.client_id).into()),
        ("aud", (*client.issuer).into()),
        ("iat", issued.into()),
        ("nbf", issued.into()),
        ("exp", issued.saturating_add(LIFETIME).into()),
        ("jti", entropy.text().expose().into()),
    ];
    claims.extend(own.map(|(name, value)| (name.to_owned(), value)));
    claims.into()
}

/// Adds the request to an address or a body: beside it stands the identifier alone (RFC 9101 section 5).
pub(super) fn append(
    out: &mut String,
    client: &Inner,
    key: &AssertionKey,
    claims: &Value,
) -> Result<(), Error> {
    let request = key.sign(TYPE, claims)?;
    form::append(out, "client_id", &client.client_id);
    form::append(out, "request", request.expose());
    Ok(())
}
