//! The `oauth2` crate, the client that most Rust applications have, against our server: the plain flows.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DeviceAuthorizationUrl, EndpointSet, HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge,
    RedirectUrl, RefreshToken, RequestTokenError, RevocationUrl, Scope, StandardDeviceAuthorizationResponse,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};
use oauth2_core::server::{Application, Authentication, Client, GrantType};
use url::Url;

use crate::common::{CALLBACK, CLIENT_ID, Line, Plan, SCOPE, Stage, form_post, location};

type Whole = BasicClient<EndpointSet, EndpointSet, EndpointSet, EndpointSet, EndpointSet>;
type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>> + Send>>;

/// Its requests go out over our line.
fn over(line: &Line) -> impl Fn(HttpRequest) -> Answer + Send + Sync + 'static + use<> {
    let line = line.clone();
    move |request| {
        let line = line.clone();
        Box::pin(async move { Ok(line.send(request.map(Bytes::from)).await.map(|body| body.to_vec())) })
    }
}

fn client(stage: &Stage, client_id: &str) -> Whole {
    let url = |path| stage.provider.join(path).unwrap().to_string();
    BasicClient::new(ClientId::new(client_id.into()))
        .set_auth_uri(AuthUrl::new(url("/oauth2/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(url("/oauth2/token")).unwrap())
        .set_device_authorization_url(
            DeviceAuthorizationUrl::new(url("/oauth2/device_authorization")).unwrap(),
        )
        .set_introspection_url(IntrospectionUrl::new(url("/oauth2/introspect")).unwrap())
        .set_revocation_url(RevocationUrl::new(url("/oauth2/revoke")).unwrap())
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap())
}

fn confidential(stage: &Stage) -> Whole {
    client(stage, CLIENT_ID).set_client_secret(ClientSecret::new(stage.secret.expose().to_owned()))
}

async fn stage() -> Stage {
    let server2 = |config: &mut oauth2_core::server::Config| config.resource_servers = vec![CLIENT_ID.into()];
    let stage = Stage::set(Plan { server2, tls: Some(&["h2", "http/1.1"]), ..Plan::default() }).await;
    let television = Client {
        name: "Photo Printer".into(),
        authentication: Authentication::None,
        application: Application::Native,
        grants: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        scopes: SCOPE.parse().unwrap(),
        ..Client::new("television")
    };
    stage.store.register_oauth2(television).await.unwrap();
    stage
}

/// From the address to the code: a person logs in and allows.
async fn code(stage: &Stage, url: &Url, state: &CsrfToken) -> AuthorizationCode {
    let back = stage.browser().authorize(url, "allow").await;
    let back = Url::parse(&back.to_string()).unwrap();
    let parameter = |name: &str| back.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    assert_eq!(parameter("state"), *state.secret());
    AuthorizationCode::new(parameter("code"))
}

async fn tokens(stage: &Stage, client: &Whole) -> BasicTokenResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
    let (url, state) = request.add_scope(Scope::new(SCOPE.into())).url();
    let code = code(stage, &url, &state).await;
    let exchange = client.exchange_code(code).set_pkce_verifier(verifier);
    exchange.request_async(&over(&stage.line)).await.unwrap()
}

#[tokio::test]
async fn a_code_with_pkce_is_exchanged_and_refreshed() {
    let stage = stage().await;
    for kind in [AuthType::BasicAuth, AuthType::RequestBody] {
        let client = confidential(&stage).set_auth_type(kind);
        let first = tokens(&stage, &client).await;
        assert_eq!(first.scopes().unwrap().as_slice(), [Scope::new(SCOPE.into())]);
        assert_eq!(first.expires_in().unwrap().as_secs(), 600);
        let refresh = first.refresh_token().unwrap();
        let second = client.exchange_refresh_token(refresh).request_async(&over(&stage.line)).await.unwrap();
        assert_ne!(second.refresh_token().unwrap().secret(), refresh.secret());
    }
}

#[tokio::test]
async fn a_client_gets_a_token_for_itself() {
    let stage = stage().await;
    let client = confidential(&stage);
    let request = client.exchange_client_credentials().add_scope(Scope::new(SCOPE.into()));
    let answer = request.request_async(&over(&stage.line)).await.unwrap();
    assert!(answer.refresh_token().is_none());
}

#[tokio::test]
async fn errors_are_understood() {
    let stage = stage().await;
    let wrong = client(&stage, CLIENT_ID).set_client_secret(ClientSecret::new("guessed".into()));
    let refused = wrong.exchange_client_credentials().request_async(&over(&stage.line)).await;
    let Err(RequestTokenError::ServerResponse(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(*error.error(), BasicErrorResponseType::InvalidClient);
    let unknown = RefreshToken::new("ort_unknown".into());
    let refused =
        confidential(&stage).exchange_refresh_token(&unknown).request_async(&over(&stage.line)).await;
    let Err(RequestTokenError::ServerResponse(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(*error.error(), BasicErrorResponseType::InvalidGrant);
}

#[tokio::test]
async fn a_token_is_introspected_and_revoked() {
    let stage = stage().await;
    let client = confidential(&stage);
    let tokens = tokens(&stage, &client).await;
    let told =
        async |token: &AccessToken| client.introspect(token).request_async(&over(&stage.line)).await.unwrap();
    let known = told(tokens.access_token()).await;
    assert!(known.active());
    assert_eq!((known.sub(), known.client_id().unwrap().as_str()), (Some("ann"), CLIENT_ID));
    let revocable = tokens.refresh_token().unwrap().into();
    client.revoke_token(revocable).unwrap().request_async(&over(&stage.line)).await.unwrap();
    assert!(!told(tokens.access_token()).await.active());
}

#[tokio::test]
async fn a_device_waits_until_the_person_has_decided() {
    let stage = Arc::new(stage().await);
    let client = client(&stage, "television").set_auth_type(AuthType::RequestBody);
    let begin = client.exchange_device_code().add_scope(Scope::new(SCOPE.into()));
    let details: StandardDeviceAuthorizationResponse = begin.request_async(&over(&stage.line)).await.unwrap();
    let (address, code) =
        (details.verification_uri().as_str().to_owned(), details.user_code().secret().to_owned());
    // What it does between two polls: the person types the code and allows.
    let wait = {
        let stage = stage.clone();
        move |pause: std::time::Duration| {
            let (stage, address, code) = (stage.clone(), address.clone(), code.clone());
            async move {
                assert_eq!(pause.as_secs(), 5);
                stage.clock.advance(pause);
                let typed = form_post(&address.parse().unwrap(), &[("user_code", &code)]);
                let typed = stage.line.send(typed).await;
                let mut browser = stage.browser();
                browser.keep_cookies(typed.headers());
                let decided = browser.decide(&location(&typed).parse().unwrap(), "allow").await;
                assert!(decided.status().is_success(), "{decided:?}");
            }
        }
    };
    let exchange = client.exchange_device_access_token(&details);
    let tokens = exchange.request_async(&over(&stage.line), wait, None).await.unwrap();
    assert!(tokens.refresh_token().is_some());
}
