//! The client to try things out with, at later starts.

use crate::application::Application;
use crate::running::{Place, Running, admin, free_port, serve};

#[tokio::test]
async fn what_the_operator_has_set_of_the_demo_client_stays_and_secrets_that_are_told_work() {
    let (place, port, operator) = (Place::new(), free_port(), free_port());
    let run = |more: &str| {
        let settings = format!(
            "development = true\nlisten = \"127.0.0.1:{port}\"\nadmin.listen = \"127.0.0.1:{operator}\"\n\
             [oauth1.migration]\n{more}"
        );
        let config = place.with("oauth.toml", &settings);
        Running::of(serve(&place, &["--config", config.to_str().unwrap()]), port)
    };
    let running = run("");
    let told = admin(&place, operator, &["clients", "migrates-from", "demo", "demo"]);
    assert_eq!(told["migrates_from"], serde_json::json!(["demo"]));
    let renewed = admin(&place, operator, &["clients", "renew-secret", "oauth1", "demo"]);
    let renewed = renewed["client_secret"].as_str().unwrap().to_owned();
    running.stop();

    let running = run("[scopes]\nphotos = \"See your photos\"\nprints = \"Order prints\"\n");
    let shown = admin(&place, operator, &["clients", "show", "oauth2", "demo"]);
    assert_eq!(shown["migrates_from"], told["migrates_from"]);
    assert_eq!(shown["scope"], "photos prints", "it may have every scope that there is");
    let mut app = Application::of(&place, &running);
    app.tokens().await;
    app.client1.1 = renewed.as_str().into();
    app.token_credentials().await;
    running.stop();

    std::fs::remove_file(place.path().join("oauth-data/demo.secrets")).unwrap();
    let running = run("");
    let again = Application::of(&place, &running);
    assert!(again.password != app.password && again.secret != app.secret);
    again.tokens().await;
    again.token_credentials().await;
    let shown = admin(&place, operator, &["clients", "show", "oauth2", "demo"]);
    assert_eq!(shown["migrates_from"], told["migrates_from"]);
    let said = running.stop().out;
    assert!(said.contains(&again.password) && said.contains(again.secret.expose()), "{said}");
}
