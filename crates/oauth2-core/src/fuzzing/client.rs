//! What peers and browsers send to a client.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Moment, Timestamp};
use serde_json::Map;

use crate::{
    client::{Client, Config, Leniency, Server, Tokens, read_token_response},
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
    let read = serde_json::from_slice(&stored).map(|read: Tokens| Tokens { extra: Map::new(), ..read });
    tokens.extra.clear();
    assert!(read.is_ok_and(|read| read == tokens));
    let _ = tokens.authorize(&mut http::Request::new(()));
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
    let endpoint = "https://as.example/authorize";
    let server =
        Server::new("https://as.example", Some(endpoint), "https://as.example/token", Transport::Https);
    let Ok(server) = server else { return };
    let mut config = Config::new(server, "client");
    config.redirect_uri = Some("https://client.example/callback".into());
    let Ok(client) = Client::new(config) else { return };
    let Ok((_, pending)) = client.authorize().start(Moment::new(NOW, [1; 32])) else { return };
    let query = query.replace("STATE", pending.state().expose());
    let _ = pending.callback_query(&client, &query, NOW);
}

#[cfg(test)]
mod tests {
    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(data: Vec<u8>, query in "(code|state|iss|error|&|=|STATE|%[0-9a-f]{2}){0,20}") {
            super::token_response(&data);
            super::metadata(&data);
            super::callback(query.as_bytes());
        }
    }
}
