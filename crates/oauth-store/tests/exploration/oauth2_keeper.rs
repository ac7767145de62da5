//! Applications that keep the tokens of one grant in one place, and renew them at a server that rotates: each may be stopped
//! at any point and started again, the place may fail, the server's store may fail, and nonces change meanwhile.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use oauth_sansio::{Exchange as _, Moment, Progress, Secret, Timestamp};
use oauth_store::IssuerStore;
use oauth2_core::client::{self, DpopKey, Error, Keeper, Kept, Renewal, Tokens, Turn};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::Transport;
use oauth2_core::server::{
    AuthorizationServer, Batch, Binding, Config, Endpoint, Record, RefreshRotation, ServerKeys, Step,
};

use crate::explorer::{Flight as _, ISSUER, Knowledge, NOW, World, ready};
use crate::oauth2::{FAMILY, Flying, REFRESH, knowledge, server};

/// Where everything is.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Scene {
    /// What the server knows.
    knowledge: Knowledge,
    /// What is stored for the applications, and who holds its lock.
    stored: String,
    lock: Option<usize>,
    apps: Vec<App>,
    now: Timestamp,
    /// Refresh tokens in the order in which they went over the wire.
    presented: Vec<String>,
}

/// An application.
#[derive(Clone, PartialEq, Eq, Hash)]
struct App {
    doing: Doing,
    /// The access token that it was told is no longer good.
    refused: Option<String>,
    nonce: Option<String>,
    /// How often it may still be stopped, and begin anew after a fault.
    stops: usize,
    tries: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Doing {
    /// It needs a token.
    Needing,
    /// Its request is on the way.
    Asking(Flying, Sent),
    /// This came back: the status, the body, the nonce.
    Told(u16, Vec<u8>, Option<String>, Sent),
    /// It has new tokens, which nobody may use yet.
    Saving(String),
    /// It uses this token.
    Using(String),
    /// It was told that only a new grant helps.
    Ended,
    /// It gave up.
    Tired,
}

/// What a renewal was begun with, from which the same is begun again.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Sent {
    stored: String,
    is_second: bool,
}

/// What the explored worlds have in common.
struct Setting<'a> {
    server: &'a AuthorizationServer,
    key: Option<&'a str>,
    /// Whether applications lock what is stored.
    locks: Locks,
    /// Whether the server's store may fail.
    fails: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Locks {
    Never,
    /// Until new tokens are there, stored or not.
    UntilTheyCame,
    /// Until new tokens are stored.
    UntilStored,
}

