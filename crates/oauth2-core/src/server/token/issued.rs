//! Access tokens that are JWTs (RFC 9068): what they say, and how one is known again.

use oauth_sansio::{Digest, Timestamp, base64url};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    jose::{Claims, Jws, Limits, Typ},
    server::{Access, AuthorizationServer, Binding, JsonText, Want, Wanted},
};

/// RFC 9068 section 2.2.
#[derive(Serialize)]
struct Body<'a> {
    iss: &'a str,
    aud: Audience<'a>,
    /// The resource owner, or the client where it acts for itself.
    sub: &'a str,
    client_id: &'a str,
    exp: u64,
    iat: u64,
    jti: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<Value>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Several(&'a [String]),
}

/// The payload of a token.
pub(super) fn claims(issuer: &str, access: &Access, id: &str) -> Vec<u8> {
    let granted = &access.authorization;
    let login = granted.login.as_ref();
    let body = Body {
        iss: issuer,
        aud: match granted.resources.as_slice() {
            [one] => Audience::One(one),
            several => Audience::Several(several),
        },
        sub: granted.subject.as_deref().unwrap_or(&granted.client_id),
        client_id: &granted.client_id,
        exp: access.expires.as_unix(),
        iat: access.issued.as_unix(),
        jti: id,
        scope: granted.scopes.as_str(),
        cnf: access.binding.as_ref().map(confirmation),
        acr: login.and_then(|login| login.acr.as_deref()),
        amr: login.map_or(&[], |login| login.amr.as_slice()),
        auth_time: login.map(|login| login.auth_time.as_unix()),
        act: granted.actor.as_ref().and_then(|actor| serde_json::to_value(actor).ok()),
        authorization_details: granted.details.as_ref().map(JsonText::value),
        more: match access.claims.as_ref().map(JsonText::value) {
            Some(Value::Object(more)) => more,
            _ => Map::new(),
        },
    };
    // A struct of texts, numbers and values always serialises.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// `cnf` (RFC 7800 section 3.1): the thumbprint of what the token is bound to.
pub(in crate::server) fn confirmation(binding: &Binding) -> Value {
    let text = |thumbprint: &Digest| base64url::encode(thumbprint.as_bytes());
    match binding {
        Binding::Dpop(thumbprint) => json!({ "jkt": text(thumbprint) }),
        Binding::Certificate(thumbprint) => json!({ "x5t#S256": text(thumbprint) }),
    }
}

/// Wants what is known of a token of either kind, whatever it looks like; tells what it is kept under, and whether it is a
/// JWT of this server.
pub(in crate::server) fn look_for(
    server: &AuthorizationServer,
    token: &str,
    wanted: &mut Wanted,
    now: Timestamp,
) -> (Digest, bool) {
    let (key, signed) = kept_under(server, token, now);
    wanted.rows.extend([Want::Access(key), Want::Refresh(key)]);
    (key, signed)
}

/// The digest that a token is kept under, if it is one, and whether it is a JWT of this server.
pub(super) fn kept_under(server: &AuthorizationServer, token: &str, now: Timestamp) -> (Digest, bool) {
    // A dot is in no token that is not a JWT. One that was not signed here is looked up like any other text, in vain.
    let id = token.contains('.').then(|| token_id(server, token, now)).flatten();
    (Digest::of_token(id.as_deref().unwrap_or(token)), id.is_some())
}

/// The `jti` of an access token that was signed here, with a key that is still believed.
fn token_id(server: &AuthorizationServer, token: &str, now: Timestamp) -> Option<String> {
    let jws = Jws::parse(token, &Limits::default()).ok()?;
    jws.expect_typ(&[Typ::Is("at+jwt")]).ok()?;
    let mut claims = Claims::parse(jws.verify_by(&server.config().signing.published(now)).ok()?).ok()?;
    // Several issuers of one process may share a key; they share no tokens.
    (claims.required("iss").ok()? == server.issuer()).then_some(())?;
    claims.required("jti").ok().map(std::borrow::Cow::into_owned)
}
