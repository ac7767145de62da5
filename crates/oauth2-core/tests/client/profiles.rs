//! Provider profiles as a whole, and profiles of one's own.

use std::time::Duration;

use http::Request;
use oauth_sansio::{Exchange as _, Secret};
use oauth2_core::{
    DocumentError, Scopes,
    client::{
        CallbackError, Client, ClientAuthentication, Config, Error, ErrorCode, Misuse, Server, TokenExchange,
        profile::{
            self, Answers, Api, Authorization, Basic, Body, Dialect, ExpiryUnit, Profile, ProfileError,
            RedirectUris, Refresh, Site, SiteKind,
        },
    },
};

use crate::common::*;

/// A server that deviates in this way.
fn speaking(dialect: Dialect) -> Client {
    client(|config| config.server = server().with_dialect(dialect).unwrap())
}

fn answering(answers: Answers) -> TokenExchange {
    speaking(Dialect { answers, ..Dialect::default() }).refresh(&Secret::new("old"))
}

fn problem(result: Result<oauth2_core::client::Tokens, Error>) -> DocumentError {
    match result {
        Err(Error::Answer { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_profile_makes_a_client_that_asks_at_its_addresses() {
    for profile in profile::ALL {
        let profile = profile.with_header("user-agent", "printer");
        let site = match profile.site {
            None => None,
            Some(SiteKind::Tenant) => Some(Site::Tenant("common")),
            Some(SiteKind::Shop) => Some(Site::Shop("some-shop.myshopify.com")),
            Some(SiteKind::Host) => Some(Site::Host("login.example.com:8443")),
        };
        let server = match site {
            Some(site) => profile.server_at(site).unwrap(),
            None => profile.server().unwrap(),
        };
        assert_eq!(profile.server().is_err(), profile.site.is_some() && profile.usual_site.is_none());
        let authentication = match profile.authentication[0].as_str() {
            "client_secret_basic" => ClientAuthentication::SecretBasic(Secret::new("s")),
            "client_secret_post" => ClientAuthentication::SecretPost(Secret::new("s")),
            other => panic!("{other}"),
        };
        let config = Config {
            authentication,
            redirect_uri: Some("https://app.example/callback".into()),
            ..Config::new(server, "id")
        };
        let client = Client::new(config).unwrap();
        let (url, _) = client.authorize().scope("a b").start(moment(1)).unwrap();
        let sent = client.refresh(&Secret::new("r")).request(moment(2)).unwrap().request;
        for (address, asked) in [
            (profile.authorization_endpoint.as_ref().unwrap(), url.as_str()),
            (&profile.token_endpoint, &sent.uri().to_string()),
        ] {
            let name = ["common", "some-shop.myshopify.com", "login.example.com:8443"]
                .map(|site| address.replace("{site}", site));
            assert!(name.iter().any(|address| asked.starts_with(address)), "{} {asked}", profile.name);
        }
        // Whoever may keep no secret is refused where the provider takes no public clients.
        let takes_public = profile.authentication.iter().any(|method| method == "none");
        let public = Config::new(client_server(&profile, site), "id");
        assert_eq!(Client::new(public).is_ok(), takes_public, "{}", profile.name);
    }
}

fn client_server(profile: &Profile, site: Option<Site<'_>>) -> Server {
    site.map_or_else(|| profile.server(), |site| profile.server_at(site)).unwrap()
}

#[test]
fn a_site_is_a_name_and_nothing_that_leads_elsewhere() {
    let at = |site: Site<'_>| profile::ENTRA.server_at(site).map(drop);
    for name in
        ["", "a@evil.example", "evil.example/", "a/../b", "a#", "a?b", "a b", "%2f", "a.", ".a", "-a", "a:1"]
    {
        assert_eq!(at(Site::Tenant(name)), Err(ProfileError::Site), "{name}");
    }
    assert_eq!(at(Site::Tenant(&"a".repeat(254))), Err(ProfileError::Site));
    assert_eq!(at(Site::Tenant("8eaef023-2b34-4da1-9baa-8bc8c9d6a490")), Ok(()));
    assert_eq!(at(Site::Host("contoso.onmicrosoft.com")), Err(ProfileError::Site), "another kind");
    assert_eq!(profile::GITHUB.server_at(Site::Host("github.com")).map(drop), Err(ProfileError::Site));

    let shop = |name| profile::SHOPIFY.server_at(Site::Shop(name)).map(drop);
    assert_eq!(shop("some-shop.myshopify.com"), Ok(()));
    for name in [
        "some-shop",
        "myshopify.com",
        ".myshopify.com",
        "a.evil.example",
        "x.myshopify.com.evil.example",
        "a.b.myshopify.com",
    ] {
        assert_eq!(shop(name), Err(ProfileError::Site), "{name}");
    }
    assert_eq!(profile::SHOPIFY.server().map(drop), Err(ProfileError::Site));

    let host = |name| profile::GITLAB.server_at(Site::Host(name)).map(drop);
    assert_eq!(host("git.example.com:8443"), Ok(()));
    for name in
        ["git.example.com:", "git.example.com:port", "a:1:2", "u@git.example.com", "git.example.com:123456"]
    {
        assert_eq!(host(name), Err(ProfileError::Site), "{name}");
    }
}

#[test]
fn a_profile_of_ones_own_comes_out_of_a_file() {
    let file = r#"{
        "name": "Printer", "issuer": "https://login.{site}", "authorization_endpoint": "https://login.{site}/authorize",
        "token_endpoint": "https://login.{site}/token?version=2", "site": "host", "authentication": ["client_secret_basic"],
        "refresh": "rotated",
        "dialect": {
            "authorization": { "scope_parameter": "scopes", "scope_separator": ",", "pkce": "not_sent",
                "parameters": [["tenant", "a&b"]], "offline": { "scope": "always" } },
            "requests": { "basic": "raw", "headers": [["x-printer", "1"]] },
            "answers": { "access_token": "data.0.tokens.access", "token_type": "data.0.kind", "bearer_types": ["session"],
                "refresh_token": "data.0.tokens.refresh", "expiry": "data.0.end", "expiry_unit": "unix_milliseconds",
                "scope": "data.0.rights", "scope_separators": "|;", "success_flag": "done", "error": ["fault.id"],
                "error_codes": [["gone", "invalid_grant"]], "error_description": ["fault.text"] },
            "api": { "header": "x-token", "scheme": "" }
        },
        "facts": [{ "says": "everything", "source": { "page": "https://printer.example/docs" } },
            { "says": "nothing", "source": "memory" }]
    }"#;
    let profile: Profile = serde_json::from_str(file).unwrap();
    assert_eq!((profile.refresh, profile.facts[1].is_confirmed()), (Refresh::Rotated, false));
    let config = profile.config_at(Site::Host("printer.example"), "id", "a b").unwrap();
    let client = Client::new(Config { redirect_uri: Some(CALLBACK.into()), ..config }).unwrap();
    let request = client.authorize().scope("read print").offline();
    let (url, pending) = request.clone().start(moment(1)).unwrap();
    let query = url.query().unwrap();
    assert!(query.ends_with("&scopes=read%2Cprint%2Calways&tenant=a%26b"), "{query}");
    assert!(!query.contains("code_challenge"));
    // What the application says itself stands.
    let (url, _) = request.extra("tenant", "mine").start(moment(2)).unwrap();
    assert!(url.query().unwrap().ends_with("&tenant=mine"));

    let mut exchange = pending.clone().callback(&client, &callback_uri(&pending, ""), NOW).unwrap();
    let sent = exchange.request(moment(3)).unwrap().request;
    assert_eq!(sent.uri(), "https://login.printer.example/token?version=2");
    assert_eq!(
        (sent.headers()["x-printer"].as_bytes(), sent.headers()["authorization"].as_bytes()),
        (&b"1"[..], &b"Basic aWQ6YSBi"[..])
    );
    let body = r#"{"done": true, "access_token": "not this one", "data": [{"kind": "Session", "end": "1800000060999",
        "tokens": {"access": "a", "refresh": "r"}, "rights": "read|print;;always", "more": 1}]}"#;
    let tokens = answer(exchange, reply(200, body)).unwrap();
    assert_eq!((tokens.access_token.expose(), tokens.token_type.as_deref()), ("a", Some("Bearer")));
    assert_eq!(tokens.expires_at, Some(NOW.plus(Duration::from_secs(60))));
    assert_eq!(tokens.scope, Some("read print always".parse().unwrap()));
    // What was taken out is not there a second time.
    assert_eq!(tokens.extra["data"], serde_json::json!([{ "tokens": {}, "more": 1 }]));
    let mut request = Request::get("https://printer.example/").body(()).unwrap();
    client.authorize_api(&tokens, &mut request).unwrap();
    assert_eq!(request.headers()["x-token"], "a");
    assert!(request.headers()["x-token"].is_sensitive());

    let fault = r#"{"done": false, "fault": {"id": "gone", "text": "\u00fcber \"x\"\n"}}"#;
    let Err(Error::Refused(refusal)) = answer(client.refresh(&Secret::new("r")), reply(200, fault)) else {
        panic!()
    };
    assert_eq!(refusal.code, ErrorCode::InvalidGrant);
    assert_eq!(refusal.description.unwrap().as_untrusted_str(), "?ber 'x' ");
    // What is written out reads back.
    let written = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&written).unwrap(), profile);
    for profile in profile::ALL {
        let written = serde_json::to_string(&**profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&written).unwrap(), **profile);
    }
    // A slip of the pen is no silent default.
    for (good, bad) in
        [("\"pkce\"", "\"pcke\""), ("\"refresh\": \"rot", "\"refreshes\": \"rot"), ("unix_milli", "milli")]
    {
        assert!(serde_json::from_str::<Profile>(&file.replacen(good, bad, 1)).is_err(), "{bad}");
    }
}