impl Setting<'_> {
    fn keeper(&self, app: &App) -> (Keeper, Option<DpopKey>) {
        let authorize = format!("{ISSUER}/oauth2/authorize");
        let token = format!("{ISSUER}/oauth2/token");
        let server = client::Server::new(ISSUER, Some(&authorize), &token, Transport::Https).unwrap();
        let mut config = client::Config::new(server, "app");
        config.dpop = self.key.map(key);
        let key = config.dpop.clone();
        if let (Some(key), Some(nonce)) = (&key, &app.nonce) {
            let headers =
                http::HeaderMap::from_iter([("dpop-nonce".parse().unwrap(), nonce.parse().unwrap())]);
            key.learn(&token.parse().unwrap(), &headers);
        }
        (Keeper::new(client::Client::new(config).unwrap()), key)
    }

    /// The request of a renewal, arrived at the server.
    fn send(&self, scene: &mut Scene, i: usize, mut renewal: Renewal, sent: Sent) {
        let request = renewal.request(moment(scene, i)).unwrap().request;
        let stored: Kept = serde_json::from_str(&sent.stored).unwrap();
        if !sent.is_second {
            scene.presented.push(stored.tokens.refresh_token.unwrap().expose().to_owned());
        }
        let step = self.server.receive(Endpoint::Token, &request, moment(scene, i));
        scene.apps[i].doing = Doing::Asking(Flying(step), sent);
    }

    /// What an application does next, in every way that it may go.
    fn advance(&self, scene: &Scene, i: usize) -> Vec<Scene> {
        let mut next = scene.clone();
        let app = &mut next.apps[i];
        let now = scene.now;
        match scene.apps[i].doing.clone() {
            Doing::Needing => {
                if self.locks != Locks::Never && scene.lock.is_some() {
                    return Vec::new();
                }
                next.lock = Some(i);
                let refused = app.refused.as_deref().map(Secret::new);
                match self.keeper(app).0.turn(
                    serde_json::from_str(&scene.stored).unwrap(),
                    refused.as_ref(),
                    now,
                ) {
                    Ok(Turn::Use(kept)) => {
                        app.doing = Doing::Using(kept.tokens.access_token.expose().to_owned());
                        next.lock = None;
                    }
                    Ok(Turn::Renew(renewal)) => {
                        let sent = Sent { stored: scene.stored.clone(), is_second: false };
                        self.send(&mut next, i, renewal, sent);
                    }
                    Err(error) => panic!("{error}"),
                }
                vec![next]
            }
            Doing::Asking(flight, sent) => {
                let world = Arc::new(World(Mutex::new(scene.knowledge.clone())));
                let store = IssuerStore::new(world.clone(), ISSUER);
                let flight = flight.advance(&store, moment(scene, i));
                let known = world.0.lock().unwrap().clone();
                app.doing = match &flight.0 {
                    Step::Reply(reply) => {
                        let nonce = reply.response.headers().get("dpop-nonce");
                        let nonce = nonce.map(|nonce| nonce.to_str().unwrap().to_owned());
                        let response = &reply.response;
                        Doing::Told(response.status().as_u16(), response.body().to_vec(), nonce, sent.clone())
                    }
                    _ => Doing::Asking(flight, sent.clone()),
                };
                let mut all = vec![Scene { knowledge: known.clone(), ..next.clone() }];
                // The server's store fails before or after it has written.
                for knowledge in [scene.knowledge.clone(), known].into_iter().filter(|_| self.fails) {
                    let mut failed = Scene { knowledge, ..next.clone() };
                    failed.apps[i].doing = Doing::Told(503, Vec::new(), None, sent.clone());
                    all.push(failed);
                }
                all
            }
            Doing::Told(status, body, nonce, sent) => {
                let (keeper, _) = self.keeper(app);
                let kept: Kept = serde_json::from_str(&sent.stored).unwrap();
                let refused = kept.tokens.access_token.clone();
                let Ok(Turn::Renew(mut renewal)) = keeper.turn(Some(kept), Some(&refused), now) else {
                    panic!()
                };
                if sent.is_second {
                    let Progress::Again(second) = renewal.response(wants_nonce(), moment(scene, i)).unwrap()
                    else {
                        panic!()
                    };
                    renewal = second;
                }
                let mut answer =
                    Response::builder().status(status).header("content-type", "application/json");
                if let Some(nonce) = &nonce {
                    answer = answer.header("dpop-nonce", nonce);
                    app.nonce = Some(nonce.clone());
                }
                match renewal.response(answer.body(Bytes::from(body)).unwrap(), moment(scene, i)) {
                    Ok(Progress::Done(save)) => {
                        app.doing = Doing::Saving(serde_json::to_string(save.record()).unwrap());
                    }
                    Ok(Progress::Again(renewal) | Progress::Wait(_, renewal)) => {
                        self.send(&mut next, i, renewal, Sent { is_second: true, ..sent });
                    }
                    Err(error) => {
                        next.lock = None;
                        app.doing = match error {
                            error if error.is_dead_grant() => Doing::Ended,
                            error if error.is_transient() && app.tries > 0 => {
                                app.tries -= 1;
                                Doing::Needing
                            }
                            Error::Refused(_) | Error::Answer { .. } => Doing::Tired,
                            error => panic!("{error}"),
                        };
                    }
                }
                vec![next]
            }
            Doing::Saving(record) => {
                let kept: Kept = serde_json::from_str(&record).unwrap();
                next.apps[i].doing = Doing::Using(kept.tokens.access_token.expose().to_owned());
                next.stored = record;
                next.lock = next.lock.filter(|holder| *holder != i);
                let mut all = vec![next];
                // What cannot be written is kept, and written later; the lock is kept with it.
                if scene.apps[i].tries > 0 {
                    let mut failed = scene.clone();
                    failed.apps[i].tries -= 1;
                    if self.locks == Locks::UntilTheyCame {
                        failed.lock = None;
                    }
                    all.push(failed);
                }
                all
            }
            Doing::Using(_) | Doing::Ended | Doing::Tired => Vec::new(),
        }
    }

    /// Goes through every world from here; tells how many there are.
    fn explore(
        &self,
        name: &str,
        start: Scene,
        always: &dyn Fn(&Scene),
        at_the_end: &dyn Fn(&Scene),
    ) -> usize {
        let (mut seen, mut queue) = (HashSet::from([start.clone()]), VecDeque::from([start]));
        while let Some(scene) = queue.pop_front() {
            always(&scene);
            let mut all: Vec<_> = (0..scene.apps.len()).flat_map(|i| self.advance(&scene, i)).collect();
            if all.is_empty() {
                at_the_end(&scene);
            }
            // Whoever is stopped knows nothing afterwards but what is stored; its lock is let go.
            for (i, app) in scene.apps.iter().enumerate() {
                let is_busy =
                    !matches!(app.doing, Doing::Using(_) | Doing::Ended | Doing::Tired | Doing::Needing);
                if app.stops > 0 && is_busy {
                    let mut stopped = scene.clone();
                    stopped.apps[i] =
                        App { doing: Doing::Needing, nonce: None, stops: app.stops - 1, ..app.clone() };
                    stopped.lock = stopped.lock.filter(|holder| *holder != i);
                    all.push(stopped);
                }
            }
            // The nonces of the server change.
            if self.key.is_some() && scene.now == NOW {
                all.push(Scene { now: NOW.plus(Duration::from_secs(240)), ..scene.clone() });
            }
            for scene in all {
                if seen.insert(scene.clone()) {
                    queue.push_back(scene);
                }
            }
        }
        println!("{name}: {} worlds, no violation", seen.len());
        seen.len()
    }

    /// Two applications with this many stops and tries each, and what is stored for them.
    fn scene(&self, stops: usize, tries: usize) -> Scene {
        let app = App { doing: Doing::Needing, refused: None, nonce: None, stops, tries };
        let tokens: Tokens = serde_json::from_str(&format!(
            r#"{{"access_token":"old","token_type":"{}","expires_at":{},"refresh_token":"{REFRESH}","scope":"photos",
            "refused_scope":"","extra":{{}}}}"#,
            if self.key.is_some() { "DPoP" } else { "Bearer" },
            NOW.as_unix()
        ))
        .unwrap();
        let (keeper, key) = self.keeper(&app);
        let stored = serde_json::to_string(keeper.keep(tokens, Timestamp::from_unix(0)).record()).unwrap();
        let mut knowledge = knowledge();
        if let Some(key) = key {
            bind(&mut knowledge, &key);
        }
        // One of them comes later, with the token that the other has renewed by then or is about to.
        let late = App { refused: Some("old".into()), ..app.clone() };
        Scene { knowledge, stored, lock: None, apps: vec![app, late], now: NOW, presented: Vec::new() }
    }
}

