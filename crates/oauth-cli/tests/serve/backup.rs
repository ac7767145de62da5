//! A provider is backed up while it is used, and another one goes on from the backup.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::spawn_blocking;

use crate::application::Application;
use crate::postgres::Server;
use crate::provider::told;
use crate::running::{Place, Running, admin, admin_output, free_port, serve};

/// The same issuer, wherever its files are.
fn run(place: &Place, port: u16, operator: u16) -> (Running, Application) {
    let running = run_with(place, port, operator, "");
    let app = Application::of(place, &running);
    (running, app)
}

fn run_with(place: &Place, port: u16, operator: u16, more: &str) -> Running {
    let settings = format!(
        "development = true\nlisten = \"127.0.0.1:{port}\"\nadmin.listen = \"127.0.0.1:{operator}\"\n\
         resource_servers = [\"demo\"]\nlimits.requests_per_minute = 0\n{more}"
    );
    place.with("oauth.toml", &settings);
    Running::of(serve(place, &["--config", "oauth.toml"]), port)
}

async fn token(app: &Application) -> String {
    let told = told(&app.ask("/oauth2/token", &[("grant_type", "client_credentials")]).await);
    told["access_token"].as_str().unwrap().to_owned()
}

/// Copies a file of one provider's folder, or another one, to the other provider's folder.
fn bring(from: &Path, to: &Place, name: &str) {
    let to = to.path().join("oauth-data").join(name);
    fs::copy(from, &to).unwrap();
    assert_eq!(fs::metadata(to).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
}

#[tokio::test]
async fn z12_a_provider_is_backed_up_under_load_and_another_one_goes_on_from_the_backup() {
    let (place, port, operator) = (Arc::new(Place::new()), free_port(), free_port());
    let (running, app) = run(&place, port, operator);
    let app = Arc::new(app);
    let granted = app.tokens().await;
    let refresh_token = granted.refresh_token.unwrap();
    app.token_credentials().await;
    let published = app.get("/oauth2/jwks").await;

    let over = Arc::new(AtomicBool::new(false));
    let load = || {
        let (app, over) = (app.clone(), over.clone());
        tokio::spawn(async move {
            let mut tokens = Vec::new();
            while !over.load(Ordering::Relaxed) {
                tokens.push(token(&app).await);
            }
            tokens
        })
    };
    let clients = [load(), load()];
    let mut before = Vec::new();
    while before.len() < 50 {
        before.push(token(&app).await);
    }
    let backup = place.path().join("backup.db");
    let told = {
        let (place, file) = (place.clone(), backup.display().to_string());
        spawn_blocking(move || admin(&place, operator, &["backup", &file])).await.unwrap()
    };
    let after = token(&app).await;
    over.store(true, Ordering::Relaxed);
    let mut meanwhile = Vec::new();
    for client in clients {
        meanwhile.extend(client.await.unwrap());
    }
    assert!(meanwhile.len() > 10, "it was used: {}", meanwhile.len());
    let keys = fs::canonicalize(place.path().join("oauth-data/seal.keys")).unwrap();
    assert_eq!(told["seal_keys"].as_str().map(Path::new), Some(keys.as_path()));
    let again = admin_output(&place, operator, &["backup", backup.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("replaces nothing"), "{again:?}");
    running.stop();

    let other = Place::new();
    fs::create_dir(other.path().join("oauth-data")).unwrap();
    bring(&backup, &other, "oauth.db");
    bring(&keys, &other, "seal.keys");
    bring(&place.path().join("oauth-data/demo.secrets"), &other, "demo.secrets");
    let (running, app) = run(&other, port, operator);
    for token in before.iter().map(String::as_str).chain([granted.access_token.expose()]) {
        assert!(app.is_active(token).await, "it was issued before the backup");
    }
    assert!(!app.is_active(&after).await, "it was issued after the backup");
    assert_eq!(app.get("/oauth2/jwks").await.body(), published.body());
    let renewed = app.http.run(app.oauth2().await.refresh(&refresh_token)).await.unwrap();
    assert!(app.is_active(renewed.access_token.expose()).await);
    let listed = admin(&other, operator, &["grants", "list"]);
    assert!(listed.to_string().contains("oauth1"), "{listed}");
    // Person and client of OAuth 1 open with the keys.
    app.token_credentials().await;
    running.stop();
}

#[tokio::test]
async fn people_are_told_what_else_belongs_to_a_backup() {
    let (place, port, operator) = (Place::new(), free_port(), free_port());
    let (running, _) = run(&place, port, operator);
    let file = place.path().join("backup.db");
    let output = admin_output(&place, operator, &["backup", file.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("backup.db") && out.contains("oauth-data/seal.keys"), "{out}");
    assert!(err.contains("What else to keep") && err.contains("settings"), "{err}");
    let relative = admin_output(&place, operator, &["backup", "backup.db"]);
    assert_eq!(relative.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&relative.stderr).contains("the whole path"), "{relative:?}");
    running.stop();
}

#[tokio::test]
async fn where_the_store_is_no_file_the_command_says_what_backs_it_up() {
    let refused = |more: &str, what: &str| {
        let (place, port, operator) = (Place::new(), free_port(), free_port());
        let database = place.with("database", &Server::shared().map_or_else(String::new, Server::address));
        fs::set_permissions(database, PermissionsExt::from_mode(0o600)).unwrap();
        let running = run_with(&place, port, operator, more);
        let file = place.path().join("backup.db");
        let output = admin_output(&place, operator, &["backup", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(what), "{output:?}");
        assert!(!file.exists());
        running.stop();
    };
    refused("store.kind = \"memory\"\n", "oauth admin export");
    if Server::shared().is_some() {
        refused("store = { kind = \"postgres\", address = \"database\" }\n", "pg_dump");
    }
}
