//! What peers and browsers send to a client.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange as _, Moment, Progress, Secret, Timestamp};
use serde_json::{Map, Value};

use super::signed::sign;
use crate::{
    client::{
        Client, ClientMetadata, Config, Leniency, Registered, Registration, Server, SignedMode, Tokens,
        profile::{self, Site, SiteKind},
        read_token_response,
    },
    jose::JwkSet,
    metadata::{AuthorizationServerMetadata, ProtectedResourceMetadata, Transport},
};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// An answer of the token endpoint: the first byte chooses status, media type and leniency, the rest is the body.
pub fn token_response(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let statuses = [200, 201, 302, 400, 401, 500, 503, 429];
    let types = ["application/json", "application/x-www-form-urlencoded", "text/plain", ""];
    let status = statuses.get(usize::from(choice & 7)).copied().unwrap_or(200);
    let content_type = types.get(usize::from(choice >> 3 & 3)).copied().unwrap_or_default();
    let leniency = if choice & 128 == 0 { Leniency::Strict } else { Leniency::Lenient };
    let response = Response::builder().status(status).header("content-type", content_type);
    let Ok(response) = response.body(Bytes::copy_from_slice(body)) else { return };
    let Ok(mut tokens) = read_token_response(&response, Default::default(), leniency, NOW) else { return };
    // What was read can be stored and read back, and put into a header when it is for one. A huge number among the
    // members that nobody knows may come back rounded.
    let stored = serde_json::to_vec(&tokens).unwrap_or_default();
    let read = serde_json::from_slice(&stored).map(|read: Tokens| Tokens {
        extra: Map::new(),
        authorization_details: None,
        ..read
    });
    tokens.extra.clear();
    tokens.authorization_details = None;
    assert!(read.is_ok_and(|read| read == tokens));
    let _ = tokens.authorize(&mut http::Request::new(()));
}

