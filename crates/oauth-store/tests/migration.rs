//! From OAuth 1 to OAuth 2 without asking anybody: both cores, both ends and one store, in memory, with a clock that is
//! moved by hand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use oauth_sansio::{Digest, Exchange, Family, Moment, Progress, Reply, Secret, Timestamp};
use oauth_store::{IssuerStore, MemoryStore};
use oauth1_core::{client as client1, resource as resource1, server as core1, signature::Methods};
use oauth2_core::metadata::Transport;
use oauth2_core::{Scopes, client as client2, resource as resource2, server as core2};

const ISSUER: &str = "https://as.example.com";
const START: u64 = 1_800_000_000;
const OLD: &str = "old-printer";
const NEW: &str = "new-printer";
const SECRET: &str = "a secret of the new printer";
const FAMILY: Family = Family::from_bytes([7; 16]);
const MIGRATION: &str = "urn:ietf:params:oauth:grant-type:migration:oauth1";

struct World {
    provider: core1::Provider,
    server: core2::AuthorizationServer,
    api1: resource1::Verifier,
    api2: resource2::Verifier,
    store: IssuerStore,
    now: Cell<u64>,
    seed: Cell<u8>,
}

/// What happens to token credentials before they are traded.
type Change = fn(&mut core1::Token);