/// The refresh token at the server, bound to a key.
fn bind(knowledge: &mut Knowledge, key: &DpopKey) {
    let world = Arc::new(World(Mutex::new(knowledge.clone())));
    let store = IssuerStore::new(world.clone(), ISSUER);
    let digest = oauth_sansio::Digest::of_token(REFRESH);
    let wanted = oauth2_core::server::Want::Refresh(digest).into();
    let known = ready(store.load_oauth2(&wanted)).unwrap().refresh.unwrap().record;
    let mut refresh = Arc::unwrap_or_clone(known);
    refresh.binding = Some(Binding::Dpop(key.thumbprint().0));
    // For longer than nonces are good.
    (refresh.expires, refresh.family_expires) = (NOW.plus(DAY), NOW.plus(DAY));
    let put = vec![Record::Refresh(digest, refresh.into())];
    let _ = ready(store.commit_oauth2(&Batch { put, ..Batch::default() })).unwrap();
    *knowledge = world.0.lock().unwrap().clone();
}

const DAY: Duration = Duration::from_secs(86_400);

/// EdDSA, which signs the same in the same way.
fn key(jwk: &str) -> DpopKey {
    DpopKey::local(LocalSigner::from_private_jwk(jwk.as_bytes(), Algorithm::EdDsa).unwrap()).unwrap()
}

/// RFC 8037 appendix A.1.
const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn moment(scene: &Scene, i: usize) -> Moment {
    let mut seed = [i as u8 + 1; 32];
    // No two proofs are one: what was sent before is in the world.
    seed[0] = scene.presented.len() as u8;
    seed[1] = matches!(&scene.apps[i].doing, Doing::Told(..)) as u8;
    Moment::new(scene.now, seed)
}

