//! The introduction of the Model Context Protocol: whom a server trusts, and as whom an application goes there.

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange as _, Progress};
use oauth2_core::{
    client::{
        Challenged, Client, ClientDocument, ClientMetadata, Config, Error, Leniency, Misuse, Pending,
        mcp::{Application, Credentials, Introduced, Introduction},
    },
    metadata::{MetadataError, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

const SERVER: &str = "https://mcp.example/tenant/mcp";

/// An application with a description, which registers where it must.
fn application() -> Application {
    let metadata = ClientMetadata::for_application("Photo prints", [CALLBACK]);
    let document = ClientDocument::new("https://app.example/client.json", metadata.clone()).unwrap();
    Application { document: Some(document), metadata: Some(metadata), ..Application::default() }
}

fn registering() -> Application {
    Application { document: None, ..application() }
}

fn resource() -> Value {
    json!({ "resource": SERVER, "authorization_servers": [AS] })
}

fn server_with(more: Value) -> Value {
    let mut all = metadata();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn challenge(text: &str) -> Challenged {
    let response = Response::builder().status(401).header("www-authenticate", text).body(()).unwrap();
    Challenged::read(&response).unwrap()
}

/// Runs an introduction in a web of these documents; also tells where it asked.
fn run(mut introduction: Introduction, web: &[(&str, Value)]) -> (Result<Introduced, Error>, Vec<String>) {
    let mut asked = Vec::new();
    loop {
        let request = introduction.request(moment(1)).unwrap().request;
        let uri = request.uri().to_string();
        let answer: Response<Bytes> = match web.iter().find(|(at, _)| *at == uri) {
            Some((_, document)) if request.method() == "POST" => reply(201, document.to_string()),
            Some((_, document)) => reply(200, document.to_string()),
            None => reply(404, ""),
        };
        asked.push(uri);
        match introduction.response(answer, moment(2)) {
            Ok(Progress::Done(done)) => return (Ok(done), asked),
            Ok(Progress::Again(next)) => introduction = next,
            Ok(Progress::Wait(..)) => panic!(),
            Err(error) => return (Err(error), asked),
        }
    }
}

fn introduce(application: Application, web: &[(&str, Value)]) -> (Result<Introduced, Error>, Vec<String>) {
    run(Introduction::new(SERVER, application, Transport::Https).unwrap(), web)
}

const OWN: &str = "https://mcp.example/.well-known/oauth-protected-resource/tenant/mcp";
const ROOT: &str = "https://mcp.example/.well-known/oauth-protected-resource";
const METADATA: &str = "https://as.example/.well-known/oauth-authorization-server";
const REGISTER: &str = "https://as.example/register";

#[test]
fn a_server_is_asked_where_its_challenge_says_or_at_its_own_place_and_then_at_the_root() {
    let described = server_with(json!({ "client_id_metadata_document_supported": true }));
    let at_root = json!({ "resource": "https://mcp.example", "authorization_servers": [AS] });
    let web = [(ROOT, at_root), (METADATA, described.clone())];
    let (introduced, asked) = introduce(application(), &web);
    assert_eq!(asked, [OWN, ROOT, METADATA]);
    assert_eq!(introduced.unwrap().resource.resource, "https://mcp.example");

    let told = challenge(r#"Bearer resource_metadata="https://mcp.example/about""#);
    let web = [("https://mcp.example/about", resource()), (METADATA, described)];
    let introduction = Introduction::new(SERVER, application(), Transport::Https).unwrap();
    let (introduced, asked) = run(introduction.challenged(&told).unwrap(), &web);
    assert_eq!(asked, ["https://mcp.example/about", METADATA]);
    assert!(introduced.is_ok());
    // Where the challenge says and nowhere else.
    let introduction = Introduction::new(SERVER, application(), Transport::Https).unwrap();
    let (refused, asked) = run(introduction.challenged(&told).unwrap(), &[(OWN, resource())]);
    assert!(refused.is_err() && asked.len() == 1);
}

#[test]
fn l08_a_document_of_another_server_leads_nowhere() {
    for other in [
        "https://evil.example/tenant/mcp",
        "http://mcp.example/tenant/mcp",
        "https://mcp.example:444/tenant/mcp",
        "https://mcp.example/tenant/mcp/",
        "https://mcp.example/tenant/mc",
        "https://mcp.example/other",
        "https://mcp.example/tenant/mcp?a",
        "https://me@mcp.example/tenant/mcp",
    ] {
        let document = json!({ "resource": other, "authorization_servers": [AS] });
        let (refused, asked) = introduce(application(), &[(OWN, document)]);
        assert_eq!(refused.unwrap_err(), MetadataError::ResourceMismatch.into(), "{other}");
        assert_eq!(asked.len(), 1);
    }
}

#[test]
fn l11_what_one_issuer_has_given_out_is_used_there_and_nowhere_else() {
    let given = |issuer: &str| Credentials::Given {
        issuer: issuer.into(),
        client_id: "known".into(),
        client_secret: Some("s".into()),
        redirect_uri: Some(CALLBACK.into()),
    };
    let open = server_with(json!({ "registration_endpoint": REGISTER }));
    let registered =
        json!({ "client_id": "new", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let web = [(OWN, resource()), (METADATA, open), (REGISTER, registered)];
    let at_home = Application { credentials: vec![given(AS)], ..registering() };
    let (introduced, asked) = introduce(at_home, &web);
    assert_eq!(introduced.unwrap().config.client_id, "known");
    assert_eq!(asked, [OWN, METADATA]);
    // A slash is another issuer.
    for elsewhere in ["https://as.example/", "https://other.example"] {
        let stranger = Application { credentials: vec![given(elsewhere)], ..registering() };
        let introduced = introduce(stranger, &web).0.unwrap();
        assert_eq!(introduced.config.client_id, "new");
        assert_eq!(introduced.registered.unwrap().issuer, AS);
    }
    // Of several servers the one that knows the application is taken.
    let two = json!({ "resource": SERVER, "authorization_servers": ["https://other.example", AS] });
    let at_home = Application { credentials: vec![given(AS)], ..registering() };
    let (introduced, _) = introduce(at_home, &[(OWN, two), (METADATA, metadata())]);
    assert_eq!(introduced.unwrap().metadata.issuer, AS);
}

#[test]
fn an_application_comes_as_known_as_described_or_registers_in_this_order() {
    let both = json!({ "client_id_metadata_document_supported": true, "registration_endpoint": REGISTER });
    let web = [(OWN, resource()), (METADATA, server_with(both))];
    let introduced = introduce(application(), &web).0.unwrap();
    assert_eq!(introduced.config.client_id, "https://app.example/client.json");
    assert_eq!(introduced.registered, None);
    let closed = [(OWN, resource()), (METADATA, metadata())];
    for application in [application(), Application::default()] {
        assert_eq!(introduce(application, &closed).0.unwrap_err(), Misuse::NoCredentials.into());
    }
}

/// What an application asks for where it registers, at a server that says this besides.
fn registration(application: Application, more: &Value) -> Value {
    let mut introduction = Introduction::new(SERVER, application, Transport::Https).unwrap();
    for document in [resource(), server_with(more.clone())] {
        introduction.request(moment(1)).unwrap();
        let Ok(Progress::Again(next)) = introduction.response(reply(200, document.to_string()), moment(2))
        else {
            panic!()
        };
        introduction = next;
    }
    let asked = introduction.request(moment(3)).unwrap().request;
    serde_json::from_slice(asked.body()).unwrap()
}

#[test]
fn a_registration_asks_for_a_method_that_the_server_takes() {
    for (supported, method) in [
        (json!(["none", "client_secret_basic"]), "none"),
        (json!(["client_secret_post", "client_secret_basic"]), "client_secret_basic"),
        (json!(["client_secret_post"]), "client_secret_post"),
    ] {
        let more =
            json!({ "registration_endpoint": REGISTER, "token_endpoint_auth_methods_supported": supported });
        let asked = registration(registering(), &more);
        assert_eq!(
            (&asked["token_endpoint_auth_method"], &asked["application_type"]),
            (&json!(method), &json!("web"))
        );
    }
}

#[test]
fn a_registration_says_what_kind_of_application_it_is_though_nobody_wrote_it_down() {
    for (uri, kind) in [(CALLBACK, "web"), ("http://127.0.0.1/cb", "native")] {
        let metadata = ClientMetadata {
            application_type: None,
            ..ClientMetadata::for_application("Photo prints", [uri])
        };
        let application = Application { metadata: Some(metadata), ..Application::default() };
        let asked = registration(application, &json!({ "registration_endpoint": REGISTER }));
        assert_eq!(asked["application_type"], kind);
    }
}

/// The introduction to a server that names scopes, after a challenge.
fn scoped(named: &Value, known: &Value, challenged: Option<&str>) -> Introduced {
    let resource = json!({ "resource": SERVER, "authorization_servers": [AS], "scopes_supported": named });
    let more = json!({
        "client_id_metadata_document_supported": true, "scopes_supported": known,
        "token_endpoint_auth_methods_supported": ["none"],
    });
    let mut introduction = Introduction::new(SERVER, application(), Transport::Https).unwrap();
    if let Some(text) = challenged {
        introduction = introduction.challenged(&challenge(text)).unwrap();
    }
    run(introduction, &[(OWN, resource), (METADATA, server_with(more))]).0.unwrap()
}

#[test]
fn what_is_challenged_for_is_asked_for_or_else_what_the_server_names_or_nothing() {
    let (named, nothing) = (json!(["read", "write"]), json!([]));
    assert_eq!(scoped(&named, &nothing, Some(r#"Bearer scope="admin""#)).scope.as_str(), "admin");
    assert_eq!(scoped(&named, &nothing, Some("Bearer")).scope.as_str(), "read write");
    assert_eq!(scoped(&json!(["one two", "read"]), &nothing, None).scope.as_str(), "read");
    assert!(scoped(&nothing, &nothing, None).scope.is_empty());
    // To come back without the person, where that is known.
    let offline = scoped(&named, &json!(["offline_access"]), None);
    assert_eq!(offline.scope.as_str(), "read write offline_access");
}

#[test]
fn who_needs_more_asks_for_what_there_was_and_what_is_wanted_for_the_same_server() {
    let mut introduced = scoped(&json!(["read"]), &json!([]), None);
    let wants = r#"Bearer error="insufficient_scope", scope="write read""#;
    let response = Response::builder().status(403).header("www-authenticate", wants).body(()).unwrap();
    introduced.wanting(&Challenged::read(&response).unwrap()).unwrap();
    assert_eq!(introduced.scope.as_str(), "read write");
    let client = Client::new(introduced.config.clone()).unwrap();
    let (url, pending): (_, Pending) = introduced.ask(&client).start(moment(7)).unwrap();
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for (name, value) in [("scope", "read write"), ("resource", SERVER), ("code_challenge_method", "S256")] {
        assert!(asked.contains(&(name.into(), value.into())), "{url}");
    }
    let back = callback_uri(&pending, "");
    let exchange = pending.callback(&client, &back, NOW);
    let sent = exchange.unwrap().request(moment(8)).unwrap().request;
    let body = String::from_utf8(sent.body().to_vec()).unwrap();
    assert!(body.contains("&resource=https%3A%2F%2Fmcp.example%2Ftenant%2Fmcp"), "{body}");
}

#[test]
fn l09_a_server_that_does_not_check_pkce_is_refused_in_an_introduction() {
    let mut silent = metadata();
    silent.as_object_mut().unwrap().remove("code_challenge_methods_supported");
    let (refused, _) = introduce(application(), &[(OWN, resource()), (METADATA, silent)]);
    assert_eq!(refused.unwrap_err(), MetadataError::NoS256.into());
}

#[test]
fn a_server_that_says_nothing_of_itself_is_taken_only_when_that_is_asked_for() {
    let (refused, asked) = introduce(application(), &[]);
    assert!(refused.is_err());
    assert_eq!(asked, [OWN, ROOT]);
    let registered = json!({ "client_id": "new", "client_secret": "s" });
    let introduction = Introduction::new(SERVER, registering(), Transport::Https).unwrap();
    let introduction = introduction.dangerously_accept_silence().leniency(Leniency::Lenient);
    let (introduced, _) = run(introduction, &[("https://mcp.example/register", registered)]);
    let Introduced { config, resource, .. } = introduced.unwrap();
    assert_eq!((config.client_id.as_str(), resource.resource.as_str()), ("new", SERVER));
    let _: Config = config;
}