impl World {
    async fn new() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    async fn with(client: fn(&mut core2::Client), config: fn(&mut core2::Config)) -> Self {
        let origin = || ISSUER.parse().unwrap();
        let mut server = core2::Config::new(origin());
        server.scopes = "read write admin".parse().unwrap();
        server.keys = core2::ServerKeys::always([5; 32]);
        server.migration = Some(core2::Migration {
            realms: [("photos", "read write"), ("prints", "admin")]
                .map(|(realm, scopes)| (realm.to_owned(), scopes.parse().unwrap()))
                .into(),
            without_realm: "read".parse().unwrap(),
        });
        config(&mut server);
        let mut provider = core1::Config::new(origin());
        provider.paths.revoke = Some("/oauth1/revoke".into());
        let world = Self {
            provider: core1::Provider::new(provider).unwrap(),
            server: core2::AuthorizationServer::new(server).unwrap(),
            api1: resource1::Verifier::new(resource1::Config::new(origin())).unwrap(),
            api2: resource2::Verifier::new(resource2::Config::default()).unwrap(),
            store: IssuerStore::new(Arc::new(MemoryStore::new()), ISSUER),
            now: Cell::new(START),
            seed: Cell::new(0),
        };
        for client_id in [OLD, "other-printer"] {
            world.store.register_oauth1(old_client(client_id)).await.unwrap();
        }
        let mut new = core2::Client {
            name: "Printer".into(),
            authentication: core2::Authentication::secret(&SECRET.into(), core2::SecretMethods::Both),
            grants: vec![core2::GrantType::OAuth1Migration, core2::GrantType::RefreshToken],
            scopes: "read write".parse().unwrap(),
            migrates_from: vec![OLD.into()],
            ..core2::Client::new(NEW)
        };
        client(&mut new);
        new.check().unwrap();
        world.store.register_oauth2(new).await.unwrap();
        world
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.now.get())
    }

    fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + seconds);
    }

    fn moment(&self) -> Moment {
        self.seed.set(self.seed.get() + 1);
        Moment::new(self.now(), [self.seed.get(); 32])
    }

    /// Token credentials that a person allowed long ago.
    async fn old_token(&self, change: Change) -> client1::TokenCredentials {
        let credentials = client1::TokenCredentials::new("AAAAAAAAtoken", "token secret");
        let mut token = core1::Token {
            secret: credentials.secret.clone(),
            client_id: OLD.into(),
            subject: "ann".into(),
            realms: ["photos".to_owned()].into(),
            family: FAMILY,
            issued: Timestamp::from_unix(START - 100_000_000),
            expires: None,
            renewal: None,
            key: Default::default(),
        };
        change(&mut token);
        let put = vec![core1::Record::Token(Digest::of_token(&credentials.token), token.into())];
        let batch = core1::Batch { put, ..Default::default() };
        let _ = self.store.commit_oauth1(&batch).await.unwrap();
        credentials
    }

    /// A request of the application to trade its token, on its way.
    fn trade(&self, token: &client1::TokenCredentials, scope: &str) -> Request<Bytes> {
        let exchange = new_app().migration(&scopes(scope));
        old_app(OLD).signing(exchange, token).request(self.moment()).unwrap().request
    }

    /// What the token endpoint says to a request.
    async fn ask(&self, request: &Request<Bytes>) -> Reply<core2::Reason> {
        let mut step = self.server.receive(core2::Endpoint::Token, request, self.moment());
        loop {
            step = match step {
                core2::Step::Load(load) => {
                    let facts = self.store.load_oauth2(load.wanted()).await.unwrap();
                    load.resume(facts, self.moment())
                }
                core2::Step::Migrate(migrate) => {
                    let handover = self.present(request).await;
                    migrate.migrated(handover.ok(), self.moment())
                }
                core2::Step::Commit(commit) => {
                    let outcome = self.store.commit_oauth2(commit.batch()).await.unwrap();
                    commit.settle(outcome)
                }
                core2::Step::Reply(reply) => return *reply,
                other => panic!("{other:?}"),
            };
        }
    }

    /// What OAuth 1 says to a request.
    async fn present(&self, request: &Request<Bytes>) -> Result<oauth_sansio::Handover, core1::Reason> {
        let presented = self.provider.present(request, self.now())?;
        let facts = self.store.load_oauth1(presented.wanted()).await.unwrap();
        presented.resume(facts, self.now())
    }

    async fn traded(&self, request: &Request<Bytes>) -> Result<client2::Tokens, core2::Reason> {
        let Reply { response, reason } = self.ask(request).await;
        if let Some(reason) = reason {
            assert!(response.status().is_client_error());
            return Err(reason);
        }
        let exchange = new_app().migration(&Scopes::none());
        match exchange.response(response, self.moment()).unwrap() {
            Progress::Done(tokens) => Ok(tokens),
            _ => panic!("not done"),
        }
    }

    /// What the token credentials open under OAuth 1.
    async fn opens1(&self, token: &client1::TokenCredentials) -> Result<(), core1::Reason> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = Uri::from_static("https://as.example.com/photos");
        old_app(OLD).sign(&mut request, Some(token), self.moment()).unwrap();
        let mut step = self.api1.receive(&request, self.moment());
        loop {
            step = match step {
                resource1::Step::Load(load) => {
                    let facts = self.store.load_oauth1(load.wanted()).await.unwrap();
                    load.resume(facts, self.moment())
                }
                resource1::Step::Commit(commit) => {
                    let outcome = self.store.commit_oauth1(commit.batch()).await.unwrap();
                    commit.settle(outcome)
                }
                resource1::Step::Admit(_) => return Ok(()),
                resource1::Step::Reply(reply) => return Err(reply.reason.unwrap()),
            };
        }
    }

    /// Whom an access token speaks for, and what it opens.
    async fn opens2(&self, tokens: &client2::Tokens) -> Option<(String, String)> {
        let mut request = Request::new(Bytes::new());
        tokens.authorize(&mut request).unwrap();
        let resource2::Step::Load(load) = self.api2.receive(&request, self.moment()) else { panic!() };
        let facts = self.store.load_oauth2(load.wanted()).await.unwrap();
        match load.resume(facts, self.moment()) {
            resource2::Step::Admit(grant) => {
                Some((grant.subject()?.to_owned(), grant.scopes.as_str().to_owned()))
            }
            _ => None,
        }
    }

    async fn refresh(&self, tokens: &client2::Tokens) -> Result<client2::Tokens, core2::Reason> {
        let mut exchange = new_app().refresh(tokens.refresh_token.as_ref().unwrap());
        self.traded(&exchange.request(self.moment()).unwrap().request).await
    }

    /// The application gives its old credentials back.
    async fn revoke(&self, token: &client1::TokenCredentials) {
        let mut exchange = old_app(OLD).revoke(token);
        let request = exchange.request(self.moment()).unwrap().request;
        let mut step = self.provider.receive(core1::Endpoint::Revoke, &request, self.moment());
        loop {
            step = match step {
                core1::Step::Load(load) => {
                    let facts = self.store.load_oauth1(load.wanted()).await.unwrap();
                    load.resume(facts, self.moment())
                }
                core1::Step::Commit(commit) => {
                    let outcome = self.store.commit_oauth1(commit.batch()).await.unwrap();
                    commit.settle(outcome)
                }
                core1::Step::Reply(reply) => return assert_eq!(reply.reason, None),
                other => panic!("{other:?}"),
            };
        }
    }
}

