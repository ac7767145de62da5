//! The first run, and the second.

use std::os::unix::fs::PermissionsExt as _;

use http::StatusCode;

use crate::application::Application;
use crate::running::{Place, Running, free_port};

#[tokio::test]
async fn the_first_start_serves_both_protocols_and_a_second_one_finds_everything_again() {
    let (place, port) = (Place::new(), free_port());
    let running = Running::on(&place, port, &[]);
    let app = Application::of(&place, &running);
    assert!(!app.token_credentials().await.token.is_empty());
    let tokens = app.tokens().await;
    let before = app.get("/oauth2/jwks").await;
    assert_eq!(before.status(), StatusCode::OK);
    let said = running.stop().out;
    assert!(said.contains(app.secret.expose()) && said.contains("oauth login"), "{said}");
    assert!(said.contains(&format!("http://127.0.0.1:{port}/playground")), "{said}");

    let running = Running::on(&place, port, &[]);
    let app = Application::of(&place, &running);
    let refresh_token = tokens.refresh_token.unwrap();
    let renewed = app.http.run(app.oauth2().await.refresh(&refresh_token)).await.unwrap();
    assert_ne!(renewed.access_token, tokens.access_token);
    assert_eq!(app.get("/oauth2/jwks").await.body(), before.body(), "the keys are the same");
    assert!(!app.token_credentials().await.token.is_empty(), "and so are person and client");
    let said = running.stop().out;
    assert!(!said.contains(app.secret.expose()), "secrets are told once: {said}");
}

#[tokio::test]
async fn what_is_made_is_its_owners_alone() {
    let place = Place::new();
    let running = Running::on(&place, free_port(), &[]);
    let mode = |path: &str| place.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("oauth-data"), 0o700);
    for file in ["seal.keys", "demo.secrets", "oauth.db"] {
        assert_eq!(mode(&format!("oauth-data/{file}")), 0o600, "{file}");
    }
    running.stop();
}

#[tokio::test]
async fn no_secret_of_the_client_is_in_the_store_readable_and_none_in_the_log() {
    let (place, port) = (Place::new(), free_port());
    let running = Running::on(&place, port, &[]);
    let app = Application::of(&place, &running);
    let (credentials, tokens) = (app.token_credentials().await, app.tokens().await);
    let said = running.stop().err;
    let kept = std::fs::read(place.path().join("oauth-data/oauth.db")).unwrap();
    let seal = std::fs::read_to_string(place.path().join("oauth-data/seal.keys")).unwrap();
    let refresh_token = tokens.refresh_token.unwrap();
    for secret in [
        app.secret.expose(),
        credentials.secret.expose(),
        tokens.access_token.expose(),
        refresh_token.expose(),
        seal.trim(),
    ] {
        assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()));
        assert!(!said.contains(secret));
    }
    for endpoint in ["oauth1 Temporary", "oauth1 Consent", "oauth1 Token", "oauth2 Token"] {
        let told = said.lines().any(|line| {
            line.contains("oauth_provider::audit") && line.contains(endpoint) && line.contains("demo")
        });
        assert!(told, "{endpoint}\n{said}");
    }
}

#[tokio::test]
async fn health_and_figures_are_told() {
    let (place, port, figures) = (Place::new(), free_port(), free_port());
    let config = place.with(
        "oauth.toml",
        &format!(
            "development = true\nlisten = \"127.0.0.1:{port}\"\nmetrics.listen = \"127.0.0.1:{figures}\"\n"
        ),
    );
    let running = Running::of(crate::running::serve(&place, &["--config", config.to_str().unwrap()]), port);
    let app = Application::of(&place, &running);
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(app.get(path).await.status(), StatusCode::OK, "{path}");
    }
    app.tokens().await;
    let metrics = app.get(&format!("http://127.0.0.1:{figures}/metrics")).await;
    let text = String::from_utf8(metrics.body().to_vec()).unwrap();
    for figure in [
        "oauth_requests_total{endpoint=\"oauth2 Token\",status=\"200\"} 1",
        "oauth_records_total{table=\"OAuth2Code\"} 1",
        "oauth_request_duration_seconds_count{endpoint=\"oauth2 Token\"} 1",
        "oauth_store_duration_seconds_count{operation=\"commit\"}",
        "oauth_store_commits_lost_total 0",
    ] {
        assert!(text.contains(figure), "{figure}\n{text}");
    }
    assert_eq!(app.get("/metrics").await.status(), StatusCode::NOT_FOUND, "not where everybody is");
    running.stop();
}

