//! What `oauth serve` has of OAuth 2 besides the plain dance, used by real clients: pushed requests, devices, revocation,
//! introspection, registration.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use oauth_cli::demo::Person;
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Error as RunError;
use oauth_sansio::Secret;
use oauth2_core::client::{Client, ClientMetadata, Error, ErrorCode, Pending, Registration, Tokens};
use url::Url;

use crate::application::{Application, CALLBACK, Trial};
use crate::running::Place;

/// The application of the trial as another client, which the operator registers for these grants.
fn registered(trial: &Trial, client_id: &str, grants: &[&str]) -> Application {
    let first = ["clients", "create", "oauth2", "--client-id", client_id, "--name", "Printer"];
    let second = ["--scope", "photos", "--redirect-uri", "https://printer.example.com/"];
    let grants = grants.iter().flat_map(|grant| ["--grant", grant]);
    let all: Vec<_> = first.into_iter().chain(second).chain(grants).collect();
    let secret = Secret::new(trial.admin(&all)["client_secret"].as_str().unwrap());
    Application { client2: (client_id.to_owned(), secret), ..Application::of(&trial.place, &trial.running) }
}

/// The person allows it, and the client trades the code.
async fn allowed(app: &Application, client: &Client, url: &Url, pending: Pending) -> Tokens {
    let back = app.allow(url).await;
    let exchange = pending.callback(client, &back, SystemClock.moment().unwrap().now()).unwrap();
    app.http.run(exchange).await.unwrap()
}

async fn is_active(app: &Application, client: &Client, token: &Secret) -> bool {
    app.http.run(client.introspect(token).unwrap()).await.unwrap().active
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, RunError<Error>>) -> ErrorCode {
    match result {
        Err(RunError::Exchange(Error::Refused(refusal))) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_is_pushed_and_its_tokens_are_good_until_they_are_given_back() {
    let trial = Trial::start("");
    let app = Application::of(&trial.place, &trial.running);
    let client = app.oauth2().await;
    let push = client.authorize().scope("photos").push(SystemClock.moment().unwrap()).unwrap();
    let (url, pending) = app.http.run(push).await.unwrap();
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"], "the browser carries nothing else");
    let tokens = allowed(&app, &client, &url, pending).await;
    let refresh_token = tokens.refresh_token.unwrap();

    // Another client learns nothing of them, and gives nothing back.
    let other = registered(&trial, "printer", &["authorization_code"]).oauth2().await;
    for token in [&tokens.access_token, &refresh_token] {
        assert!(!is_active(&app, &other, token).await);
        app.http.run(other.revoke(token).unwrap()).await.unwrap();
        assert!(is_active(&app, &client, token).await);
    }
    app.http.run(client.revoke(&refresh_token).unwrap()).await.unwrap();
    for token in [&tokens.access_token, &refresh_token] {
        assert!(!is_active(&app, &client, token).await);
    }
    assert_eq!(refused(app.http.run(client.refresh(&refresh_token)).await), ErrorCode::InvalidGrant);
}

#[tokio::test]
async fn a_device_waits_for_the_person_who_types_its_code() {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let trial = Trial::start("");
    let app = registered(&trial, "television", &["authorization_code", DEVICE]);
    let client = app.oauth2().await;
    let codes = app.http.run(client.device(&"photos".parse().unwrap()).unwrap()).await.unwrap();
    let (page, code) = (codes.verification_uri.clone(), codes.user_code.clone());
    let person = async {
        let mut person = Person::new(app.http.clone());
        let form = person.open(&page).await.unwrap();
        let sent = person.submit(&form, &[("user_code", &code)]).await.unwrap();
        let login = person.open(&sent.location().unwrap()).await.unwrap();
        let fields = [("username", "ann"), ("password", app.password.as_str())];
        let logged_in = person.submit(&login, &fields).await.unwrap();
        let consent = person.open(&logged_in.location().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(consent.response.body()).into_owned();
        assert!(said.contains(&code) && said.contains("Printer"), "who asks, and by which code: {said}");
        person.submit(&consent, &[("decision", "allow")]).await.unwrap();
    };
    let (tokens, ()) = tokio::join!(app.http.run(codes.poll(&client).unwrap()), person);
    let tokens = tokens.unwrap();
    assert_eq!(tokens.scope.unwrap().to_string(), "photos");
    assert!(is_active(&app, &client, &tokens.access_token).await);
}

#[tokio::test]
async fn a_client_registers_itself_with_a_token_of_the_operator_and_looks_after_it() {
    const INITIAL: &str = "a-token-that-the-operator-gives-to-those-who-may-register";
    let place = Place::new();
    let tokens = place.with("initial.tokens", INITIAL);
    std::fs::set_permissions(&tokens, Permissions::from_mode(0o600)).unwrap();
    let opened = "open_to = \"token_holders\"\ntokens = \"initial.tokens\"\nscopes = [\"photos\"]";
    let trial = Trial::start_in(place, &format!("[registration]\n{opened}"));
    let app = Application::of(&trial.place, &trial.running);
    let server = app.server().await;

    let metadata = ClientMetadata::for_application("Printer", [CALLBACK]);
    let ask = async |token: Option<&str>| {
        let registration = Registration::new(&server, metadata.clone()).unwrap();
        app.http
            .run(match token {
                Some(token) => registration.with_initial_access_token(token.into()),
                None => registration,
            })
            .await
    };
    for token in [None, Some("a-token-that-was-guessed")] {
        assert_eq!(refused(ask(token).await), ErrorCode::InvalidToken);
    }
    let registered = ask(Some(INITIAL)).await.unwrap();
    assert_eq!(
        registered.metadata.scope.as_ref().unwrap().to_string(),
        "photos",
        "and no more than the settings say"
    );

    let client = Client::new(registered.config(server.clone(), None).unwrap()).unwrap();
    let (url, pending) = client.authorize().scope("photos").start(SystemClock.moment().unwrap()).unwrap();
    let refresh_token = allowed(&app, &client, &url, pending).await.refresh_token.unwrap();
    let renamed = ClientMetadata { client_name: Some("Plotter".into()), ..registered.metadata.clone() };
    let replaced = app.http.run(registered.replace(&server, renamed).unwrap()).await.unwrap();
    let again = app.http.run(replaced.read_again(&server).unwrap()).await.unwrap();
    assert_eq!(
        (again.metadata.client_name.as_deref(), &again.client_id),
        (Some("Plotter"), &registered.client_id)
    );
    let refresh_token = app.http.run(client.refresh(&refresh_token)).await.unwrap().refresh_token.unwrap();

    app.http.run(again.delete(&server).unwrap()).await.unwrap();
    assert_eq!(refused(app.http.run(client.refresh(&refresh_token)).await), ErrorCode::InvalidClient);
    assert_eq!(refused(app.http.run(again.read_again(&server).unwrap()).await), ErrorCode::InvalidToken);
}