fn old_client(client_id: &str) -> core1::Client {
    core1::Client {
        client_id: client_id.into(),
        name: "Printer".into(),
        secret: "a secret of the old printer".into(),
        public_key: None,
        callbacks: core1::Callbacks::Registered(vec!["oob".into()]),
        methods: Default::default(),
    }
}

fn old_app(client_id: &str) -> client1::Client {
    let url = |path| format!("{ISSUER}{path}").parse().unwrap();
    let mut provider =
        client1::Provider::new(url("/oauth1/initiate"), url("/oauth1/authorize"), url("/oauth1/token"));
    provider.revocation = Some(url("/oauth1/revoke"));
    client1::Client::new(client1::Config::new(client_id, "a secret of the old printer", provider)).unwrap()
}

fn new_app() -> client2::Client {
    new_app_with(client2::ClientAuthentication::SecretPost(SECRET.into()))
}

fn new_app_with(authentication: client2::ClientAuthentication) -> client2::Client {
    let token = format!("{ISSUER}/oauth2/token");
    let server = client2::Server::new(ISSUER, None, &token, Transport::Https).unwrap();
    let mut config = client2::Config::new(server, NEW);
    config.authentication = authentication;
    client2::Client::new(config).unwrap()
}

fn scopes(text: &str) -> Scopes {
    match text {
        "" => Scopes::none(),
        text => text.parse().unwrap(),
    }
}

fn error(response: &Response<Bytes>) -> String {
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

// ---- what a trade does

#[tokio::test]
async fn a_token_of_oauth_1_is_traded_for_tokens_of_oauth_2_and_opens_nothing_from_then_on() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    assert_eq!(world.opens1(&token).await, Ok(()));
    let tokens = world.traded(&world.trade(&token, "")).await.unwrap();
    assert_eq!(world.opens2(&tokens).await, Some(("ann".into(), "read write".into())));
    assert_eq!(world.opens1(&token).await, Err(core1::Reason::Replaced));
    // What took its place lasts.
    let next = world.refresh(&tokens).await.unwrap();
    assert_eq!(world.opens2(&next).await, Some(("ann".into(), "read write".into())));
}

#[tokio::test]
async fn a_client_with_basic_authentication_signs_in_the_form() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let app = new_app_with(client2::ClientAuthentication::SecretBasic(SECRET.into()));
    let mut exchange = old_app(OLD).signing(app.migration(&scopes("read")), &token);
    let request = exchange.request(world.moment()).unwrap().request;
    assert!(request.headers()[header::AUTHORIZATION].to_str().unwrap().starts_with("Basic "));
    let tokens = world.traded(&request).await.unwrap();
    assert_eq!(world.opens2(&tokens).await, Some(("ann".into(), "read".into())));
}

#[tokio::test]
async fn a_trade_opens_what_the_realms_stand_for_and_the_client_may_have() {
    let cases: [(Change, &str, Result<&str, core2::Reason>); 7] = [
        (|_| {}, "read", Ok("read")),
        (|_| {}, "read admin", Err(core2::Reason::ScopeWider)),
        (|token| token.realms = [].into(), "", Ok("read")),
        (|token| token.realms = [].into(), "write", Err(core2::Reason::ScopeWider)),
        // The client may not have what this realm stands for, and nobody said what the other one does.
        (|token| token.realms = ["prints".to_owned()].into(), "", Err(core2::Reason::HandoverOpensNothing)),
        (|token| token.realms = ["faxes".to_owned()].into(), "", Err(core2::Reason::HandoverOpensNothing)),
        (|token| token.realms = ["faxes".to_owned(), "photos".to_owned()].into(), "", Ok("read write")),
    ];
    for (change, asked, granted) in cases {
        let world = World::new().await;
        let token = world.old_token(change).await;
        let traded = world.traded(&world.trade(&token, asked)).await;
        match (traded, granted) {
            (Ok(tokens), Ok(scope)) => {
                assert_eq!(world.opens2(&tokens).await, Some(("ann".into(), scope.into())));
                // Nor does a refresh open more.
                let next = world.refresh(&tokens).await.unwrap();
                assert_eq!(world.opens2(&next).await, Some(("ann".into(), scope.into())));
            }
            (traded, granted) => {
                assert_eq!(traded.map(drop), granted.map(drop));
                // Nothing was lost by asking.
                assert_eq!(world.opens1(&token).await, Ok(()));
            }
        }
    }
}

