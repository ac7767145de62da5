//! What browsers and clients send to an authorization server and to an API.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use oauth_sansio::{Answer, Digest, Moment, Outcome, Secret, Timestamp, form};

use crate::{
    Scopes, resource,
    server::{
        Application, Authentication, AuthorizationServer, Client, ClientMetadata, Config, Details,
        DetailsType as _, Endpoint, Facts, FetchError, Fetched, GrantType, JsonKind, MetadataError,
        PlainDetails, Reason, SecretMethods, Step, Verdict, Want, check_redirect_uri,
    },
};

const CALLBACK: &str = "https://app.example/cb";
const CONSENT: &str = "https://as.example/oauth2/consent?handle=";

/// A query of the authorization endpoint: a browser is only ever sent to the consent page or to a URI of the client.
pub fn authorization_request(data: &[u8]) {
    let post = Request::post("/oauth2/authorize").header(header::CONTENT_TYPE, form::MEDIA_TYPE);
    let Ok(request) = post.body(Bytes::copy_from_slice(data)) else { return };
    let Some(reply) = answer(Endpoint::Authorize, request) else { return };
    let location = reply.response.headers().get(header::LOCATION);
    let location = location.map(|location| location.to_str().unwrap_or_default());
    match reply.reason {
        None => assert!(location.is_some_and(|location| location.starts_with(CONSENT))),
        Some(_) => assert!(location.is_none_or(|location| {
            location.strip_prefix(CALLBACK).is_some_and(|rest| rest.starts_with("?error="))
        })),
    }
}

/// A form of the token endpoint, behind the bytes of an `Authorization` header and a line feed: there are no tokens
/// without a code or the right secret, and nothing but JSON is answered.
pub fn token_request(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (Some(credentials), Some(body)) = (parts.next(), parts.next()) else { return };
    let post = Request::post("/oauth2/token").header(header::CONTENT_TYPE, form::MEDIA_TYPE);
    let Ok(mut request) = post.body(Bytes::copy_from_slice(body)) else { return };
    let credentials = HeaderValue::from_bytes(credentials).ok().filter(|value| !value.is_empty());
    request.headers_mut().extend(credentials.map(|value| (header::AUTHORIZATION, value)));
    let Some(reply) = answer(Endpoint::Token, request) else { return };
    assert!(reply.reason.is_some_and(|reason| reason != Reason::Unwritable));
    let body: Result<serde_json::Value, _> = serde_json::from_slice(reply.response.body());
    assert!(body.is_ok_and(|body| body.get("error").is_some_and(serde_json::Value::is_string)));
}

/// A redirect URI that may be registered is a URL for every parser, has no fragment, and goes into a header as it is.
pub fn redirect_uri(data: &[u8]) {
    let Ok(uri) = std::str::from_utf8(data) else { return };
    for application in [Application::Web, Application::Native] {
        if check_redirect_uri(uri, application).is_err() {
            continue;
        }
        let parsed = url::Url::parse(uri);
        assert!(parsed.as_ref().is_ok_and(|url| url.fragment().is_none() && url.username().is_empty()));
        assert!(parsed.is_ok_and(|url| url.scheme() == "https"
            || url.scheme().contains('.')
            || matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))));
        assert!(HeaderValue::from_str(uri).is_ok() && uri.is_ascii());
    }
}

/// What a client says of itself: what is taken is written as it is read, and what is fetched sends the browser nowhere but
/// to the consent page.
pub fn client_document(data: &[u8]) {
    if let Ok(metadata) = ClientMetadata::parse(data) {
        let same = |metadata| ClientMetadata { others: serde_json::Map::new(), keys: None, ..metadata };
        let again = serde_json::to_vec(&metadata).map(|json| ClientMetadata::parse(&json));
        let again = again.ok().filter(|again| *again != Err(MetadataError::TooLarge));
        assert!(again.is_none_or(|again| again.map(same) == Ok(same(metadata))));
    }
    let Some(reply) = describe(data) else { return };
    let location = reply.response.headers().get(header::LOCATION);
    match reply.reason {
        None => assert!(location.is_some_and(|location| location.as_bytes().starts_with(CONSENT.as_bytes()))),
        Some(_) => assert!(location.is_none()),
    }
}

