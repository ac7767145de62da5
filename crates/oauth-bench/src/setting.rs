//! The one client of every authorization server, and the settings of ours.

use std::sync::Arc;

use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore, Store};
use oauth2_core::server::{Application, Authentication, Client, Config, GrantType, SecretMethods};
use tokio::runtime::Runtime;

/// The issuer.
pub const ISSUER: &str = "https://as.example.com";
/// The secret of the client.
pub const SECRET: &str = "gX1fBat3bV-a-generated-secret-of-43-characters";

/// `Authorization: Basic` for `app` and [`SECRET`].
pub fn basic() -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("app:{SECRET}")))
}

/// Settings of a server with opaque tokens.
///
/// # Errors
/// When a text above is not what it should be.
pub fn config() -> anyhow::Result<Config> {
    let mut config = Config::new(ISSUER.parse()?);
    config.scopes = "photos".parse()?;
    Ok(config)
}

/// A store in memory, with the client.
///
/// # Errors
/// When it cannot be registered.
pub fn store(runtime: &Runtime) -> anyhow::Result<IssuerStore> {
    runtime.block_on(with_client(Arc::new(MemoryStore::new())))
}

/// Any store, with the client.
///
/// # Errors
/// When it cannot be registered.
pub async fn with_client(store: Arc<dyn Store>) -> anyhow::Result<IssuerStore> {
    let store = IssuerStore::new(store, ISSUER);
    let client = Client {
        client_id: "app".into(),
        name: "App".into(),
        authentication: Authentication::secret(&Secret::new(SECRET), SecretMethods::Basic),
        redirect_uris: vec!["https://app.example.com/cb".into()],
        application: Application::Web,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        scopes: "photos".parse()?,
        ..Client::new("")
    };
    store.register_oauth2(client).await?;
    Ok(store)
}
