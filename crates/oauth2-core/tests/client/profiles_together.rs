//! Provider profiles together with what else a client does: signed and pushed requests, signed answers, resources, kept tokens.

use std::sync::Arc;

use http::Request;
use oauth_sansio::{Exchange as _, Progress, Secret};
use oauth2_core::{
    client::{
        AssertionKey, CallbackError, Client, ClientAuthentication, Config, Keeper, Misuse, Server,
        SignedMode, Turn,
        profile::{
            self, Answers, Authorization, Dialect, Offline, Pkce, Profile, ProfileError, SignedSecret, Site,
        },
    },
    jose::{Algorithm, Jws, LocalSigner},
    metadata::{AuthorizationServerMetadata, Transport},
};
use serde_json::{Value, json};
use url::Url;

use crate::common::*;

/// A provider that deviates in whatever goes through the browser.
fn other_words() -> Dialect {
    let pairs = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let authorization = Authorization {
        scope_parameter: "rights".into(),
        scope_separator: ',',
        pkce: Pkce::NotSent,
        parameters: pairs("prompt", "select_account"),
        offline: Offline { parameters: pairs("duration", "permanent"), scope: Some("always".into()) },
        ..Authorization::default()
    };
    Dialect { authorization, ..Dialect::default() }
}

/// A server with metadata, which deviates.
fn discovered(change: impl FnOnce(&mut Value), dialect: Dialect) -> Result<Server, ProfileError> {
    let mut metadata = metadata();
    metadata["pushed_authorization_request_endpoint"] = json!("https://as.example/push");
    metadata["token_endpoint_auth_methods_supported"] = json!(["none", "client_secret_post"]);
    change(&mut metadata);
    let metadata = AuthorizationServerMetadata::parse(metadata.to_string().as_bytes()).unwrap();
    Server::from_metadata(&metadata, Transport::Https).unwrap().with_dialect(dialect)
}

fn query(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

#[test]
fn a_signed_request_is_in_the_words_of_the_provider() {
    let signer = Arc::new(LocalSigner::generate(Algorithm::Es256, "mine").unwrap());
    let client = client(|config| {
        config.server = server().with_dialect(other_words()).unwrap();
        config.request_key = Some(AssertionKey::new(signer.clone()));
    });
    let (url, pending) = client.authorize().scope("read write").offline().start(moment(1)).unwrap();
    let (_, text) = query(url.query().unwrap()).pop().unwrap();
    let jws = Jws::parse(&text, &Default::default()).unwrap();
    let public = signer.public().unwrap().verifying_key(Algorithm::Es256).unwrap();
    let mut claims: serde_json::Map<String, Value> =
        serde_json::from_slice(jws.verify(&public).unwrap()).unwrap();
    for own in ["iss", "aud", "iat", "nbf", "exp", "jti"] {
        claims.remove(own).unwrap();
    }
    assert_eq!(
        Value::Object(claims),
        json!({
            "response_type": "code", "client_id": "app", "redirect_uri": CALLBACK, "state": pending.state().expose(),
            "rights": "read,write,always", "prompt": "select_account", "duration": "permanent",
        }),
        "and no challenge"
    );
}

#[test]
fn a_pushed_request_is_in_the_words_of_the_provider() {
    let signer = Arc::new(LocalSigner::generate(Algorithm::Es256, "mine").unwrap());
    let client = client(|config| {
        config.server = discovered(|_| {}, other_words()).unwrap();
        config.authentication = ClientAuthentication::SignedSecret(SignedSecret::new("team", signer));
    });
    let asked = client.authorize().scope("read write").prompt("login").resource("https://api.example/");
    let sent = asked.push(moment(1)).unwrap().request(moment(2)).unwrap().request;
    let mut pairs = query(std::str::from_utf8(sent.body()).unwrap());
    let (name, secret) = pairs.pop().unwrap();
    assert_eq!((name.as_str(), Jws::parse(&secret, &Default::default()).is_ok()), ("client_secret", true));
    pairs.retain(|(name, _)| name != "state");
    let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        pairs,
        [
            named("response_type", "code"),
            named("client_id", "app"),
            named("redirect_uri", CALLBACK),
            named("rights", "read,write"),
            named("resource", "https://api.example/"),
            named("prompt", "login"),
        ]
    );
}