/// An answer of a provider: the first byte chooses its profile, the second status and media type, the rest is the body.
pub fn provider_answer(data: &[u8]) {
    let [choice, form, body @ ..] = data else { return };
    let Some(profile) = profile::ALL.get(usize::from(*choice) % profile::ALL.len()) else { return };
    let profile = profile.with_header("user-agent", "fuzz");
    let config = match profile.site {
        Some(SiteKind::Tenant) => profile.config_at(Site::Tenant("common"), "client", "secret"),
        Some(SiteKind::Shop) => profile.config_at(Site::Shop("a.myshopify.com"), "client", "secret"),
        Some(SiteKind::Host) => profile.config_at(Site::Host("as.example"), "client", "secret"),
        None => profile.config("client", "secret"),
    };
    let Ok(Ok(client)) = config.map(Client::new) else { return };
    let status = [200, 201, 204, 302, 400, 401, 403, 500].get(usize::from(form & 7)).copied().unwrap_or(200);
    let media_type = if form & 8 == 0 { "application/json" } else { "application/x-www-form-urlencoded" };
    let response = Response::builder().status(status).header("content-type", media_type);
    let Ok(response) = response.body(Bytes::copy_from_slice(body)) else { return };
    let moment = || Moment::new(NOW, [7; 32]);
    // Tokens come from a success alone, and every error has words.
    match client.refresh(&Secret::new("the-old-token")).response(response.clone(), moment()) {
        Ok(_) => assert!((200..300).contains(&status)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let device = client.device(&crate::Scopes::none());
    let _ = device.map(|device| device.response(response.clone(), moment()).is_ok());
    let revocation = client.revoke(&Secret::new("the-old-token"));
    let _ = revocation.map(|revocation| revocation.response(response, moment()).is_ok());
}

/// A metadata document, of a server or of a resource.
pub fn metadata(data: &[u8]) {
    if let Ok(mut resource) = ProtectedResourceMetadata::parse(data) {
        let _ = resource.validate(&resource.resource, Transport::Https);
        // What was read can be written and read back, but for what nobody knows.
        resource.extra.clear();
        let written = serde_json::to_vec(&resource).unwrap_or_default();
        assert!(ProtectedResourceMetadata::parse(&written).is_ok_and(|read| read == resource));
    }
    let Ok(metadata) = AuthorizationServerMetadata::parse(data) else { return };
    let valid = metadata.validate(&metadata.issuer.clone(), Transport::Https);
    let server = Server::from_metadata(&metadata, Transport::Https);
    if let (Ok(()), Ok(server)) = (valid, server) {
        let _ = Client::new(Config::new(server, "client"));
    }
    let _ = crate::metadata::well_known(
        &metadata.issuer,
        crate::metadata::WellKnown::OAuthAuthorizationServer,
        Transport::Https,
    );
}

/// The query of a callback. The right `state` is put in for the text `STATE`.
pub fn callback(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let Some(client) = client(false) else { return };
    let Ok((_, pending)) = client.authorize().start(Moment::new(NOW, [1; 32])) else { return };
    let query = query.replace("STATE", pending.state().expose());
    let _ = pending.callback_query(&client, &query, NOW);
}

/// An answer to a registration: the first byte chooses status and leniency, the rest is the body.
pub fn registration_response(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let status = [201, 200, 400, 401].get(usize::from(choice & 3)).copied().unwrap_or(201);
    let response = Response::builder().status(status).header("content-type", "application/json");
    let Ok(response) = response.body(Bytes::copy_from_slice(body)) else { return };
    let endpoint = |path| format!("https://as.example{path}").parse().ok();
    let metadata = AuthorizationServerMetadata {
        issuer: "https://as.example".into(),
        token_endpoint: endpoint("/token"),
        registration_endpoint: endpoint("/register"),
        ..AuthorizationServerMetadata::default()
    };
    let Ok(server) = Server::from_metadata(&metadata, Transport::Https) else { return };
    let server = server.with_leniency(if choice & 128 == 0 { Leniency::Strict } else { Leniency::Lenient });
    let asked = ClientMetadata::for_application("app", ["https://app.example/cb"]);
    let Ok(registration) = Registration::new(&server, asked) else { return };
    let Ok(Progress::Done(mut registered)) = registration.response(response, Moment::new(NOW, [1; 32]))
    else {
        return;
    };
    assert!(!registered.client_id.is_empty());
    assert!(registered.access.as_ref().is_none_or(|access| access.uri.scheme() == "https"));
    // A client can be made of it or not, and it can be stored and read back, but for what nobody knows.
    let _ = registered.config(server.clone(), None).map(Client::new);
    let _ = registered.replace(&server, registered.metadata.clone());
    registered.metadata.extra.clear();
    let stored = serde_json::to_vec(&registered).unwrap_or_default();
    assert!(serde_json::from_slice(&stored).is_ok_and(|read: Registered| read == registered));
}

/// The claims of a signed answer, which the server has signed. The right `state` is put in for the text `STATE`.
pub fn signed_answer(data: &[u8]) {
    let Ok(claims) = std::str::from_utf8(data) else { return };
    let Some(client) = client(true) else { return };
    let Ok((_, pending)) = client.authorize().start(Moment::new(NOW, [1; 32])) else { return };
    let state = pending.state().expose().to_owned();
    let claims = claims.replace("STATE", &state);
    let Some((text, public)) = sign(None, claims.as_bytes()) else { return };
    let keys = JwkSet::new([public.clone()]);
    if pending.signed_parameters(&client, &keys, SignedMode::Query, &format!("response={text}"), NOW).is_ok()
    {
        let claims: Value = serde_json::from_str(&claims).unwrap_or_default();
        let texts = ["iss", "state"].map(|name| claims.get(name).and_then(Value::as_str));
        assert_eq!(texts, [Some("https://as.example"), Some(&*state)]);
        assert!(claims.get("aud").is_some_and(|audience| audience.to_string().contains("client")));
    }
}

/// A client of a server that was written down.
fn client(signed_answers: bool) -> Option<Client> {
    let endpoint = "https://as.example/authorize";
    let server =
        Server::new("https://as.example", Some(endpoint), "https://as.example/token", Transport::Https);
    let mut config = Config::new(server.ok()?, "client");
    config.redirect_uri = Some("https://client.example/callback".into());
    config.signed_answers = signed_answers.then_some(SignedMode::Query);
    Client::new(config).ok()
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        sample::{select, subsequence},
    };

    const NAMES: &[&str] = &[
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "ok",
        "error",
        "errors",
        "message",
        "authed_user",
    ];
    const VALUES: &[&str] = &[
        "\"bot\"",
        "\"\"",
        "null",
        "true",
        "28800",
        "-1e30",
        "\"28800\"",
        "[\"a\",\"b\"]",
        "[1]",
        "{\"access_token\":\"t\",\"token_type\":\"user\",\"scope\":\"a,b\"}",
        "[{\"errorType\":\"invalid_grant\"}]",
        "{\"code\":101,\"message\":\"\\u0000\\\"\"}",
    ];

    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(data: Vec<u8>, query in "(code|state|iss|error|&|=|STATE|%[0-9a-f]{2}){0,20}") {
            super::token_response(&data);
            super::provider_answer(&data);
            super::metadata(&data);
            super::callback(query.as_bytes());
            super::registration_response(&data);
            super::signed_answer(&data);
        }

        #[test]
        fn what_looks_like_a_registration_is_answered(choice: u8, members in subsequence(REGISTRATION.to_vec(), 0..=8)) {
            let mut data = format!("_{{{}}}", members.join(",")).into_bytes();
            data[0] = choice;
            super::registration_response(&data);
        }

        #[test]
        fn what_looks_like_a_signed_answer_is_answered(members in subsequence(ANSWER.to_vec(), 3..=7)) {
            super::signed_answer(format!("{{{}}}", members.join(",")).as_bytes());
        }

        #[test]
        fn every_provider_may_answer_anything(
            choice: [u8; 2],
            members in vec((select(NAMES), select(VALUES)), 0..8),
        ) {
            let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let answer = [&choice[..], format!("{{{}}}", members.join(",")).as_bytes()].concat();
            super::provider_answer(&answer);
        }
    }

    const REGISTRATION: [&str; 8] = [
        r#""client_id":"a""#,
        r#""client_secret":"b""#,
        r#""client_secret_expires_at":0"#,
        r#""scope":"a b","x":null"#,
        r#""registration_client_uri":"https://as.example/x""#,
        r#""registration_access_token":"c""#,
        r#""redirect_uris":["https://app.example/cb"]"#,
        r#""jwks":{"keys":[]}"#,
    ];

    const ANSWER: [&str; 7] = [
        r#""iss":"https://as.example""#,
        r#""aud":["client"]"#,
        r#""exp":1800000001"#,
        r#""state":"STATE""#,
        r#""code":"c""#,
        r#""error":"e""#,
        r#""nbf":1.5"#,
    ];
}