#[test]
fn a_dialect_sets_no_parameter_and_no_header_that_cannot_be() {
    let with = |change: fn(&mut Dialect)| {
        let mut dialect = Dialect::default();
        change(&mut dialect);
        server().with_dialect(dialect).map(drop)
    };
    let pair = |name: &str| vec![(name.to_owned(), "x".to_owned())];
    assert_eq!(with(|_| {}), Ok(()));
    for (change, error) in [
        (
            (|dialect| {
                dialect.authorization.parameters.push(("redirect_uri".into(), "https://evil.example".into()));
            }) as fn(&mut Dialect),
            ProfileError::Parameter,
        ),
        (
            |dialect| dialect.authorization.parameters.push((String::new(), "x".into())),
            ProfileError::Parameter,
        ),
        (
            |dialect| dialect.authorization.offline.parameters.push(("state".into(), "x".into())),
            ProfileError::Parameter,
        ),
        (|dialect| dialect.authorization.scope_parameter = "state".into(), ProfileError::Parameter),
        (|dialect| dialect.requests.headers.push(("Authorization".into(), "x".into())), ProfileError::Header),
        (|dialect| dialect.requests.headers.push(("content-type".into(), "x".into())), ProfileError::Header),
        (|dialect| dialect.api.headers.push(("DPoP".into(), "x".into())), ProfileError::Header),
        (|dialect| dialect.requests.headers.push(("a b".into(), "x".into())), ProfileError::Header),
        (|dialect| dialect.requests.headers.push(("a".into(), "x\r\ny: z".into())), ProfileError::Header),
        (|dialect| dialect.api.headers.push(("a".into(), "x\n".into())), ProfileError::Header),
        (|dialect| dialect.api.header = "a:".into(), ProfileError::Header),
        (|dialect| dialect.requests.wanted_headers.push("user-agent".into()), ProfileError::Header),
    ] {
        assert_eq!(with(change), Err(error));
    }
    // How the response comes back is the provider's to say.
    let authorization = Authorization { parameters: pair("response_mode"), ..Authorization::default() };
    assert!(server().with_dialect(Dialect { authorization, ..Dialect::default() }).is_ok());
    assert_eq!(
        profile::APPLE.config("id", "no key").map(drop).err(),
        None,
        "a secret that was made elsewhere"
    );
}