#[test]
fn resources_are_named_again_also_where_no_verifier_is() {
    let client = client(|config| config.server = server().with_dialect(other_words()).unwrap());
    let asked = client.authorize().resource("https://api.example/");
    let (_, pending) = asked.start(moment(1)).unwrap();
    let mut exchange = pending.clone().callback(&client, &callback_uri(&pending, ""), NOW).unwrap();
    let sent = exchange.request(moment(2)).unwrap().request;
    assert_eq!(
        sent.body(),
        "grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback\
         &resource=https%3A%2F%2Fapi.example%2F&client_id=app"
    );
}

#[test]
fn what_the_application_sets_itself_counts_and_nothing_comes_twice() {
    let client = client(|config| config.server = server().with_dialect(other_words()).unwrap());
    let of = |url: &Url, name: &str| {
        let values = url.query_pairs().filter(|(one, _)| one == name);
        values.map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
    };
    // In whichever order.
    for asked in [
        client.authorize().prompt("login").extra("duration", "temporary").offline(),
        client.authorize().offline().prompt("login").extra("duration", "temporary"),
    ] {
        let (url, _) = asked.start(moment(1)).unwrap();
        assert_eq!(
            (of(&url, "prompt"), of(&url, "duration")),
            (vec!["login".into()], vec!["temporary".into()])
        );
        assert_eq!(of(&url, "rights"), ["always"]);
    }
    let twice = client.authorize().scope("read").extra("rights", "write");
    assert_eq!(twice.start(moment(2)).map(drop), Err(Misuse::RepeatedParameter.into()));
    let (url, _) = client.authorize().extra("rights", "write").start(moment(3)).unwrap();
    assert_eq!(of(&url, "rights"), ["write"]);
}

#[test]
fn l27_a_provider_that_answers_in_its_own_way_has_no_signed_answers() {
    let signed = |server: Server| {
        let config = Config {
            redirect_uri: Some(CALLBACK.into()),
            signed_answers: Some(SignedMode::Query),
            ..Config::new(server, "id")
        };
        let authentication = ClientAuthentication::SecretPost(Secret::new("s"));
        Client::new(Config { authentication, ..config }).map(drop)
    };
    let none = Err(Misuse::NoSignedAnswer.into());
    assert_eq!(signed(profile::APPLE.server().unwrap()), none, "it posts its answers");
    let shop = Site::Shop("some-shop.myshopify.com");
    assert_eq!(signed(profile::SHOPIFY.server_at(shop).unwrap()), none, "it has a signature of its own");
    // Also where the metadata says that there are some.
    let lists =
        |metadata: &mut Value| metadata["response_modes_supported"] = json!(["query.jwt", "form_post"]);
    let mode = |mode: &str| {
        let parameters = vec![("response_mode".to_owned(), mode.to_owned())];
        let authorization = Authorization { parameters, ..Authorization::default() };
        discovered(lists, Dialect { authorization, ..Dialect::default() })
    };
    assert_eq!(signed(mode("form_post").unwrap()), none);
    assert_eq!(signed(discovered(lists, other_words()).unwrap()), Ok(()));
    // A profile does not switch them on: the application would take plain ones.
    for one in ["jwt", "query.jwt", "form_post.jwt"] {
        assert_eq!(mode(one).map(drop), Err(ProfileError::Parameter), "{one}");
    }
    let mut offline = other_words();
    offline.authorization.offline.parameters = vec![("response_mode".into(), "form_post".into())];
    assert_eq!(server().with_dialect(offline).map(drop), Err(ProfileError::Parameter));
}

#[test]
fn a_dialect_sets_nothing_that_a_signed_request_says_of_itself() {
    for name in ["iss", "aud", "sub", "exp", "jti", "resource", "authorization_details"] {
        let mut dialect = other_words();
        dialect.authorization.parameters = vec![(name.into(), "x".into())];
        assert_eq!(server().with_dialect(dialect).map(drop), Err(ProfileError::Parameter), "{name}");
    }
}

