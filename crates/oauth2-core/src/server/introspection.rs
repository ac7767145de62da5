//! Token introspection (RFC 7662): what a token is, for those that it is meant for; as JSON, or as a signed JWT that can be
//! kept as evidence (RFC 9701).

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
};
use oauth_sansio::{Loaded, Reply, Timestamp, form::Form};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Access, Authorization, AuthorizationServer, Binding, Client, Facts, Reason, Refresh, Wanted,
    backchannel::{Context, Decision, Signed},
    parameters::required,
    token, wire,
};
use crate::jose::Unsigned;

/// A question about a token.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Introspect {
    /// The token is a JWT of this server.
    signed: bool,
    /// The answer shall be one.
    as_jwt: bool,
}

/// The media type of a signed answer (RFC 9701 section 4).
const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// RFC 9701 section 5. There is neither `sub` nor `exp`: whoever takes it for an access token finds none in it.
#[derive(Serialize)]
struct SignedBody<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: u64,
    token_introspection: Body<'a>,
}

/// What is told of a token (RFC 7662 section 2.2). An inactive one has nothing but `active`.
#[derive(Serialize)]
struct Body<'a> {
    active: bool,
    #[serde(flatten)]
    more: Option<More<'a>>,
}

#[derive(Serialize)]
struct More<'a> {
    client_id: &'a str,
    iss: &'a str,
    /// The resource owner, or the client where it acts for itself (RFC 9068 section 2.2).
    sub: &'a str,
    exp: u64,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: &'a Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<Value>,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl Introspect {
    pub(super) fn read(
        server: &AuthorizationServer,
        headers: &HeaderMap,
        form: &Form<'_>,
        wanted: &mut Wanted,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let (_, signed) = token::look_for(server, required(form, "token")?, wanted, now);
        Ok(Self { signed, as_jwt: wants_jwt(headers) })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Decision, Reason> {
        let Context { server, client, .. } = *context;
        // RFC 7662 section 2.1: whoever could ask unnamed could try tokens out.
        if !client.authentication.is_confidential() {
            return Err(Reason::NoIntrospection);
        }
        let access = facts.access.as_ref().filter(|loaded| loaded.record.signed == self.signed);
        let access = access.filter(|loaded| is_alive(loaded, loaded.record.expires, now));
        let refresh = facts.refresh.as_ref().filter(|loaded| is_alive(loaded, loaded.record.expires, now));
        let more = match (&access, &refresh) {
            (Some(Loaded { record, .. }), _) if may_ask(server, client, &record.authorization) => {
                Some(of_access(server, record))
            }
            // A refresh token is nobody's business but the client's.
            (None, Some(Loaded { record, .. })) if record.authorization.client_id == client.client_id => {
                Some(of_refresh(server, record))
            }
            _ => None,
        };
        let body = Body { active: more.is_some(), more };
        if !self.as_jwt || server.config().signing.is_empty() {
            return Ok(Decision::Answer(Reply::granted(wire::json(StatusCode::OK, &body))));
        }
        let wanted = client.demands.introspection_signed_response_alg;
        let key = server.config().signing.signing(wanted, now).ok_or(Reason::NoSigningKey)?;
        let (key_id, algorithm) = key;
        let signed = SignedBody {
            iss: server.issuer(),
            aud: &client.client_id,
            iat: now.as_unix(),
            token_introspection: body,
        };
        // A struct of texts, numbers and values always serialises.
        let payload = serde_json::to_vec(&signed).unwrap_or_default();
        let unsigned = Unsigned::by(key_id, algorithm, Some("token-introspection+jwt"), &payload);
        let key = (key_id.to_owned(), algorithm);
        Ok(Decision::Sign { key, unsigned, signed: Signed::Introspection })
    }
}

/// Whether the sender asks for a JWT (RFC 9701 section 4; RFC 9110 section 12.5.1).
fn wants_jwt(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(','));
    ranges.any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(MEDIA_TYPE)
    })
}

/// The answer that was signed.
pub(super) fn signed(text: String) -> Box<Reply<Reason>> {
    let mut response = Response::new(Bytes::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply::granted(response)
}

fn is_alive<T>(loaded: &Loaded<T>, expires: Timestamp, now: Timestamp) -> bool {
    !loaded.revoked && loaded.spent.is_none() && now < expires
}

/// RFC 7662 section 4: the client whose token it is, and the APIs that it is for.
fn may_ask(server: &AuthorizationServer, client: &Client, granted: &Authorization) -> bool {
    server.is_audience(client, granted) || granted.client_id == client.client_id
}

impl AuthorizationServer {
    /// Whether the client is an API that a token is for.
    pub(super) fn is_audience(&self, client: &Client, granted: &Authorization) -> bool {
        let config = self.config();
        let asks_for = |identifier: &String| {
            let resource = config.resources.iter().find(|resource| resource.identifier == *identifier);
            resource
                .is_some_and(|resource| resource.introspected_by.iter().any(|id| **id == *client.client_id))
        };
        match granted.resources.as_slice() {
            [] => config.resource_servers.iter().any(|id| **id == *client.client_id),
            some => some.iter().any(asks_for),
        }
    }
}

fn of_access<'a>(server: &'a AuthorizationServer, access: &'a Access) -> More<'a> {
    let claims = match access.claims.as_ref().map(super::JsonText::value) {
        Some(Value::Object(claims)) => claims,
        _ => Map::new(),
    };
    let token_type = match access.binding {
        Some(Binding::Dpop(_)) => "DPoP",
        Some(Binding::Certificate(_)) | None => "Bearer",
    };
    let told = of(server, &access.authorization, access.issued, access.expires);
    More {
        token_type: Some(token_type),
        cnf: access.binding.as_ref().map(token::confirmation),
        claims,
        ..told
    }
}

fn of_refresh<'a>(server: &'a AuthorizationServer, refresh: &'a Refresh) -> More<'a> {
    of(server, &refresh.authorization, refresh.issued, refresh.expires)
}

fn of<'a>(
    server: &'a AuthorizationServer,
    granted: &'a Authorization,
    issued: Timestamp,
    expires: Timestamp,
) -> More<'a> {
    let login = granted.login.as_ref();
    More {
        client_id: &granted.client_id,
        iss: server.issuer(),
        sub: granted.subject.as_deref().unwrap_or(&granted.client_id),
        exp: expires.as_unix(),
        iat: issued.as_unix(),
        token_type: None,
        scope: granted.scopes.as_str(),
        aud: &granted.resources,
        cnf: None,
        acr: login.and_then(|login| login.acr.as_deref()),
        auth_time: login.map(|login| login.auth_time.as_unix()),
        act: granted.actor.as_ref().and_then(|actor| serde_json::to_value(actor).ok()),
        authorization_details: granted.details.as_ref().map(super::JsonText::value),
        claims: Map::new(),
    }
}