/// What is asked for in detail: whatever gets as far as the consent page is an array of objects that their type has looked
/// at.
pub fn authorization_details(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let query = form::encode([
        ("client_id", "client"),
        ("response_type", "code"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("authorization_details", text),
    ]);
    let Ok(request) = Request::get(format!("/oauth2/authorize?{query}")).body(Bytes::new()) else { return };
    let Some(reply) = answer(Endpoint::Authorize, request) else { return };
    if reply.reason.is_none() && !text.is_empty() {
        let read: Result<Vec<Details>, _> = serde_json::from_str(text);
        let fits = |details: &Details| accounts().check(details).is_ok() && details.contains_key("type");
        assert!(read.is_ok_and(|all| all.len() <= 16 && all.iter().all(fits)));
    }
}

fn accounts() -> PlainDetails {
    PlainDetails::new("accounts").with("actions", JsonKind::Texts).with_optional("limit", JsonKind::Number)
}

/// Drives an authorization request of a client that is described by these bytes.
fn describe(data: &[u8]) -> Option<Box<oauth_sansio::Reply<Reason>>> {
    let moment = || Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32]);
    let mut config = Config::new("https://as.example".parse().ok()?);
    config.policy.client_id_metadata_documents = true;
    let server = AuthorizationServer::new(config).ok()?;
    let query = form::encode([
        ("client_id", "https://app.example/"),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let request = Request::get(format!("/oauth2/authorize?{query}")).body(Bytes::new()).ok()?;
    let mut step = server.receive(Endpoint::Authorize, &request, moment());
    loop {
        step = match step {
            Step::Load(pause) => pause.resume(Facts::default(), moment()),
            Step::Fetch(pause) => {
                let response = Response::builder().header(header::CONTENT_TYPE, "application/json");
                let response = response.body(Bytes::copy_from_slice(data)).ok()?;
                pause.answer(Ok(Fetched { response, at: moment().now() }), moment())
            }
            Step::Commit(pause) => pause.settle(Outcome::Applied),
            Step::Reply(reply) => return Some(reply),
            _ => return None,
        }
    }
}

/// An `Authorization` header of a protected resource: what is looked up is what stands behind `Bearer`.
pub fn bearer(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let Ok(verifier) = resource::Verifier::new(resource::Config::default()) else { return };
    let mut request = Request::new(Bytes::new());
    request.headers_mut().insert(header::AUTHORIZATION, value);
    match verifier.receive(&request, Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32])) {
        resource::Step::Load(pause) => {
            let text = String::from_utf8_lossy(data);
            let token = text.trim_end_matches([' ', '\t']).rsplit(' ').next().unwrap_or_default();
            assert_eq!(pause.wanted().rows, [Want::Access(Digest::of_token(token))]);
        }
        resource::Step::Reply(reply) => {
            let challenge = reply.response.headers().get(header::WWW_AUTHENTICATE);
            let challenge = challenge.and_then(|value| value.to_str().ok()).unwrap_or_default();
            assert!(oauth_sansio::auth::parse_challenges([challenge]).is_ok_and(|read| read.len() == 1));
        }
        _ => unreachable!("nothing was looked up, and nothing is learnt elsewhere"),
    }
}

