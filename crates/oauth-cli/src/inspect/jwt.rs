//! A signed JSON Web Token (RFC 7519, RFC 7515).

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Outgoing, Timestamp, base64url};
use oauth2_core::{
    jose::{Audience, ClaimError, Claims, JwkSet, Jws, JwsError, Limits, SetError},
    metadata::{WellKnown, well_known},
};
use serde_json::{Value, json};

use super::{Found, Options};
use crate::{
    check::Checks,
    documents,
    remote::{Failure, Scene, Wire, transport_of},
    request::file,
    tell::{FAINT, TITLE, line},
    times,
};

/// Reads it, and checks what can be checked.
pub(super) async fn look(
    options: &Options,
    text: &str,
    now: Timestamp,
    wire: &mut Wire,
) -> anyhow::Result<Found> {
    let mut checks = Checks::default();
    let (header, claims) = (part(text, 0), part(text, 1));
    const FORM: &str =
        "three parts of base64url, and an algorithm that signs (RFC 7515 section 7.1, RFC 8725 section 3.1)";
    let jws = Jws::parse(text, &Limits::default());
    let named = header.as_ref().and_then(|header| header.get("alg")).and_then(Value::as_str);
    match (&jws, named) {
        // It may be a good one, of which nothing can be said.
        (Err(JwsError::Algorithm), Some(name)) if !name.eq_ignore_ascii_case("none") => {
            checks.unchecked(FORM, format!("the algorithm {name} is not known here"));
        }
        _ => checks.result(FORM, jws.as_ref().map(|_| ())),
    }
    const SIGNATURE: &str = "the signature";
    match (&jws, &options.jwks) {
        (Ok(jws), Some(place)) => {
            let keys = keys(place, wire).await?;
            checks.result(SIGNATURE, jws.verify_by(&keys).map(|_| ()));
        }
        (Ok(_), None) => checks.unchecked(SIGNATURE, "--jwks says by whose keys it should be"),
        (Err(_), _) => checks.unchecked(SIGNATURE, "the text cannot be read"),
    }
    if let Some(payload) = decoded(text, 1) {
        check_claims(options, &payload, now, &mut checks);
    }
    Ok(Found {
        checks,
        told: told(&header, &claims, now),
        members: json!({ "header": header, "claims": claims }),
    })
}

/// The header, unchecked.
pub(super) fn header(text: &str) -> Option<Value> {
    part(text, 0)
}

/// A part as JSON, for showing it.
pub(super) fn part(text: &str, index: usize) -> Option<Value> {
    let mut part: Value = serde_json::from_slice(&decoded(text, index)?).ok()?;
    // A key that should be public and is not is told of, and not told.
    if let Some(key) = part.get_mut("jwk").and_then(Value::as_object_mut) {
        const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        key.iter_mut()
            .filter(|(name, _)| PRIVATE.contains(&name.as_str()))
            .for_each(|(_, value)| *value = json!("…"));
    }
    Some(part)
}

fn decoded(text: &str, index: usize) -> Option<Vec<u8>> {
    // What is longer than this is shown to nobody.
    let part = text.split('.').nth(index).filter(|part| part.len() <= Limits::default().text)?;
    base64url::decode(part.as_bytes())
}

/// Header and claims, with times in words.
pub(super) fn told(header: &Option<Value>, claims: &Option<Value>, now: Timestamp) -> String {
    let mut out = String::new();
    for (title, part) in [("header", header), ("claims", claims)] {
        out += &format!("{TITLE}{title}{TITLE:#}\n");
        let Some(Value::Object(members)) = part else {
            out += &format!("  {FAINT}no JSON object{FAINT:#}\n");
            continue;
        };
        for (name, value) in members {
            let is_time = matches!(name.as_str(), "exp" | "nbf" | "iat" | "auth_time" | "updated_at");
            let text = match value.as_u64().filter(|_| is_time) {
                Some(seconds) => format!("{seconds}  ({})", times::told(Timestamp::from_unix(seconds), now)),
                None => documents::text(value),
            };
            out += &format!("  {}", line(name, &text));
        }
    }
    out
}