#[tokio::test]
async fn the_operator_is_let_in_with_the_token_of_the_folder_and_nobody_else() {
    let (place, port, admin) = (Place::new(), free_port(), free_port());
    let mut command = crate::running::serve(&place, &["--listen", &format!("127.0.0.1:{port}")]);
    command.env("OAUTH__ADMIN__LISTEN", format!("127.0.0.1:{admin}"));
    let running = Running::of(command, port);
    let app = Application::of(&place, &running);
    let token = std::fs::read_to_string(place.path().join("oauth-data/admin.token")).unwrap();
    let clients = format!("http://127.0.0.1:{admin}/v1/clients/oauth2");
    let answer = app.get_as(&clients, Some(token.trim())).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(String::from_utf8_lossy(answer.body()).contains("demo"));
    for token in [None, Some("guess"), Some("")] {
        assert_eq!(app.get_as(&clients, token).await.status(), StatusCode::UNAUTHORIZED);
    }
    running.stop();
}

#[tokio::test]
async fn each_start_to_try_things_out_prints_a_link_to_the_operators_pages_and_no_link_is_logged() {
    let (place, port, admin) = (Place::new(), free_port(), free_port());
    let mut links = Vec::new();
    for _ in 0..2 {
        let mut command = crate::running::serve(&place, &["--listen", &format!("127.0.0.1:{port}")]);
        command.env("OAUTH__ADMIN__LISTEN", format!("127.0.0.1:{admin}")).env("RUST_LOG", "trace");
        let running = Running::of(command, port);
        let app = Application::of(&place, &running);
        let token = std::fs::read_to_string(place.path().join("oauth-data/admin.token")).unwrap();
        let at = |path: &str| format!("http://127.0.0.1:{admin}{path}");
        let made = app.post_as(&at("/v1/links"), Some(token.trim()), String::new()).await;
        let made: serde_json::Value = serde_json::from_slice(made.body()).unwrap();
        let path = made["path"].as_str().unwrap();
        let ticket = path.split_once("ticket=").unwrap().1;
        // Looked at, it stays good; it opens once.
        assert_eq!(app.get(&at(path)).await.status(), StatusCode::OK);
        let enter = async || app.post_as(&at("/enter"), None, format!("ticket={ticket}")).await;
        let came_in = enter().await;
        assert_eq!(
            [came_in.status(), enter().await.status()],
            [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN]
        );
        let cookie = came_in.headers()["set-cookie"].to_str().unwrap();
        let session = cookie.split(['=', ';']).nth(1).unwrap();

        let ended = running.stop();
        let link = ended.out.split_whitespace().find(|word| word.contains("/enter?ticket=")).unwrap();
        let printed = link.strip_prefix(&at("/enter?ticket=")).unwrap();
        for secret in [printed, ticket, session, token.trim()] {
            assert!(secret.len() >= 40 && !ended.err.contains(secret), "{secret}");
        }
        links.push(printed.to_owned());
    }
    assert_ne!(links[0], links[1]);
}

#[tokio::test]
async fn a_provider_that_is_no_trial_prints_no_link() {
    let (place, port) = (Place::new(), free_port());
    let mut command = crate::running::serve(&place, &["--listen", &format!("127.0.0.1:{port}")]);
    command
        .env("OAUTH__ISSUER", "https://id.example.com")
        .env("OAUTH__BEHIND_PROXY__ADDRESSES", "[\"127.0.0.1\"]")
        .env("OAUTH__ADMIN__LISTEN", format!("127.0.0.1:{}", free_port()));
    let ended = Running::of(command, port).stop();
    assert!(!ended.out.contains("/enter") && ended.out.contains("oauth admin"), "{}", ended.out);
}