/// Drives a request to its answer, over a store that has one client and nothing else.
fn answer(endpoint: Endpoint, request: Request<Bytes>) -> Option<Box<oauth_sansio::Reply<Reason>>> {
    let moment = || Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32]);
    let mut config = Config::new("https://as.example".parse().ok()?);
    config.details_types = vec![Arc::new(accounts())];
    let server = AuthorizationServer::new(config).ok()?;
    let client = Arc::new(Client {
        client_id: "client".into(),
        name: "Client".into(),
        authentication: Authentication::secret(&Secret::new("no bytes guess it"), SecretMethods::Both),
        redirect_uris: vec![CALLBACK.into()],
        application: Application::Web,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        scopes: Scopes::none(),
        ..Client::new("")
    });
    let mut step = server.receive(endpoint, &request, moment());
    loop {
        step = match step {
            Step::Load(pause) => {
                let known = pause.wanted().client.as_deref() == Some("client");
                let client = known.then(|| Arc::clone(&client));
                pause.resume(Facts { client, ..Facts::default() }, moment())
            }
            Step::Fetch(pause) => pause.answer(Err(FetchError::Refused), moment()),
            Step::Commit(pause) => pause.settle(Outcome::Applied),
            Step::Sign(pause) => pause.signed(&[], moment()),
            Step::Review(pause) => pause.reviewed(Verdict::AS_PROPOSED, moment()),
            Step::Verify(pause) => pause.verified(None, moment()),
            Step::Extend(pause) => pause.extended(None, moment()),
            Step::Migrate(pause) => pause.migrated(None, moment()),
            Step::Identify(pause) => pause.answer(None, moment()),
            Step::Interact(pause) => pause.answer(Answer::Denied, moment()),
            Step::Reply(reply) => return Some(reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn z02_any_bytes_have_an_answer(data: Vec<u8>, text in "[ -~\n]{0,80}") {
            for data in [data.as_slice(), text.as_bytes()] {
                authorization_request(data);
                token_request(data);
                redirect_uri(data);
                bearer(data);
                client_document(data);
                authorization_details(data);
            }
        }

        #[test]
        fn z02_what_looks_like_a_client_has_an_answer(
            name in "(client_id|client_name|redirect_uris|scope|grant_types|response_types|jwks|jwks_uri|contacts|\
                      token_endpoint_auth_method|application_type|logo_uri|client_secret|dpop_bound_access_tokens)",
            value in "(\"\\PC{0,20}\"|\"(none|web|native|https://[a-z@:#]{0,9})\"|-?[0-9]{1,25}|\\[(\"\\PC{0,9}\",)?null\\]|\
                       \\[\"[a-z]{0,9}\"\\]|\\{\"keys\":\\[\\{\"kty\":\"(oct|RSA)\",\"k\":1\\}\\]\\}|\\{\\}|null|true)",
        ) {
            let rest = r#""client_id":"https://app.example/","client_name":"A","redirect_uris":["https://app.example/cb"]"#;
            client_document(format!("{{\"{name}\":{value},{rest}}}").as_bytes());
            client_document(format!("{{\"{name}\":{value}}}").as_bytes());
        }

        #[test]
        fn z02_what_looks_like_details_has_an_answer(
            name in "(type|actions|limit|\\PC{0,9})",
            value in "(\"\\PC{0,20}\"|\"accounts\"|-?[0-9]{1,25}|\\[\"\\PC{0,9}\"\\]|\\[{1,12}\\]{1,12}|\\{\\}|null|true)",
            count in 0_usize..20,
        ) {
            let good = r#"{"type":"accounts","actions":["read"]}"#;
            authorization_details(format!("[{{\"{name}\":{value}}}]").as_bytes());
            authorization_details(format!("[{{\"type\":\"accounts\",\"actions\":[],\"{name}\":{value}}}]").as_bytes());
            authorization_details(format!("[{}]", vec![good; count].join(",")).as_bytes());
        }

        #[test]
        fn the_target_gets_as_far_as_the_consent_page(name in "[a-z]{1,9}") {
            let data = format!(
                r#"{{"client_id":"https://app.example/","client_name":"{name}","redirect_uris":["https://app.example/cb"]}}"#
            );
            proptest::prop_assert!(describe(data.as_bytes()).is_some_and(|reply| reply.reason.is_none()));
        }

        #[test]
        fn z02_what_looks_like_a_wish_has_an_answer(
            name in "(prompt|max_age|acr_values|login_hint)",
            value in "(((none|login|consent|select_account|create) ?){0,4}|-?[0-9]{0,25}|([a-z:]{0,9} ){0,20}|\\PC{0,300})",
        ) {
            let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
            authorization_request(form::encode([
                ("client_id", "client"),
                ("response_type", "code"),
                ("code_challenge", challenge),
                ("code_challenge_method", "S256"),
                (&name, &value),
            ]).as_bytes());
        }

        #[test]
        fn z02_what_looks_like_a_message_has_an_answer(
            name in "(response_type|redirect_uri|scope|state|code_challenge|grant_type|client_secret|code)",
            value in "\\PC{0,40}",
            scheme in "(Basic|Bearer|bearer|Basic )",
            token in "[a-zA-Z0-9+/=~ ,._-]{0,40}",
            host in "[a-z0-9.@:%\\[\\]/#?-]{0,24}",
        ) {
            let form = form::encode([("client_id", "client"), ("response_type", "code"), (&name, &value)]);
            authorization_request(form.as_bytes());
            token_request(format!("{scheme} {token}\n{form}").as_bytes());
            bearer(format!("{scheme} {token}").as_bytes());
            redirect_uri(format!("https://{host}").as_bytes());
            redirect_uri(format!("http://127.0.0.1{host}").as_bytes());
        }
    }
}
