//! `openid-client` and `oauth4webapi` perform the OAuth 2 dance against our provider.

use oauth_cli::demo::{CLIENT_ID, PASSWORD, Stage, USER};
use oauth_sansio::Secret;
use oauth2_core::server::{Application, Authentication, Client, GrantType, SecretMethods};
use serde_json::{Value, json};

/// A machine that acts for itself, registered with `stage`.
async fn machine(stage: &Stage, method: &str, methods: SecretMethods) -> Value {
    let client_id = format!("machine-{method}");
    // What form encoding changes before base64, and what base64 changes after it (RFC 6749 section 2.3.1).
    let secret = Secret::new("100% + more: a \"secret\" / with =&? and ümlaut");
    stage
        .store
        .register_oauth2(Client {
            client_id: client_id.clone().into(),
            name: client_id.clone(),
            authentication: Authentication::secret(&secret, methods),
            redirect_uris: vec![],
            application: Application::Web,
            grants: vec![GrantType::ClientCredentials],
            scopes: "photos".parse().unwrap(),
            ..Client::new("")
        })
        .await
        .unwrap();
    json!({ "client_id": client_id, "client_secret": secret.expose(), "method": method })
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_and_oauth4webapi_dance_with_our_provider() {
    let Some(peers) = crate::peers() else { return };
    let stage = Stage::set(None).await.unwrap();
    let machines = [
        machine(&stage, "basic", SecretMethods::Basic).await,
        machine(&stage, "post", SecretMethods::Post).await,
    ];
    let told = json!({
        "issuer": stage.provider.as_str().trim_end_matches('/'),
        "client": { "client_id": CLIENT_ID, "client_secret": stage.secret.expose(), "method": "basic" },
        "machines": machines,
        "redirect_uri": stage.callback,
        "scope": "photos",
        "username": USER,
        "password": PASSWORD,
        "photo_url": stage.api.join("/photos?file=vacation.jpg").unwrap(),
    });
    let said = tokio::task::spawn_blocking(move || peers.node("oauth2_client.mjs", &told)).await.unwrap();
    let checked = said["checked"].as_array().unwrap();
    for what in
        ["code with PKCE, state and iss", "refresh", "client credentials, basic", "client credentials, post"]
    {
        assert!(checked.contains(&what.into()), "{what}: {said}");
    }
}