#[tokio::test]
async fn whoever_lost_the_answer_signs_again_and_gets_the_same_one() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let first = world.traded(&world.trade(&token, "")).await.unwrap();
    world.pass(30);
    let again = world.traded(&world.trade(&token, "")).await.unwrap();
    assert_eq!(
        (&first.access_token, &first.refresh_token),
        (&again.access_token, &again.refresh_token),
        "nothing is minted twice"
    );
    // Whoever has used it has had it.
    world.refresh(&first).await.unwrap();
    assert_eq!(world.traded(&world.trade(&token, "")).await.map(drop), Err(core2::Reason::HandoverSpent));
}

#[tokio::test]
async fn after_the_grace_period_a_second_trade_is_refused_and_revokes_nothing() {
    for keys in [true, false] {
        let world = match keys {
            true => World::new().await,
            false => World::with(|_| {}, |config| config.keys = Default::default()).await,
        };
        let token = world.old_token(|_| {}).await;
        let tokens = world.traded(&world.trade(&token, "")).await.unwrap();
        // Without a key there is no grace.
        world.pass(if keys { 31 } else { 0 });
        let again = world.ask(&world.trade(&token, "")).await;
        assert_eq!(again.reason, Some(core2::Reason::HandoverSpent));
        assert_eq!(error(&again.response), "invalid_grant");
        assert!(world.opens2(&tokens).await.is_some());
        world.refresh(&tokens).await.unwrap();
    }
}

#[tokio::test]
async fn one_revocation_ends_what_was_traded_and_what_it_was_traded_for() {
    // Before the trade …
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let request = world.trade(&token, "");
    world.revoke(&token).await;
    assert_eq!(world.present(&request).await, Err(core1::Reason::Revoked));
    assert_eq!(world.traded(&request).await.map(drop), Err(core2::Reason::Handover));
    // … and after it, by whoever still has the old credentials.
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let tokens = world.traded(&world.trade(&token, "")).await.unwrap();
    world.revoke(&token).await;
    assert_eq!(world.opens2(&tokens).await, None);
    assert_eq!(world.refresh(&tokens).await.map(drop), Err(core2::Reason::RefreshRevoked));
}

#[tokio::test]
async fn nothing_outlives_what_the_person_allowed() {
    let world = World::new().await;
    let token = world.old_token(|token| token.expires = Some(Timestamp::from_unix(START + 60))).await;
    let tokens = world.traded(&world.trade(&token, "")).await.unwrap();
    assert_eq!(tokens.expires_at, Some(Timestamp::from_unix(START + 60)));
    world.pass(60);
    assert_eq!(world.refresh(&tokens).await.map(drop), Err(core2::Reason::RefreshExpired));
    // What has ended is not traded.
    let world = World::new().await;
    let token = world.old_token(|token| token.expires = Some(Timestamp::from_unix(START))).await;
    let request = world.trade(&token, "");
    assert_eq!(world.present(&request).await, Err(core1::Reason::Expired));
    assert_eq!(world.traded(&request).await.map(drop), Err(core2::Reason::Handover));
}

#[tokio::test]
async fn a_token_that_never_ended_is_known_to_be_traded_for_ever() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    world.traded(&world.trade(&token, "")).await.unwrap();
    world.pass(50 * 365 * 24 * 3600);
    world.store.store().sweep(world.now(), usize::MAX).await.unwrap();
    assert_eq!(world.opens1(&token).await, Err(core1::Reason::Replaced));
    assert_eq!(world.traded(&world.trade(&token, "")).await.map(drop), Err(core2::Reason::HandoverSpent));
}