#[test]
fn the_default_dialect_is_the_standard() {
    let client = speaking(Dialect::default());
    let plain = client_without();
    let (spoken, _) = client.authorize().scope("a b").start(moment(1)).unwrap();
    let (standard, _) = plain.authorize().scope("a b").start(moment(1)).unwrap();
    assert_eq!(spoken, standard);
    for (status, body) in [
        (200, r#"{"access_token":"a","token_type":"Bearer","expires_in":"60"}"#),
        (200, r#"{"access_token":"a","token_type":"Bearer","scope":["a"]}"#),
        (200, r#"{"access_token":"a"}"#),
        (200, r#"{"error":"invalid_grant"}"#),
        (200, r#"{"access_token":"a","token_type":"Bearer","error":"x"}"#),
        (200, r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#),
        (201, r#"{"access_token":"a","token_type":"Bearer"}"#),
        (302, r#"{"access_token":"a","token_type":"Bearer"}"#),
        (400, r#"{"access_token":"a","token_type":"Bearer"}"#),
        (400, r#"{"error":{"code":1}}"#),
        (500, "<html>"),
        (200, "[]"),
    ] {
        let refused = answer(client.refresh(&Secret::new("r")), reply(status, body)).unwrap_err();
        let by_standard = answer(plain.refresh(&Secret::new("r")), reply(status, body)).unwrap_err();
        assert_eq!(
            (refused.blame(), refused.is_dead_grant()),
            (by_standard.blame(), by_standard.is_dead_grant()),
            "{body}"
        );
    }
    let good = r#"{"access_token":"a","token_type":"Bearer","expires_in":60,"scope":"a b","more":{"x":[1]}}"#;
    assert_eq!(
        answer(client.refresh(&Secret::new("r")), reply(200, good)).unwrap(),
        answer(plain.refresh(&Secret::new("r")), reply(200, good)).unwrap()
    );
}

fn client_without() -> Client {
    client(|_| {})
}

#[test]
fn l15_what_a_dialect_does_not_know_is_left_to_the_strict_reader() {
    let nested = || Answers { access_token: "a.b.c".into(), error_with_success: true, ..Answers::default() };
    for body in [
        r#"{"a":{"b":{}},"token_type":"Bearer"}"#,
        r#"{"a":{"b":[]},"token_type":"Bearer"}"#,
        r#"{"a":1,"token_type":"Bearer"}"#,
        r#"{"a":{"b":{"c":null}},"token_type":"Bearer"}"#,
        r#"{"access_token":"at the top","token_type":"Bearer"}"#,
    ] {
        let refused = problem(answer(answering(nested()), reply(200, body)));
        assert_eq!(refused, DocumentError::Missing("access_token"), "{body}");
    }
    let good = r#"{"a":{"b":{"c":"t"}},"token_type":"Bearer"}"#;
    assert_eq!(answer(answering(nested()), reply(200, good)).unwrap().access_token.expose(), "t");
    // A repeat is one wherever it stands, and a redirect stays a redirect.
    let repeated = r#"{"a":{"b":{"c":"t","c":"u"}},"token_type":"Bearer"}"#;
    assert_eq!(problem(answer(answering(nested()), reply(200, repeated))), DocumentError::Repeated);
    assert_eq!(problem(answer(answering(nested()), reply(302, good))), DocumentError::Status);
    let large = format!(r#"{{"a":{{"b":{{"c":"{}"}}}},"token_type":"Bearer"}}"#, "t".repeat(2 << 20));
    assert_eq!(problem(answer(answering(nested()), reply(200, large))), DocumentError::TooLarge);
    // What is no time is none.
    for (unit, value) in [
        (ExpiryUnit::SecondsOrText, r#""soon""#),
        (ExpiryUnit::SecondsOrText, "-1"),
        (ExpiryUnit::UnixSeconds, "{}"),
        (ExpiryUnit::Seconds, r#""60""#),
    ] {
        let answers = Answers { expiry_unit: unit, ..Answers::default() };
        let body = format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{value}}}"#);
        assert!(answer(answering(answers), reply(200, body)).is_err(), "{value}");
    }
    for (unit, value, seconds) in [
        (ExpiryUnit::SecondsOrText, r#""60""#, 60),
        (ExpiryUnit::UnixSeconds, "1800000060", 60),
        (ExpiryUnit::UnixSeconds, r#""1799999999""#, 0),
        (ExpiryUnit::UnixMilliseconds, "1800000060500", 60),
    ] {
        let answers = Answers { expiry_unit: unit, ..Answers::default() };
        let body = format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{value}}}"#);
        let tokens = answer(answering(answers), reply(200, body)).unwrap();
        assert_eq!(tokens.expires_at, Some(NOW.plus(Duration::from_secs(seconds))), "{value}");
    }
    // Forms are read where they are expected, and not with a name twice.
    let form = |body: &'static str| {
        let answers = Answers { form: true, missing_token_type: Some("Bearer".into()), ..Answers::default() };
        let response = http::Response::builder().header("content-type", "application/x-www-form-urlencoded");
        answer(answering(answers), response.body(body.into()).unwrap())
    };
    assert_eq!(form("access_token=t").unwrap().access_token.expose(), "t");
    assert_eq!(problem(form("access_token=t&access_token=u")), DocumentError::ContentType);
    // A token that is no bearer token stays unused.
    let answers = Answers { bearer_types: vec!["bot".into()], ..Answers::default() };
    let tokens =
        answer(answering(answers), reply(200, r#"{"access_token":"t","token_type":"mac"}"#)).unwrap();
    let mut request = Request::new(());
    let client =
        speaking(Dialect { api: Api { scheme: "token".into(), ..Api::default() }, ..Dialect::default() });
    assert_eq!(client.authorize_api(&tokens, &mut request), Err(Misuse::TokenType.into()));
    assert!(request.headers().is_empty());
}

#[test]
fn scopes_are_separated_as_the_provider_wants_also_where_there_is_no_browser() {
    let authorization = Authorization { scope_separator: ',', ..Authorization::default() };
    let dialect = Dialect { authorization, ..Dialect::default() };
    let client = client(|config| {
        config.server = server().with_dialect(dialect.clone()).unwrap();
        config.authentication = ClientAuthentication::SecretPost(Secret::new("a b"));
    });
    let scope: Scopes = "read write".parse().unwrap();
    let sent = client.client_credentials(&scope).unwrap().request(moment(1)).unwrap().request;
    assert_eq!(
        sent.body(),
        "grant_type=client_credentials&scope=read%2Cwrite&client_id=app&client_secret=a+b"
    );
    let mut json = dialect;
    json.requests.body = Body::Json;
    let client = client_of(json);
    let mut exchange =
        client.grant("urn:x", &[("resource", "a"), ("resource", "b"), ("resource", "c")]).unwrap();
    let sent = exchange.request(moment(2)).unwrap().request;
    let sent: serde_json::Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(sent["resource"], serde_json::json!(["a", "b", "c"]));
}

fn client_of(dialect: Dialect) -> Client {
    speaking(dialect)
}

#[test]
fn a_colon_in_an_identifier_is_refused_where_it_would_end_it() {
    let requests = profile::Requests { basic: Basic::Raw, ..profile::Requests::default() };
    let server = server().with_dialect(Dialect { requests, ..Dialect::default() }).unwrap();
    let config = |id: &str| Config {
        authentication: ClientAuthentication::SecretBasic(Secret::new("s:s")),
        ..Config::new(server.clone(), id)
    };
    assert_eq!(Client::new(config("a:b")).map(drop), Err(Misuse::ClientId.into()));
    assert!(Client::new(config("a")).is_ok());
}

#[test]
fn redirect_uris_keep_to_the_rules_of_the_provider() {
    let with = |rule, uri: &str| {
        let authorization = Authorization { redirect_uri: rule, ..Authorization::default() };
        let server = server().with_dialect(Dialect { authorization, ..Dialect::default() }).unwrap();
        Client::new(Config { redirect_uri: Some(uri.into()), ..Config::new(server, "id") }).is_ok()
    };
    for (uri, standard, https_domain, not_localhost, name) in [
        ("https://app.example/callback", true, true, true, true),
        ("http://app.example/callback", false, false, false, true),
        ("http://localhost:8000/callback", true, false, false, true),
        ("https://localhost/callback", true, false, false, true),
        ("http://127.0.0.1:8000/callback", true, false, true, true),
        ("https://127.0.0.1/callback", true, false, true, true),
        ("com.example.app:/callback", true, false, true, true),
        ("Some_Body-SomeBody-Printe-abcdef", false, false, false, true),
        ("two words", false, false, false, false),
        ("", false, false, false, false),
    ] {
        let allowed = [
            RedirectUris::Standard,
            RedirectUris::HttpsDomain,
            RedirectUris::NotLocalhost,
            RedirectUris::Name,
        ]
        .map(|rule| with(rule, uri));
        assert_eq!(allowed, [standard, https_domain, not_localhost, name], "{uri}");
    }
}

#[test]
fn l03_a_response_must_say_what_the_profile_says_it_does() {
    let authorization = Authorization {
        equal: vec![("region".into(), "eu".into())],
        hmac: Some("signature".into()),
        ..Authorization::default()
    };
    let client = speaking(Dialect { authorization: authorization.clone(), ..Dialect::default() });
    let pending = start(&client);
    // A public client has no secret to check a signature with.
    let failed = pending.clone().callback(&client, &callback_uri(&pending, "&region=eu&signature=00"), NOW);
    assert_eq!(flaw(failed.unwrap_err()).0, CallbackError::Hmac);
    let authorization = Authorization { hmac: None, ..authorization };
    let client = speaking(Dialect { authorization, ..Dialect::default() });
    let pending = start(&client);
    for (more, is_good) in
        [("&region=eu", true), ("&region=us", false), ("", false), ("&region=eu&region=eu", false)]
    {
        let outcome = pending.clone().callback(&client, &callback_uri(&pending, more), NOW);
        assert_eq!(outcome.is_ok(), is_good, "{more}");
        if let Err(failed) = outcome {
            assert_eq!(flaw(failed).0, CallbackError::OtherSite);
        }
    }
}

#[test]
fn offline_access_is_the_scope_of_openid_connect_where_there_is_no_profile() {
    let (url, pending) = client_without().authorize().scope("read").offline().start(moment(1)).unwrap();
    assert!(url.query().unwrap().contains("scope=read+offline_access"));
    drop(pending);
}