#[test]
fn a_signed_answer_is_asked_for_in_the_words_of_the_provider() {
    let client = client(|config| {
        config.server = server().with_dialect(other_words()).unwrap();
        config.signed_answers = Some(SignedMode::Query);
    });
    let (url, pending) = client.authorize().scope("read").start(moment(1)).unwrap();
    let modes: Vec<_> = url.query_pairs().filter(|(name, _)| name == "response_mode").collect();
    assert_eq!(modes, [("response_mode".into(), "query.jwt".into())]);
    let plain = pending.clone().callback(&client, &callback_uri(&pending, ""), NOW).unwrap_err();
    assert!(matches!(flaw(plain).0, CallbackError::Signed(_)));
}

fn kept_of(profile: &Profile, answer_to_code: &str) -> (Keeper, oauth2_core::client::Kept) {
    let config = profile.config_at(Site::Shop("some-shop.myshopify.com"), "id", "s");
    let config = config.or_else(|_| profile.config("id", "s")).unwrap();
    let client = Client::new(Config { redirect_uri: Some(CALLBACK.into()), ..config }).unwrap();
    let exchange = client.grant("urn:x", &[]).unwrap();
    let tokens = answer(exchange, reply(200, answer_to_code.to_owned())).unwrap();
    let keeper = Keeper::new(client);
    let kept = keeper.keep(tokens, NOW).saved();
    (keeper, kept)
}

#[test]
fn kept_tokens_are_used_in_the_way_of_the_provider() {
    let (keeper, kept) = kept_of(&profile::SHOPIFY, r#"{"access_token":"shpat_1","scope":"read_orders"}"#);
    let mut request = Request::get("https://some-shop.myshopify.com/admin/api").body(()).unwrap();
    keeper.authorize(&kept, &mut request, moment(3)).unwrap();
    assert_eq!(request.headers()["x-shopify-access-token"], "shpat_1");
    assert!(!request.headers().contains_key("authorization"));
}

#[test]
fn l17_a_renewal_loses_no_token_that_comes_in_another_place_than_the_first() {
    let first = r#"{"ok":true,"authed_user":{"id":"U1","scope":"users:read,chat:write","access_token":"xoxe.xoxp-1",
        "token_type":"user","refresh_token":"xoxe-1","expires_in":43200},"access_token":"xoxb-1","token_type":"bot"}"#;
    let (keeper, kept) = kept_of(&profile::SLACK_USER, first);
    let end = kept.tokens.expires_at.unwrap();
    let Turn::Renew(mut renewal) = keeper.turn(Some(kept), None, end).unwrap() else { panic!() };
    let sent = renewal.request(moment(4)).unwrap().request;
    assert_eq!(sent.body(), "grant_type=refresh_token&refresh_token=xoxe-1");
    let again = r#"{"ok":true,"access_token":"xoxe.xoxp-2","token_type":"user","refresh_token":"xoxe-2","expires_in":43200}"#;
    let Progress::Done(save) = renewal.response(reply(200, again), moment(5)).unwrap() else { panic!() };
    let tokens = save.saved().tokens;
    assert_eq!(
        (tokens.access_token.expose(), tokens.refresh_token.unwrap().expose()),
        ("xoxe.xoxp-2", "xoxe-2")
    );
    assert_eq!(tokens.scope, Some("users:read chat:write".parse().unwrap()), "as before");
    // Where nothing says so, the paths count here, too.
    let nested = Answers { access_token: "data.token".into(), ..Answers::default() };
    let server = server().with_dialect(Dialect { answers: nested, ..Dialect::default() }).unwrap();
    let refresh = client(|config| config.server = server).refresh(&Secret::new("r"));
    let tokens = answer(refresh, reply(200, r#"{"data":{"token":"t"},"token_type":"Bearer"}"#)).unwrap();
    assert_eq!(tokens.access_token.expose(), "t");
}
