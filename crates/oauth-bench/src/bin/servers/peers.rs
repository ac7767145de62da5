//! Authorization servers of other people, each with one client and all in memory.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::State, routing::post};
use oauth_as::client::{Client, ClientAuth, ClientId, SecretHash};
use oauth_as::grant::GrantType;
use oauth_as::http::{AuthorizationService, ServiceBuilder};
use oauth_as::scope::ScopeSet;
use oauth_as::server::{AuthorizationServer, ServerConfig, SystemClock};
use oauth_as::store::MemoryStorage;
use oxide_auth::endpoint::{OwnerConsent, Solicitation};
use oxide_auth::frontends::simple::endpoint::{FnSolicitor, client_credentials_flow};
use oxide_auth::primitives::prelude::{ClientMap, RandomGenerator, TokenMap};
use oxide_auth::primitives::registrar::{self, PasswordPolicy, RegistrarError};
use oxide_auth_axum::{OAuthRequest, OAuthResponse, WebError};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use oauth_bench::setting::{ISSUER, SECRET};

/// `oauth-as`, as it is served by a bare hyper: opaque tokens, secrets by SHA-256.
pub(crate) async fn oauth_as() -> anyhow::Result<AuthorizationService<MemoryStorage, SystemClock>> {
    let mut config = ServerConfig::new(ISSUER, format!("{ISSUER}/device"));
    config.token_endpoint = Some(format!("{ISSUER}/oauth2/token"));
    let server = AuthorizationServer::new(config, MemoryStorage::new());
    let scopes = ScopeSet::parse("photos").map_err(|_| anyhow::anyhow!("no scope"))?;
    let client = Client {
        client_id: ClientId::new("app"),
        auth: ClientAuth::ConfidentialSecretHash { hash: SecretHash::sha256(SECRET) },
        grant_types: vec![GrantType::ClientCredentials],
        redirect_uris: Vec::new(),
        allowed_scopes: scopes.clone(),
        default_scopes: scopes,
        name: None,
        registration: None,
    };
    server.register_client(client).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    ServiceBuilder::new(Arc::new(server)).build().map_err(Into::into)
}

/// `oxide-auth` with its parts for axum.
pub(crate) fn oxide_auth() -> anyhow::Result<Router> {
    let mut clients = ClientMap::new();
    clients.set_password_policy(Hashed);
    let redirect = "https://app.example.com/cb".parse::<registrar::ExactUrl>()?;
    let scope = "photos".parse().map_err(|_| anyhow::anyhow!("no scope"))?;
    clients.register_client(registrar::Client::confidential(
        "app",
        redirect.into(),
        scope,
        SECRET.as_bytes(),
    ));
    let tokens = TokenMap::new(RandomGenerator::new(16));
    let state = Arc::new(Oxide { clients, tokens: tokens.into() });
    Ok(Router::new().route("/oauth2/token", post(oxide_token)).with_state(state))
}

struct Oxide {
    clients: ClientMap,
    tokens: Mutex<TokenMap<RandomGenerator>>,
}

async fn oxide_token(
    State(oxide): State<Arc<Oxide>>,
    request: OAuthRequest,
) -> Result<OAuthResponse, WebError> {
    let mut tokens = oxide.tokens.lock().expect("nobody panics");
    // The client owns what it asks for.
    let mut solicitor = FnSolicitor(|_: &mut OAuthRequest, solicitation: Solicitation<'_>| {
        OwnerConsent::Authorized(solicitation.pre_grant().client_id.clone())
    });
    Ok(client_credentials_flow(&oxide.clients, &mut *tokens, &mut solicitor).execute(request)?)
}

/// Client secrets have as much entropy as a digest; the default is Argon2, which takes milliseconds.
struct Hashed;

impl PasswordPolicy for Hashed {
    fn store(&self, _: &str, secret: &[u8]) -> Vec<u8> {
        Sha256::digest(secret).to_vec()
    }

    fn check(&self, _: &str, secret: &[u8], stored: &[u8]) -> Result<(), RegistrarError> {
        let equal: bool = Sha256::digest(secret).as_slice().ct_eq(stored).into();
        if equal { Ok(()) } else { Err(RegistrarError::Unspecified) }
    }
}
