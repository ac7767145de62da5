//! A sealing key is followed by the next one, and goes.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::application::{Application, CALLBACK};
use crate::running::{Place, Running, admin, fails, free_port, serve};

struct Provider {
    place: Place,
    port: u16,
    admin: u16,
}

impl Provider {
    fn command(&self) -> Command {
        let mut command = serve(&self.place, &["--listen", &format!("127.0.0.1:{}", self.port)]);
        command.env("OAUTH__ADMIN__LISTEN", format!("127.0.0.1:{}", self.admin));
        command
    }

    fn run(&self) -> (Running, Application) {
        let running = Running::of(self.command(), self.port);
        let app = Application::of(&self.place, &running);
        (running, app)
    }

    /// The keys from the next start on, the newest first.
    fn keys(&self, keys: &[&str]) {
        let file = self.place.with("oauth-data/seal.keys", &keys.join("\n"));
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn admin(&self, arguments: &[&str]) -> serde_json::Value {
        admin(&self.place, self.admin, arguments)
    }
}

#[tokio::test]
async fn a_sealing_key_goes_when_everything_was_sealed_anew_beside_those_who_use_it() {
    let provider = Arc::new(Provider { place: Place::new(), port: free_port(), admin: free_port() });
    let (old, new) = ("A".repeat(43), format!("{}E", "B".repeat(42)));
    std::fs::create_dir(provider.place.path().join("oauth-data")).unwrap();
    provider.keys(&[&old]);
    let (running, app) = provider.run();
    let before = app.token_credentials().await;
    let refresh_token = app.tokens().await.refresh_token.unwrap();
    let published = app.get("/oauth2/jwks").await;
    let create = ["clients", "create", "oauth1", "--client-id", "gone", "--name", "Gone"];
    provider.admin(&[&create[..], &["--redirect-uri", CALLBACK]].concat());
    provider.admin(&["clients", "remove", "oauth1", "gone"]);
    running.stop();

    provider.keys(&[&new]);
    let error = fails(provider.command());
    assert!(error.contains("is sealed with a key that is not here"), "{error}");

    provider.keys(&[&new, &old]);
    let (running, app) = provider.run();
    let reseal = || {
        let provider = provider.clone();
        spawn_blocking(move || provider.admin(&["reseal"]))
    };
    let (told, during) = tokio::join!(reseal(), app.token_credentials());
    let told = told.unwrap();
    let of = |told: &serde_json::Value, name: &str| told[name].as_u64().unwrap();
    // Clients of OAuth 1, temporary and token credentials, the person, the signing key, the key of the server.
    assert!(of(&told, "resealed") >= 6 && of(&told, "unopened") == 0, "{told}");
    let again = reseal().await.unwrap();
    assert_eq!((of(&again, "resealed"), of(&again, "unopened")), (0, 0), "{again}");
    running.stop();

    provider.keys(&[&new]);
    let (running, app) = provider.run();
    assert_eq!(app.get("/oauth2/jwks").await.body(), published.body(), "the key that signs opens");
    app.http.run(app.oauth2().await.refresh(&refresh_token)).await.unwrap();
    assert!(!app.token_credentials().await.token.is_empty(), "and so do person and client");
    assert_eq!(of(&reseal().await.unwrap(), "unopened"), 0, "and whatever else there is");
    let listed = provider.admin(&["clients", "list", "oauth1"]);
    assert!(listed.to_string().contains("demo") && !listed.to_string().contains("gone"), "{listed}");
    assert_ne!(before.token, during.token);
    running.stop();
}
