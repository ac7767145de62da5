//! Processes of one issuer, and what they answer.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, Response, header};
use oauth_hyper_client::{Client as Http, SendError};
use oauth_sansio::{Outgoing, form};
use serde_json::Value;
use tokio::time::Instant;

use super::KILLED;
use crate::running::{Place, Running, free_port, serve};

pub(super) const MACHINES: usize = 3;

/// The person's password, and the secret of the client.
pub(super) const SECRETS: [&str; 2] =
    ["a-password-that-all-of-them-have", "a-client-secret-that-all-of-them-have"];

/// Processes of one issuer, each with a folder of its own.
pub(super) struct Fleet {
    place: Place,
    ports: [u16; MACHINES],
    pub(super) http: Http,
    figures: Mutex<Figures>,
}

/// What a token endpoint answers, or does not.
#[derive(Debug)]
pub(super) enum Answer {
    Told(Value),
    /// `invalid_grant`.
    Spent,
    /// 503: whether anything was done is not known.
    Away,
    /// Nothing was sent.
    Gone,
    /// The process has died meanwhile: whether anything was done is not known.
    Broken,
}

impl Answer {
    pub(super) fn told(self) -> Option<Value> {
        if let Self::Told(value) = self { Some(value) } else { None }
    }
}

#[derive(Default)]
struct Figures {
    requests: [usize; MACHINES],
    away: [usize; MACHINES],
    gone: [usize; MACHINES],
    faults: Vec<Fault>,
}

struct Fault {
    name: &'static str,
    at: usize,
    since: Instant,
    /// Until the first answer to a request that was sent after it.
    over: Option<Duration>,
}

impl Fleet {
    /// Starts all of them at once on a database that is empty.
    pub(super) fn start(address: &str) -> (Self, Vec<Running>) {
        let place = Place::new();
        let ports = std::array::from_fn(|_| free_port());
        let private = |name: &str, text: &str| {
            let path = place.with(name, text);
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        };
        private("database", address);
        for (at, port) in ports.iter().enumerate() {
            std::fs::create_dir(place.path().join(format!("data-{at}"))).unwrap();
            private(&format!("data-{at}/seal.keys"), &"A".repeat(43));
            private(&format!("data-{at}/demo.secrets"), &SECRETS.join("\n"));
            place.with(
                &format!("{at}.toml"),
                &format!(
                    "development = true\nissuer = \"http://127.0.0.1:{}\"\nlisten = \"127.0.0.1:{port}\"\n\
                     data = \"data-{at}\"\nresource_servers = [\"demo\"]\n\
                     store = {{ kind = \"postgres\", address = \"database\" }}\n\
                     limits = {{ wrong_tries = 1000000, requests_per_minute = 0 }}\n",
                    ports[0]
                ),
            );
        }
        let fleet = Self { place, ports, http: Http::new(), figures: Mutex::default() };
        let running = std::thread::scope(|scope| {
            let fleet = &fleet;
            let started: Vec<_> = (0..MACHINES).map(|at| scope.spawn(move || fleet.run(at))).collect();
            started.into_iter().map(|running| running.join().unwrap()).collect()
        });
        (fleet, running)
    }

    /// Starts one of them.
    pub(super) fn run(&self, at: usize) -> Running {
        Running::of(serve(&self.place, &["--config", &format!("{at}.toml")]), self.ports[at])
    }

    pub(super) fn url(&self, at: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[at])
    }

    /// What all of them answer to this.
    pub(super) async fn everywhere(&self, path: &str) -> [Response<Bytes>; MACHINES] {
        let ask = async |at| {
            let request = Request::get(self.url(at, path)).body(Bytes::new()).unwrap();
            self.http.send(Outgoing::repeatable(request)).await.unwrap()
        };
        tokio::join!(ask(0), ask(1), ask(2)).into()
    }

    pub(super) async fn redeem(&self, at: usize, fields: &[(&str, &str)]) -> Answer {
        self.ask(at, "/oauth2/token", fields).await
    }

    pub(super) async fn redeem_everywhere(&self, fields: &[(&str, &str)]) -> [Answer; MACHINES] {
        tokio::join!(self.redeem(0, fields), self.redeem(1, fields), self.redeem(2, fields)).into()
    }

    pub(super) async fn introspect(&self, at: usize, token: &str) -> Answer {
        self.ask(at, "/oauth2/introspect", &[("token", token)]).await
    }

    /// Sends it once, as the client.
    async fn ask(&self, at: usize, path: &str, fields: &[(&str, &str)]) -> Answer {
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("demo:{}", SECRETS[1]));
        let request = Request::post(self.url(at, path))
            .header(header::AUTHORIZATION, format!("Basic {credentials}"))
            .header(header::CONTENT_TYPE, form::MEDIA_TYPE)
            .body(Bytes::from(form::encode(fields.iter().copied())))
            .unwrap();
        let begun = Instant::now();
        let answer = match self.http.send(Outgoing::once(request)).await {
            Ok(answer) => read(&answer),
            Err(SendError::Transport(error)) if at == KILLED && is_refused(&*error) => Answer::Gone,
            Err(SendError::Transport(_)) if at == KILLED => Answer::Broken,
            Err(error) => panic!("{path} of {at}: {error}"),
        };
        self.figures.lock().unwrap().count(at, begun, &answer);
        answer
    }

    /// From now on these are waited for.
    pub(super) fn fault(&self, name: &'static str, machines: &[usize]) {
        let since = Instant::now();
        let faults = machines.iter().map(|at| Fault { name, at: *at, since, over: None });
        self.figures.lock().unwrap().faults.extend(faults);
    }
}

/// There is no answer but these, whatever has happened.
fn read(answer: &Response<Bytes>) -> Answer {
    let body = || serde_json::from_slice::<Value>(answer.body()).unwrap();
    match answer.status().as_u16() {
        200 => Answer::Told(body()),
        400 if body()["error"] == "invalid_grant" => Answer::Spent,
        503 => Answer::Away,
        status => panic!("{status}: {:?}", answer.body()),
    }
}

fn is_refused(error: &(dyn Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let mut io = causes.filter_map(|error| error.downcast_ref::<std::io::Error>());
    io.any(|error| error.kind() == ErrorKind::ConnectionRefused)
}

impl Figures {
    fn count(&mut self, at: usize, begun: Instant, answer: &Answer) {
        self.requests[at] += 1;
        match answer {
            Answer::Away => self.away[at] += 1,
            Answer::Gone | Answer::Broken => self.gone[at] += 1,
            Answer::Told(_) | Answer::Spent => {
                let ended = self.faults.iter_mut().filter(|fault| fault.at == at && fault.since < begun);
                for fault in ended {
                    fault.over.get_or_insert_with(|| fault.since.elapsed());
                }
            }
        }
    }
}

impl fmt::Display for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { requests, away, gone, faults } = &*self.figures.lock().unwrap();
        write!(f, "requests {requests:?}, 503 {away:?}, not answered {gone:?}")?;
        for Fault { name, at, over, .. } in faults {
            let over = over.map_or("never again".to_owned(), |over| format!("again after {over:.2?}"));
            write!(f, "\n{name}: process {at} answers {over}")?;
        }
        Ok(())
    }
}
