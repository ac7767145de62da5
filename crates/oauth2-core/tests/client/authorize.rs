//! What a client sends the browser away with, and what it never does.

use oauth_sansio::{Exchange as _, Progress};
use oauth2_core::{
    Scopes,
    client::{AuthorizationRequest, Blame, Client, Config, Discovery, Error, Misuse, Server},
    metadata::{MetadataError, Transport, UrlError},
};

use crate::common::*;

#[test]
fn l06_an_endpoint_does_not_set_the_protocols_parameters() {
    for query in ["client_id=evil", "redirect_uri=x", "a=b&state=x", "code_challenge_method=plain"] {
        let endpoint = format!("https://as.example/authorize?{query}");
        let server = Server::new(AS, Some(&endpoint), "https://as.example/token", Transport::Https);
        let problem = MetadataError::Url { member: "authorization_endpoint", problem: UrlError::Component };
        assert_eq!(server.unwrap_err(), problem, "{query}");
    }
    let kept =
        Server::new(AS, Some("https://as.example/a?tenant=x"), "https://as.example/t", Transport::Https);
    let client = client(|config| config.server = kept.unwrap());
    let (url, _) = client.authorize().start(moment(1)).unwrap();
    assert!(
        url.as_str().starts_with("https://as.example/a?tenant=x&response_type=code&client_id=app&"),
        "{url}"
    );
}

#[test]
fn l10_every_request_has_its_own_state_and_verifier() {
    let client = client(|_| {});
    let secrets = |seed| {
        let stored = serde_json::to_value(start_with_seed(&client, seed)).unwrap();
        [stored["state"].as_str().unwrap().to_owned(), stored["verifier"].as_str().unwrap().to_owned()]
    };
    let all = [secrets(1), secrets(2)].concat();
    for (i, one) in all.iter().enumerate() {
        assert_eq!(oauth_sansio::base64url::decode(one.as_bytes()).unwrap().len(), 32, "256 bits");
        assert!(!all[i + 1..].contains(one));
    }
}

#[test]
fn l33_no_token_request_goes_to_a_plain_http_endpoint() {
    for endpoint in ["http://as.example/token", "http://127.0.0.1/token", "http://localhost/token"] {
        let server = Server::new(AS, None, endpoint, Transport::Https);
        let problem = MetadataError::Url { member: "token_endpoint", problem: UrlError::Insecure };
        assert_eq!(server.unwrap_err(), problem, "{endpoint}");
    }
    let loud = Transport::HttpsOrInsecureLoopback;
    for endpoint in
        ["http://as.example/token", "http://10.0.0.1/token", "http://localhost.evil.example/token"]
    {
        assert!(Server::new(AS, None, endpoint, loud).is_err(), "{endpoint}");
    }
    for endpoint in ["http://127.0.0.1:8080/token", "http://[::1]/token", "http://localhost:1/token"] {
        assert!(Server::new(AS, None, endpoint, loud).is_ok(), "{endpoint}");
    }
}

#[test]
fn what_cannot_be_is_the_callers_misuse() {
    let misuse = |change: fn(&mut Config)| {
        let mut config = Config::new(server(), "app");
        change(&mut config);
        Client::new(config).unwrap_err()
    };
    assert_eq!(misuse(|config| config.client_id.clear()), Error::Misuse(Misuse::ClientId));
    for uri in ["/cb", "https://app.example/cb#x", "http://app.example/cb", "not a uri"] {
        let error = Client::new({
            let mut config = Config::new(server(), "app");
            config.redirect_uri = Some(uri.into());
            config
        });
        assert_eq!(error.unwrap_err(), Error::Misuse(Misuse::RedirectUri), "{uri}");
    }
    for uri in
        ["http://127.0.0.1:5000/cb", "http://localhost/cb", "com.example.app:/cb", "https://app.example"]
    {
        drop(client(|config| config.redirect_uri = Some(uri.into())));
    }
    let client = client(|_| {});
    let start = |request: AuthorizationRequest<'_>| request.start(moment(1)).unwrap_err();
    assert_eq!(start(client.authorize().extra("state", "mine")), Error::Misuse(Misuse::ReservedParameter));
    assert_eq!(start(client.authorize().scope("a\"b")), Error::Misuse(Misuse::Scope));
    assert_eq!(client.client_credentials(&Scopes::none()).unwrap_err(), Error::Misuse(Misuse::PublicClient));
    assert_eq!(client.client_credentials(&Scopes::none()).unwrap_err().blame(), Blame::Caller);

    // A server that lists its methods is believed.
    let Ok(Progress::Done(metadata)) =
        Discovery::new(AS, Transport::Https).unwrap().response(reply(200, metadata().to_string()), moment(1))
    else {
        panic!()
    };
    let config = Config::new(Server::from_metadata(&metadata, Transport::Https).unwrap(), "app");
    assert_eq!(Client::new(config).unwrap_err(), Error::Misuse(Misuse::AuthenticationNotSupported));
}

#[test]
fn the_url_holds_what_was_asked_for_and_one_of_each() {
    let client = client(|config| config.client_id = "a&b=c ü".into());
    let request = client.authorize().scope("read").scope("write read").extra("prompt", "login & more");
    let (url, pending) = request.clone().start(moment(1)).unwrap();
    assert_eq!(request.start_as_text(moment(1)).unwrap().0, url.as_str());
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let one = |name: &str| {
        let values: Vec<&str> = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        assert_eq!(values.len(), 1, "{name}");
        values[0]
    };
    assert_eq!(one("response_type"), "code");
    assert_eq!(one("client_id"), "a&b=c ü");
    assert_eq!(one("redirect_uri"), CALLBACK);
    assert_eq!(one("scope"), "read write");
    assert_eq!(one("prompt"), "login & more");
    assert_eq!(one("code_challenge_method"), "S256");
    assert_eq!(one("state"), pending.state().expose());
    let verifier = serde_json::to_value(&pending).unwrap()["verifier"].as_str().unwrap().to_owned();
    let challenge = oauth2_core::pkce::Verifier::parse(verifier).unwrap().challenge();
    assert_eq!(one("code_challenge"), challenge.to_string());
    assert_eq!(pairs.len(), 8);
}