fn wants_nonce() -> Response<Bytes> {
    let answer =
        Response::builder().status(400).header("content-type", "application/json").header("dpop-nonce", "n");
    answer.body(Bytes::from_static(br#"{"error":"use_dpop_nonce"}"#)).unwrap()
}

fn graceful(change: impl FnOnce(&mut Config)) -> AuthorizationServer {
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.scopes = "photos".parse().unwrap();
    config.keys = ServerKeys::always([9; 32]);
    config.policy.refresh = RefreshRotation::Always { grace: Duration::from_secs(600) };
    change(&mut config);
    AuthorizationServer::new(config).unwrap()
}

/// The grant lives: what is stored renews, or is being renewed.
fn lives(scene: &Scene) {
    assert!(!scene.knowledge.is_revoked(FAMILY), "the grant was lost");
    assert!(!scene.apps.iter().any(|app| app.doing == Doing::Ended), "somebody was told that it is dead");
}

/// Everybody who did not give up uses a token that the server knows, and what is stored can be renewed once more.
fn ends_well(setting: &Setting<'_>, scene: &Scene) {
    let stored: Kept = serde_json::from_str(&scene.stored).unwrap();
    for app in &scene.apps {
        match &app.doing {
            Doing::Using(token) => assert_ne!(token, "old"),
            Doing::Tired => {}
            _ => panic!("somebody waits for ever"),
        }
    }
    let mut alone = scene.clone();
    let refused = stored.tokens.access_token.expose().to_owned();
    alone.apps = vec![App { doing: Doing::Needing, refused: Some(refused), nonce: None, stops: 0, tries: 0 }];
    loop {
        match &alone.apps[0].doing {
            Doing::Using(_) => break,
            Doing::Ended | Doing::Tired => panic!("what is stored is worth nothing"),
            _ => alone = setting.advance(&alone, 0).swap_remove(0),
        }
    }
}

#[test]
fn no_token_is_lost_and_none_is_used_twice_when_two_renew() {
    let server = server();
    let setting = Setting { server: &server, key: None, locks: Locks::UntilStored, fails: false };
    let worlds = setting.explore("two renew", setting.scene(0, 1), &lives, &|scene| {
        ends_well(&setting, scene);
        assert_eq!(scene.presented.len(), 1, "one renewal is enough for both");
    });
    assert!(worlds > 10);
}

#[test]
fn a_stop_between_renewal_and_storing_costs_nothing_within_the_grace_period() {
    let server = graceful(|_| {});
    let setting = Setting { server: &server, key: None, locks: Locks::UntilStored, fails: true };
    let worlds =
        setting.explore("stops and faults", setting.scene(1, 1), &lives, &|scene| ends_well(&setting, scene));
    assert!(worlds > 100);
}

#[test]
fn nonces_that_change_meanwhile_cost_a_round_trip_and_no_token() {
    let server = graceful(|config| config.policy.require_dpop_nonce = true);
    let setting = Setting { server: &server, key: Some(KEY), locks: Locks::UntilStored, fails: true };
    let worlds =
        setting.explore("changing nonces", setting.scene(1, 0), &lives, &|scene| ends_well(&setting, scene));
    assert!(worlds > 100);
}

/// The explorer would notice: without the lock two present one token, and a server without a grace period ends the grant.
#[test]
#[should_panic(expected = "the grant was lost")]
fn without_the_lock_the_grant_is_lost() {
    let server = server();
    let setting = Setting { server: &server, key: None, locks: Locks::Never, fails: false };
    setting.explore("no lock", setting.scene(0, 0), &lives, &|_| {});
}

/// Nor is it enough to hold the lock until the answer is there: where it cannot be stored, the other finds the spent token.
#[test]
#[should_panic(expected = "the grant was lost")]
fn without_the_lock_over_what_is_not_stored_yet_the_grant_is_lost() {
    let server = server();
    let setting = Setting { server: &server, key: None, locks: Locks::UntilTheyCame, fails: false };
    setting.explore("lock let go", setting.scene(0, 1), &lives, &|_| {});
}

/// Nor can the lock help where the application is stopped with the answer in its hands, and the server knows no grace.
#[test]
#[should_panic(expected = "the grant was lost")]
fn without_a_grace_period_a_stop_can_cost_the_grant() {
    let server = server();
    let setting = Setting { server: &server, key: None, locks: Locks::UntilStored, fails: false };
    setting.explore("no grace", setting.scene(1, 0), &lives, &|_| {});
}
