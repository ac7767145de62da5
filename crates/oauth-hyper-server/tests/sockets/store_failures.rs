//! The store fails at every operation of every endpoint in turn: nothing goes out, nothing is lost.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use oauth_sansio::Exchange as _;
use oauth_sansio::form;

use oauth2_core::server::RegistrationPolicy;

use crate::common::{CALLBACK, CLIENT_ID, Failure, Flaky, PASSWORD, Plan, SCOPE, Stage};

/// A request that an honest party sends, each time with all that must come before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    Temporary,
    Authorize1,
    Page1,
    Decision1,
    Token1,
    Photo1,
    Authorize2,
    Page2,
    Decision2,
    Code,
    Refresh,
    Migration,
    ClientCredentials,
    Push,
    Device,
    Introspection,
    Revocation,
    Registration,
    Replacement,
    Photo2,
}

use Scene::*;

const SCENES: [Scene; 20] = [
    Temporary,
    Authorize1,
    Page1,
    Decision1,
    Token1,
    Photo1,
    Authorize2,
    Page2,
    Decision2,
    Code,
    Refresh,
    Migration,
    ClientCredentials,
    Push,
    Device,
    Introspection,
    Revocation,
    Registration,
    Replacement,
    Photo2,
];

impl Scene {
    async fn prepare(self, stage: &Stage) -> Request<Bytes> {
        let decision = || form::encode([("password", PASSWORD), ("decision", "allow")]);
        let (client1, client2) = (stage.client1(), stage.client2());
        let get = |url: &str| Request::get(url).body(Bytes::new()).unwrap();
        match self {
            Temporary => {
                let callback = oauth1_core::client::Callback::OutOfBand;
                client1.temporary_credentials(callback).request(stage.moment()).unwrap().request
            }
            Authorize1 => get(stage.pending1().await.authorization_url(&client1).as_str()),
            Page1 | Decision1 => {
                let mut browser = stage.browser();
                let consent = browser.begin(&stage.pending1().await.authorization_url(&client1)).await;
                match self {
                    Page1 => browser.request(Method::GET, &consent, String::new()),
                    _ => browser.request(Method::POST, &consent, decision()),
                }
            }
            Token1 => stage.allowed1().await.request(stage.moment()).unwrap().request,
            Photo1 => stage.signed_photo(&stage.token1().await),
            Authorize2 => get(client2.authorize().start(stage.moment()).unwrap().0.as_str()),
            Page2 | Decision2 => {
                let mut browser = stage.browser();
                let (url, _) = client2.authorize().start(stage.moment()).unwrap();
                let consent = browser.begin(&url).await;
                match self {
                    Page2 => browser.request(Method::GET, &consent, String::new()),
                    _ => browser.request(Method::POST, &consent, decision()),
                }
            }
            Code => stage.code2().await.request(stage.moment()).unwrap().request,
            Refresh => {
                let tokens = stage.tokens2().await;
                let mut exchange = client2.refresh(tokens.refresh_token.as_ref().unwrap());
                exchange.request(stage.moment()).unwrap().request
            }
            Migration => stage.trade(&stage.token1().await).request(stage.moment()).unwrap().request,
            ClientCredentials => {
                let mut exchange = client2.client_credentials(&SCOPE.parse().unwrap()).unwrap();
                exchange.request(stage.moment()).unwrap().request
            }
            Push => {
                let query = client2.authorize().start(stage.moment()).unwrap().0;
                let query: Vec<_> = query.query_pairs().collect();
                let query: Vec<_> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
                let query: Vec<_> = query.into_iter().filter(|(name, _)| *name != "client_id").collect();
                stage.as_client("/oauth2/par", &query)
            }
            Device => stage.as_client("/oauth2/device_authorization", &[]),
            Introspection | Revocation => {
                let tokens = stage.tokens2().await;
                let path = if self == Revocation { "/oauth2/revoke" } else { "/oauth2/introspect" };
                stage.as_client(path, &[("token", tokens.access_token.expose())])
            }
            Registration => registration(stage),
            Replacement => {
                let registered = stage.line.send(registration(stage)).await;
                let registered: serde_json::Value = serde_json::from_slice(registered.body()).unwrap();
                let text = |name: &str| registered[name].as_str().unwrap();
                let token = format!("Bearer {}", text("registration_access_token"));
                let body = serde_json::json!({
                    "client_id": text("client_id"), "redirect_uris": ["https://new.example/ready"],
                });
                let request = Request::put(text("registration_client_uri"));
                let request = request.header(header::CONTENT_TYPE, "application/json");
                request.header(header::AUTHORIZATION, token).body(body.to_string().into()).unwrap()
            }
            Photo2 => stage.bearer_photo(&stage.tokens2().await),
        }
    }