/// RFC 7519 section 4.1
fn check_claims(options: &Options, payload: &[u8], now: Timestamp, checks: &mut Checks) {
    const FORM: &str = "claims: one JSON object, each once (RFC 7519 section 4)";
    let mut claims = match Claims::parse(payload) {
        Ok(claims) => claims,
        Err(error) => return checks.fails(FORM, error.to_string()),
    };
    checks.holds(FORM);
    ends(claims.date("exp"), now, checks);
    match claims.date("nbf") {
        Ok(Some(from)) if from > now => {
            checks.fails("it has begun", format!("nbf begins {}", times::distance(from, now)));
        }
        Ok(Some(_)) => checks.holds("it has begun"),
        Ok(None) => {}
        Err(error) => checks.fails("it has begun", error.to_string()),
    }
    match claims.date("iat") {
        Ok(Some(at)) if at > now => {
            checks.odd("it was issued before now", format!("iat is {}", times::distance(at, now)));
        }
        Ok(_) => {}
        Err(error) => checks.fails("it was issued before now", error.to_string()),
    }
    let issuer = claims.text("iss");
    match (&options.issuer, issuer) {
        (_, Err(error)) => checks.fails("the issuer", error.to_string()),
        (Some(wanted), Ok(Some(named))) if *named == *wanted => checks.holds("the issuer"),
        (Some(_), Ok(Some(_))) => checks.fails("the issuer", "iss is another one"),
        (Some(_), Ok(None)) => checks.fails("the issuer", "iss is missing"),
        (None, Ok(_)) => checks.unchecked("the issuer", "--issuer says who it should be"),
    }
    match (&options.audience, claims.audience()) {
        (_, Err(error)) => checks.fails("the audience", error.to_string()),
        (Some(wanted), Ok(Some(audience))) if audience.names(wanted) => {
            checks.holds("the audience");
            if matches!(audience, Audience::Several(all) if all.len() > 1) {
                checks.odd("one audience", "each of them can use the token at the others");
            }
        }
        (Some(_), Ok(Some(_))) => checks.fails("the audience", "aud names others"),
        (Some(_), Ok(None)) => checks.fails("the audience", "aud is missing"),
        (None, Ok(_)) => checks.unchecked("the audience", "--audience says who it should be for"),
    }
}

fn ends(end: Result<Option<Timestamp>, ClaimError>, now: Timestamp, checks: &mut Checks) {
    const ENDED: &str = "it has not ended";
    match end {
        // RFC 7519 section 4.1.4: on or after it, it is not good.
        Ok(Some(end)) if now >= end => checks.fails(ENDED, format!("exp was {}", times::distance(end, now))),
        Ok(Some(_)) => checks.holds(ENDED),
        Ok(None) => checks.odd(ENDED, "it never ends: exp is missing"),
        Err(error) => checks.fails(ENDED, error.to_string()),
    }
}

/// A key set: at an address, or in a file.
async fn keys(place: &str, wire: &mut Wire) -> anyhow::Result<JwkSet> {
    const KEYS: Scene = Scene { title: "The keys", standard: "RFC 7517 section 5" };
    let body = match place.starts_with("https://") || place.starts_with("http://") {
        true => {
            // The place of a document says whether it may be asked at all: keys over plain http could be anybody's.
            well_known(place, WellKnown::OAuthProtectedResource, transport_of(place))
                .map_err(|problem| Failure::caller(format!("{place}: {problem}")))?;
            let uri = place.parse().map_err(|_| Failure::caller(format!("{place} is no address")))?;
            let mut request = Request::new(Bytes::new());
            *request.uri_mut() = uri;
            let outgoing =
                Outgoing { max_response_bytes: JwkSet::MAX_BYTES, ..Outgoing::repeatable(request) };
            let response = wire.send(KEYS, outgoing).await?;
            if !response.status().is_success() {
                return Err(Failure::server(format!("{place} answered {}", response.status())).into());
            }
            response.into_body()
        }
        false => file(place)?.into(),
    };
    JwkSet::parse(&body).map_err(|error| {
        let failure = Failure::server(format!("{place}: {error}"));
        match error {
            SetError::Private => failure.next("whoever publishes it must change the key now"),
            _ => failure.next("a key set is a JSON object with an array `keys`"),
        }
        .into()
    })
}
