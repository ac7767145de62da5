//! The API, and the line between it and the servers.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use oauth_sansio::{Digest, Moment, Outcome, Reply, Timestamp, http::StatusCode};
use oauth2_core::{
    client::{self, ClientAuthentication, Server},
    jose::{Algorithm, LocalSigner, Signer as _, Unsigned},
    metadata::Transport,
    resource::{
        Config, FetchedKeys, Grant, Introspected, KeySets, Look, Reason, Signed, Step, Verdicts, Verifier,
        WantedKeys,
    },
    server::{self, Endpoint, Facts, FetchError, KeyRing, Once, Resource, RingKey, TokenFormat},
};
use serde_json::Value;

use crate::world::*;

pub(crate) const API: &str = "https://api.example/v1";
pub(crate) const JWKS: &str = "https://as.example/oauth2/jwks";

/// A server whose tokens for [`API`] are JWTs, or opaque ones that the client `other` may ask about.
pub(crate) fn world(format: TokenFormat) -> World {
    world_with(format, |_| {})
}

pub(crate) fn world_with(format: TokenFormat, change: impl FnOnce(&mut server::Config)) -> World {
    let key = LocalSigner::generate(Algorithm::Es256, "2026").unwrap();
    let ring = KeyRing::new([RingKey::always(key.public().unwrap())]).unwrap();
    let mut world = World::with(|config| {
        config.signing = ring;
        config.acr_values = vec!["gold".into()];
        let introspected_by = vec!["other".into()];
        config.resources = vec![Resource { token: format, introspected_by, ..Resource::new(API) }];
        change(config);
    });
    world.keys.push(key);
    world
}

/// Settings of an API that verifies JWTs of the world's server.
pub(crate) fn offline() -> Config {
    let signed = vec![Signed::offline(ISSUER, JWKS.parse().unwrap())];
    Config { identifier: Some(API.into()), signed, ..Config::default() }
}

/// The API as a client of the world's server.
pub(crate) fn own_client(world: &World, authentication: ClientAuthentication) -> client::Client {
    let server = Server::from_metadata(world.server.metadata(), Transport::Https).unwrap();
    let config = client::Config { authentication, ..client::Config::new(server, "other") };
    client::Client::new(config).unwrap()
}

/// Settings of an API that asks the world's server.
pub(crate) fn asking(world: &World) -> Config {
    let client = own_client(world, ClientAuthentication::SecretBasic(SECRET.into()));
    let introspected = vec![Introspected::new(client)];
    Config { identifier: Some(API.into()), introspected, ..Config::default() }
}

/// What comes back over the line instead of the server's answer.
type Instead = Box<dyn Fn(&Request<Bytes>) -> Result<Response<Bytes>, FetchError>>;

/// The API: what it keeps, and how often it asked.
pub(crate) struct Remote<'w> {
    pub(crate) world: &'w World,
    pub(crate) verifier: Verifier,
    pub(crate) verdicts: RefCell<Verdicts>,
    pub(crate) keys: RefCell<BTreeMap<String, KeySets>>,
    proofs: RefCell<HashSet<Digest>>,
    /// Addresses that were asked, in their order.
    pub(crate) asked: RefCell<Vec<String>>,
    pub(crate) loads: Cell<usize>,
    pub(crate) instead: RefCell<Option<Instead>>,
}

impl<'w> Remote<'w> {
    pub(crate) fn new(world: &'w World, config: Config) -> Self {
        let entries = config.caching.entries;
        Self {
            world,
            verifier: Verifier::new(config).unwrap(),
            verdicts: RefCell::new(Verdicts::new(entries, world.moment())),
            keys: RefCell::default(),
            proofs: RefCell::default(),
            asked: RefCell::default(),
            loads: Cell::default(),
            instead: RefCell::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.world.now.get())
    }

    fn moment(&self) -> Moment {
        self.world.moment()
    }

    /// How often anybody was asked since the last call.
    pub(crate) fn questions(&self) -> usize {
        self.asked.take().len()
    }

    /// The line is down, or somebody else answers.
    pub(crate) fn answer(
        &self,
        instead: impl Fn(&Request<Bytes>) -> Result<Response<Bytes>, FetchError> + 'static,
    ) {
        *self.instead.borrow_mut() = Some(Box::new(instead));
    }

    pub(crate) fn down(&self) {
        self.answer(|_| Err(FetchError::Unreachable));
    }

    pub(crate) fn up(&self) {
        *self.instead.borrow_mut() = None;
    }