    /// What the request is answered with when all goes well.
    fn success(self) -> StatusCode {
        match self {
            Authorize1 | Decision1 | Authorize2 | Decision2 => StatusCode::SEE_OTHER,
            Push | Registration => StatusCode::CREATED,
            _ => StatusCode::OK,
        }
    }

    /// What the same request is answered with when it is sent again, after it was done and its answer was lost.
    fn again(self) -> StatusCode {
        match self {
            // Nothing is spent by these: the second time is another first time.
            Authorize1 | Authorize2 | ClientCredentials | Push | Device | Registration => self.success(),
            // Nor is it wrong to say it twice.
            Revocation | Replacement => self.success(),
            // The nonce is spent; the client signs anew.
            Temporary | Token1 | Photo1 => StatusCode::UNAUTHORIZED,
            // The decision, the code or the refresh token is.
            Decision1 | Decision2 | Code | Refresh | Migration => StatusCode::BAD_REQUEST,
            Page1 | Page2 | Photo2 | Introspection => unreachable!("{self:?} writes nothing"),
        }
    }

    fn writes(self) -> bool {
        !matches!(self, Page1 | Page2 | Photo2 | Introspection)
    }
}

async fn stage() -> (Stage, Arc<Flaky>) {
    let store = Arc::new(Flaky::default());
    let server2 = |config: &mut oauth2_core::server::Config| {
        config.resource_servers = vec![CLIENT_ID.into()];
        config.registration = Some(RegistrationPolicy::for_applications(SCOPE.parse().unwrap()));
    };
    (Stage::set(Plan { store: store.clone(), server2, ..Plan::default() }).await, store)
}

fn registration(stage: &Stage) -> Request<Bytes> {
    let body = serde_json::json!({ "redirect_uris": [CALLBACK] });
    let request = Request::post(stage.provider.join("/oauth2/register").unwrap().as_str());
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.body(body.to_string().into()).unwrap()
}

fn assert_unavailable(scene: Scene, response: &Response<Bytes>) {
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{scene:?}");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{scene:?}");
    assert_eq!(response.headers()[header::RETRY_AFTER], "1", "{scene:?}");
    for name in [header::LOCATION, header::SET_COOKIE, header::WWW_AUTHENTICATE] {
        assert!(!response.headers().contains_key(&name), "{scene:?}: {name}");
    }
    assert!(response.body().is_empty(), "{scene:?}");
}

/// Has the failure at each operation in turn; gives how often there was one.
async fn at_every_operation(scene: Scene, failure: Failure) -> usize {
    let (stage, store) = stage().await;
    for skip in 0.. {
        let request = scene.prepare(&stage).await;
        let before = store.written();
        store.arm(failure, skip);
        let response = stage.line.send(request.clone()).await;
        if !store.has_failed() {
            assert_eq!(response.status(), scene.success(), "{scene:?}");
            return skip;
        }
        assert_unavailable(scene, &response);
        match failure {
            Failure::Load | Failure::Commit => {
                assert_eq!(store.written(), before, "{scene:?} has written");
                let retried = stage.line.send(request).await;
                assert_eq!(retried.status(), scene.success(), "{scene:?} is lost: {retried:?}");
            }
            Failure::Answer => {
                let retried = stage.line.send(request).await;
                assert_eq!(retried.status(), scene.again(), "{scene:?}: {retried:?}");
            }
        }
    }
    unreachable!("there is an end to operations")
}