#[tokio::test]
async fn the_grant_is_advertised_where_something_is_taken_for_it() {
    let world = World::new().await;
    assert!(world.server.metadata().grant_types_supported.iter().any(|grant| grant == MIGRATION));
    let world = World::with(|_| {}, |config| config.migration = None).await;
    assert!(!world.server.metadata().grant_types_supported.iter().any(|grant| grant == MIGRATION));
    let token = world.old_token(|_| {}).await;
    let reply = world.ask(&world.trade(&token, "")).await;
    assert_eq!(
        (reply.reason, &*error(&reply.response)),
        (Some(core2::Reason::GrantType), "unsupported_grant_type")
    );
}

// ---- what is tried against it

/// Nothing comes of the request, and the old credentials are what they were.
async fn comes_to_nothing(
    world: &World,
    token: &client1::TokenCredentials,
    request: &Request<Bytes>,
) -> core2::Reason {
    let reply = world.ask(request).await;
    assert!(reply.response.status().is_client_error());
    assert_eq!(world.opens1(token).await, Ok(()));
    reply.reason.unwrap()
}

#[tokio::test]
async fn n20_a_trade_that_was_overheard_and_sent_again_gets_nothing_and_ends_nothing() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let request = world.trade(&token, "");
    let tokens = world.traded(&request).await.unwrap();
    // Within the time in which its sender could ask again, and after it.
    assert_eq!(world.traded(&request).await.map(drop), Err(core2::Reason::HandoverReplayed));
    world.pass(31);
    assert_eq!(world.traded(&request).await.map(drop), Err(core2::Reason::HandoverSpent));
    assert!(world.opens2(&tokens).await.is_some());
    world.refresh(&tokens).await.unwrap();
}

#[tokio::test]
async fn n21_nobody_trades_what_the_operator_did_not_open_to_it() {
    // No client of OAuth 1 is open, or another one.
    let closed: [fn(&mut core2::Client); 2] =
        [|client| client.migrates_from.clear(), |client| client.migrates_from = vec!["other-printer".into()]];
    for client in closed {
        let world = World::with(client, |_| {}).await;
        let token = world.old_token(|_| {}).await;
        let request = world.trade(&token, "");
        let reason = comes_to_nothing(&world, &token, &request).await;
        assert_eq!(reason, core2::Reason::HandoverOfOtherClient);
    }
    // The grant is not registered, or none that lasts.
    let without: [fn(&mut core2::Client); 2] = [
        |client| client.grants = vec![core2::GrantType::RefreshToken],
        |client| client.grants = vec![core2::GrantType::OAuth1Migration],
    ];
    for client in without {
        let world = World::with(client, |_| {}).await;
        let token = world.old_token(|_| {}).await;
        let request = world.trade(&token, "");
        assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::GrantNotAllowed);
    }
}

#[tokio::test]
async fn n21_a_client_of_oauth_1_that_is_open_brings_no_token_of_another() {
    let world = World::with(|client| client.migrates_from = vec!["other-printer".into()], |_| {}).await;
    let token = world.old_token(|_| {}).await;
    let exchange = new_app().migration(&Scopes::none());
    let request = old_app("other-printer").signing(exchange, &token).request(world.moment()).unwrap().request;
    assert_eq!(world.present(&request).await, Err(core1::Reason::OtherClient));
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Handover);
}

#[tokio::test]
async fn n22_a_trade_takes_both_proofs_of_whom_it_is_by() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let signed = |app: client2::Client, token: &client1::TokenCredentials| {
        let exchange = app.migration(&Scopes::none());
        old_app(OLD).signing(exchange, token).request(world.moment()).unwrap().request
    };
    // The signature alone …
    let wrong = client2::ClientAuthentication::SecretPost("guessed".into());
    let request = signed(new_app_with(wrong), &token);
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::WrongSecret);
    let request = signed(new_app_with(client2::ClientAuthentication::None), &token);
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Unauthenticated);
    // … the client's own secret alone …
    let request = new_app().migration(&Scopes::none()).request(world.moment()).unwrap().request;
    assert_eq!(world.present(&request).await, Err(core1::Reason::NoCredentials));
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Handover);
    // … and with it the wrong secret of the token.
    let guessed = client1::TokenCredentials::new(token.token.clone(), "guessed");
    let request = signed(new_app(), &guessed);
    assert_eq!(world.present(&request).await, Err(core1::Reason::Signature));
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Handover);
    // Without a token there is nothing to trade.
    let mut request = new_app().migration(&Scopes::none()).request(world.moment()).unwrap().request;
    old_app(OLD).sign(&mut request, None, world.moment()).unwrap();
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Handover);
    // Two headers are one too many.
    let mut request = world.trade(&token, "");
    request.headers_mut().append(header::AUTHORIZATION, HeaderValue::from_static("Basic eDp5"));
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::SeveralAuthentications);
}