    fn send(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, FetchError> {
        self.asked.borrow_mut().push(request.uri().to_string());
        if let Some(instead) = &*self.instead.borrow() {
            return instead(request);
        }
        let endpoint = self.world.server.endpoint(request.uri().path()).ok_or(FetchError::Status)?;
        let step = self.world.server.receive(endpoint, request, self.moment());
        Ok(self.world.drive(step, None).response)
    }

    fn keys(&self, wanted: &WantedKeys) -> Result<FetchedKeys, FetchError> {
        let caching = self.verifier.key_caching();
        let mut all = self.keys.borrow_mut();
        let slot = all.entry(wanted.url.to_string()).or_default();
        loop {
            match slot.look(wanted.newer_than, caching, self.now()) {
                Look::Found(keys) => return Ok(keys),
                Look::Failed(error) => return Err(error),
                look @ (Look::Ask | Look::FoundAging(_)) => {
                    let answer = self.send(&Request::get(wanted.url.as_str()).body(Bytes::new()).unwrap());
                    let learned = slot.learn(answer.map(|answer| (answer, None)), caching, self.now());
                    if let (Look::FoundAging(keys), Err(_)) = (look, learned) {
                        return Ok(keys);
                    }
                }
            }
        }
    }

    pub(crate) fn judge(&self, request: &Request<Bytes>) -> Result<Arc<Grant>, Reply<Reason>> {
        self.judge_by(&self.verifier, request)
    }

    pub(crate) fn judge_by(
        &self,
        verifier: &Verifier,
        request: &Request<Bytes>,
    ) -> Result<Arc<Grant>, Reply<Reason>> {
        let mut step = verifier.receive(request, self.moment());
        loop {
            step = match step {
                Step::Recall(pause) => {
                    let verdict = self.verdicts.borrow_mut().recall(pause.key(), self.now());
                    pause.recalled(verdict, self.moment())
                }
                Step::Fetch(pause) => {
                    let answer = self.keys(pause.wanted());
                    pause.answer(answer, self.moment())
                }
                Step::Ask(pause) => {
                    let question = pause.request(self.moment()).unwrap();
                    assert!(question.safe_to_repeat);
                    let answer = self.send(&question.request);
                    pause.answer(answer, self.moment())
                }
                Step::Remember(pause) => {
                    let (verdict, until) = (pause.verdict().clone(), pause.until());
                    self.verdicts.borrow_mut().remember(*pause.key(), verdict, until);
                    pause.remembered(self.moment())
                }
                Step::Load(pause) => {
                    self.loads.set(self.loads.get() + 1);
                    pause.resume(Facts::default(), self.moment())
                }
                Step::Commit(pause) => {
                    let won = pause.batch().spend.iter().all(|spend| match spend.once {
                        Once::Proof(proof) => self.proofs.borrow_mut().insert(proof),
                        _ => panic!("only proofs are spent here"),
                    });
                    pause.settle(if won { Outcome::Applied } else { Outcome::Lost(0) })
                }
                Step::Admit(grant) => return Ok(grant),
                Step::Reply(reply) => return Err(*reply),
            };
        }
    }

    pub(crate) fn bearer(&self, token: &str) -> Result<Arc<Grant>, Reply<Reason>> {
        self.judge(&with_token("Bearer", token))
    }

    /// Why it was refused, with which status.
    pub(crate) fn refusal(&self, token: &str) -> (u16, Reason) {
        let reply = self.bearer(token).expect_err("it is refused");
        (reply.response.status().as_u16(), reply.reason.unwrap())
    }
}

pub(crate) fn with_token(scheme: &str, token: &str) -> Request<Bytes> {
    get("/photos", &[], &[("authorization", &format!("{scheme} {token}"))])
}

/// An access token of `machine` for [`API`].
pub(crate) fn machine_token(world: &World) -> String {
    let parameters = [("grant_type", "client_credentials"), ("resource", API), ("scope", "read")];
    let reply = world.token(&[("authorization", &basic("machine", SECRET))], &parameters);
    assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
    json(&reply.response)["access_token"].as_str().unwrap().to_owned()
}

/// An access token of `web` for [`API`], allowed by Ann.
pub(crate) fn user_token(world: &World, more: &[(&str, &str)]) -> String {
    let verifier = oauth2_core::pkce::Verifier::generate(&mut world.moment().entropy());
    let challenge = verifier.challenge().to_string();
    let request = [&world.request("web", &challenge)[..], &[("resource", API)], more].concat();
    let reply = world.authorize(&request);
    let answer = Some(ann(world).into());
    let reply = world.consent(&location(&reply.response), Some(&cookie(&reply.response)), answer);
    let code = query(&location(&reply.response))["code"].clone();
    Tokens::of(&world.redeem("web", &Issued { code, verifier: verifier.expose().to_owned() })).access
}

/// Ann, who logged in seven seconds ago, in the best way.
fn ann(world: &World) -> oauth_sansio::Person {
    let auth_time = Timestamp::from_unix(world.now.get() - 7);
    let login = oauth_sansio::Login { auth_time, acr: Some("gold".into()), amr: Vec::new() };
    oauth_sansio::Person { login: Some(login), ..oauth_sansio::Person::new("ann") }
}

pub(crate) fn revoke(world: &World, client_id: &str, token: &str) {
    let request =
        post("/oauth2/revoke", &[("authorization", &basic(client_id, SECRET))], &[("token", token)]);
    assert_eq!(world.drive(world.receive(Endpoint::Revocation, request), None).reason, None);
}

/// Claims as the world's server writes them, to be changed.
pub(crate) fn claims(world: &World) -> Value {
    let now = world.now.get();
    serde_json::json!({ "iss": ISSUER, "aud": API, "sub": "ann", "client_id": "web", "exp": now + 60, "iat": now,
        "jti": "1", "scope": "read" })
}

pub(crate) fn sign(key: &LocalSigner, typ: &str, claims: &Value) -> String {
    let input = claims.to_string();
    let unsigned = Unsigned::new(key, Some(typ), input.as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}