#[tokio::test]
async fn g11_store_failure_at_a_load_is_503_and_the_retry_works() {
    for scene in SCENES {
        let loads = at_every_operation(scene, Failure::Load).await;
        let expected = match scene {
            // Who decides is looked up after what is decided about.
            Page1 | Decision1 | Page2 | Decision2 => 2,
            // Each protocol looks up its own.
            Migration => 2,
            Registration => 0,
            _ => 1,
        };
        assert_eq!(loads, expected, "{scene:?}");
    }
}

#[tokio::test]
async fn g11_store_failure_before_a_commit_is_503_and_the_retry_works() {
    for scene in SCENES {
        let commits = at_every_operation(scene, Failure::Commit).await;
        assert_eq!(commits, usize::from(scene.writes()), "{scene:?}");
    }
}

#[tokio::test]
async fn g11_store_failure_after_a_commit_is_503_and_the_retry_is_a_second_use() {
    for scene in SCENES {
        let commits = at_every_operation(scene, Failure::Answer).await;
        assert_eq!(commits, usize::from(scene.writes()), "{scene:?}");
    }
}

#[tokio::test]
async fn g11_store_failure_while_revoking_for_a_replay_tells_nothing_and_the_next_replay_revokes() {
    let (stage, store) = stage().await;
    let code = stage.code2().await.request(stage.moment()).unwrap().request;
    let first = stage.line.send(code.clone()).await;
    assert_eq!(first.status(), StatusCode::OK);
    let tokens: serde_json::Value = serde_json::from_slice(first.body()).unwrap();
    let photo = || {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let url = stage.photo_url();
        let request = Request::get(url.as_str()).header(header::AUTHORIZATION, bearer);
        stage.line.send(request.body(Bytes::new()).unwrap())
    };

    store.arm(Failure::Commit, 0);
    assert_unavailable(Code, &stage.line.send(code.clone()).await);
    assert!(store.has_failed());
    assert_eq!(photo().await.status(), StatusCode::OK);

    assert_eq!(stage.line.send(code).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(photo().await.status(), StatusCode::UNAUTHORIZED);
}

/// The tokens of the lost answer exist in the store, and are dead once the code comes a second time.
#[tokio::test]
async fn g11_store_failure_that_loses_the_answer_leaves_no_living_family_behind_a_retry() {
    let (stage, store) = stage().await;
    let code = stage.code2().await.request(stage.moment()).unwrap().request;
    store.arm(Failure::Answer, 0);
    assert_unavailable(Code, &stage.line.send(code.clone()).await);
    assert!(store.has_failed());
    assert_eq!(stage.line.send(code).await.status(), StatusCode::BAD_REQUEST);
    let owner = oauth_store::Owner::Subject("ann");
    let rows = stage.store.store().list(owner, None, 100).await.unwrap().rows;
    assert_eq!(rows.len(), 3, "a code, an access token and a refresh token: {rows:?}");
    assert!(rows.iter().all(|(_, row)| row.revoked), "{rows:?}");
}

#[tokio::test]
async fn v03_a_revocation_that_was_not_written_is_not_answered_as_done() {
    let (stage, store) = stage().await;
    let tokens = stage.tokens2().await;
    let revocation = || stage.as_client("/oauth2/revoke", &[("token", tokens.access_token.expose())]);
    for failure in [Failure::Load, Failure::Commit] {
        store.arm(failure, 0);
        assert_unavailable(Revocation, &stage.line.send(revocation()).await);
        assert!(store.has_failed());
        assert_eq!(stage.line.send(stage.bearer_photo(&tokens)).await.status(), StatusCode::OK);
    }
    assert_eq!(stage.line.send(revocation()).await.status(), StatusCode::OK);
    assert_eq!(stage.line.send(stage.bearer_photo(&tokens)).await.status(), StatusCode::UNAUTHORIZED);
}