#[tokio::test]
async fn n23_whatever_is_changed_on_the_way_breaks_the_signature() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let changed: [fn(&str) -> String; 3] = [
        |form| form.replace("scope=read", "scope=write"),
        |form| form.replace("&scope=read", ""),
        |form| format!("{form}&resource=https%3A%2F%2Fapi.example.com"),
    ];
    for change in changed {
        let request = world.trade(&token, "read");
        let form = String::from_utf8(request.body().to_vec()).unwrap();
        let request = request.map(|_| Bytes::from(change(&form)));
        assert_eq!(world.present(&request).await, Err(core1::Reason::Signature));
        let reason = comes_to_nothing(&world, &token, &request).await;
        assert!(matches!(reason, core2::Reason::Handover | core2::Reason::TargetUnknown), "{reason}");
    }
    // What was signed for the API is no request to trade.
    let mut photo = Request::post("https://as.example.com/photos").body(Bytes::new()).unwrap();
    old_app(OLD).sign(&mut photo, Some(&token), world.moment()).unwrap();
    let mut request = new_app().migration(&Scopes::none()).request(world.moment()).unwrap().request;
    request.headers_mut().insert(header::AUTHORIZATION, photo.headers()[header::AUTHORIZATION].clone());
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Handover);
}

#[tokio::test]
async fn n24_the_signature_is_no_authentication_anywhere_else_and_stands_in_no_url() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let mut refresh = new_app_with(client2::ClientAuthentication::None).refresh(&Secret::new("any"));
    let mut request = refresh.request(world.moment()).unwrap().request;
    old_app(OLD).sign(&mut request, Some(&token), world.moment()).unwrap();
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::Unauthenticated);
    let mut request = new_app().migration(&Scopes::none()).request(world.moment()).unwrap().request;
    old_app(OLD).signer(Some(&token)).sign_in_query(&mut request, world.moment()).unwrap();
    assert_eq!(comes_to_nothing(&world, &token, &request).await, core2::Reason::InUrl("oauth_signature"));
}

#[tokio::test]
async fn n25_a_token_that_was_renewed_is_not_traded_and_one_that_was_traded_is_not_renewed() {
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    let renewed = oauth_sansio::Spend {
        once: core1::Once::Renewal(Digest::of_token(&token.token)),
        at: world.now().into(),
        keep_until: world.now().plus(Duration::from_secs(9999)),
    };
    let renewal = core1::Batch { spend: vec![renewed], ..Default::default() };
    assert_eq!(world.store.commit_oauth1(&renewal).await.unwrap(), oauth_sansio::Outcome::Applied);
    assert_eq!(world.traded(&world.trade(&token, "")).await.map(drop), Err(core2::Reason::HandoverSpent));
    let world = World::new().await;
    let token = world.old_token(|_| {}).await;
    world.traded(&world.trade(&token, "")).await.unwrap();
    assert_eq!(world.store.commit_oauth1(&renewal).await.unwrap(), oauth_sansio::Outcome::Lost(0));
}

#[tokio::test]
async fn no_secret_is_sent_in_the_clear_to_be_traded() {
    let mut config = core1::Config::new("http://127.0.0.1:8080".parse().unwrap());
    config.insecure_loopback = true;
    config.methods = Methods::recommended().with(Arc::new(oauth1_core::signature::Plaintext));
    let provider = core1::Provider::new(config).unwrap();
    let signed = "OAuth oauth_consumer_key=\"old-printer\", oauth_token=\"t\", \
                  oauth_signature_method=\"PLAINTEXT\", oauth_signature=\"a%26b\"";
    let request = Request::post("/oauth2/token").header(header::AUTHORIZATION, signed).body(Bytes::new());
    let refused = provider.present(&request.unwrap(), Timestamp::from_unix(START)).unwrap_err();
    assert_eq!(refused, core1::Reason::PlaintextWithoutTls);
}
