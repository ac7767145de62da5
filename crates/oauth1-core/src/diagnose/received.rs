//! A request that arrived, checked step by step.

use http::{HeaderName, Request, header::HOST};
use oauth_sansio::{Timestamp, form};

use super::{
    Anatomy, Cause, Check, Credentials, KeyForm, Status,
    attempt::{Attempt, Keying, search},
    shape::{self, Shape},
    unread,
    variants::{self, Hints},
};
use crate::{
    resource::Config,
    server::{
        Callbacks, Client, ConfigError, Reason,
        verify::{Policy, Used},
    },
    signature::{AllowedMethods, BodyHash, ReadError, Received},
};

/// What is known of a request that arrived.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The first check that fails.
    pub failure: Option<Failure>,
    /// What should have been signed, if the request could be read.
    pub anatomy: Option<Anatomy>,
    /// What it was checked with, if the credentials were given and the method is known.
    pub key: Option<KeyForm>,
    /// What the client probably did, where that was found: one cause, or two that come together.
    pub causes: Vec<Cause>,
    has_credentials: bool,
}

/// A check that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub check: Check,
    /// What the verifier would tell the operator.
    pub reason: Reason,
    /// What it found, where that says more.
    pub detail: Option<String>,
}

impl Diagnosis {
    /// Whether everything was checked and holds. That the nonce is new, and the token alive, only a store knows.
    pub fn is_valid(&self) -> bool {
        self.failure.is_none() && self.has_credentials
    }

    /// All checks, in the verifier's order, and how they came out.
    pub fn checks(&self) -> impl Iterator<Item = (Check, Status)> {
        let failed = self.failure.as_ref().map(|failure| failure.check);
        Check::ALL.into_iter().map(move |check| {
            let status = match failed {
                Some(failed) if failed == check => Status::Fails,
                Some(failed) if failed.phase() <= check.phase() => Status::Unchecked,
                _ if check > Check::BodyHash && !self.has_credentials => Status::Unchecked,
                _ => Status::Holds,
            };
            (check, status)
        })
    }
}

/// Checks a request as a [`Verifier`](crate::resource::Verifier) with these settings does, and looks for the cause where
/// the signature does not verify. Without credentials everything but the signature is checked.
///
/// The settings need not be ones that a verifier starts with: the origin may be plain `http`.
///
/// The answer is for whoever runs or debugs one of the two sides. Told to a stranger, it would help to forge.
///
/// # Errors
/// When the origin or the realm of the settings is none.
pub fn diagnose<B: AsRef<[u8]>>(
    config: &Config,
    request: &Request<B>,
    credentials: Option<&Credentials>,
    now: Timestamp,
) -> Result<Diagnosis, ConfigError> {
    let policy = Policy::unchecked(&config.rules())?;
    let mut diagnosis = Diagnosis {
        failure: None,
        anatomy: None,
        key: None,
        causes: Vec::new(),
        has_credentials: credentials.is_some(),
    };
    let origin = policy.origin_of(request.headers()).unwrap_or(&policy.origin);
    let received = Received::read(request, origin, &config.limits).ok().flatten();
    let shape = received.as_ref().map(|received| shape_of(request, origin.as_str(), received));
    diagnosis.anatomy = shape.as_ref().map(|(shape, base)| Anatomy::of(shape, base));
    let received = match policy.read(request, now) {
        Ok(received) => received,
        Err(reason) => {
            let detail = match (reason, &received) {
                (Reason::Read(error), None) => unread_detail(error, request),
                (_, received) => received.as_ref().and_then(|one| detail(reason, one, request, config, now)),
            };
            diagnosis.causes.extend(received.and_then(|received| milliseconds(reason, &received, now)));
            diagnosis.fail(reason, detail);
            return Ok(diagnosis);
        }
    };
    let Some(credentials) = credentials else { return Ok(diagnosis) };
    diagnosis.key = config
        .methods
        .find(received.signature_method())
        .map(|method| KeyForm::of(&used(credentials, &received), method));
    if let Err(reason) = verify(&policy, config, &received, credentials) {
        diagnosis.fail(reason, None);
        if reason == Reason::Signature
            && let Some((shape, base)) = shape
            && shape.base_string() == base
        {
            diagnosis.causes = causes(config, request, &received, shape, credentials);
        }
    }
    Ok(diagnosis)
}

impl Diagnosis {
    fn fail(&mut self, reason: Reason, detail: Option<String>) {
        self.failure = Some(Failure { check: Check::of(reason), reason, detail });
    }
}

/// The credentials that a request uses: without a token there is no token secret.
fn used(credentials: &Credentials, received: &Received) -> Credentials {
    let token_secret =
        received.token().and(Some(credentials.token_secret.clone().unwrap_or_else(|| "".into())));
    Credentials { token_secret, ..credentials.clone() }
}

fn verify(
    policy: &Policy,
    config: &Config,
    received: &Received,
    credentials: &Credentials,
) -> Result<(), Reason> {
    let client_id = received.consumer_key();
    let known = || AllowedMethods::new(config.methods.names());
    let client = Client {
        client_id: client_id.to_owned(),
        name: String::new(),
        secret: credentials.client_secret.clone(),
        public_key: credentials.public_key.clone(),
        callbacks: Callbacks::Any,
        methods: credentials.methods.clone().unwrap_or_else(known),
    };
    let credentials = used(credentials, received);
    let token = match &credentials.token_secret {
        Some(secret) => Used::Known { secret, client_id, key: None },
        None => Used::Nothing,
    };
    policy.verify(received, Some(&client), &token)
}

fn shape_of<B: AsRef<[u8]>>(request: &Request<B>, origin: &str, received: &Received) -> (Shape, String) {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let pairs = shape::pairs(shape::authorization(request.headers()), query, form_of(request));
    let shape = Shape::new(request.method().as_str(), origin, request.uri().path(), pairs);
    (shape, received.base_string().to_owned())
}

fn unread_detail<B: AsRef<[u8]>>(error: ReadError, request: &Request<B>) -> Option<String> {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    unread::detail(error, shape::authorization(request.headers()), query, form_of(request))
}

fn form_of<B: AsRef<[u8]>>(request: &Request<B>) -> &[u8] {
    match form::is_declared(request.headers()) {
        true => request.body().as_ref(),
        false => &[],
    }
}

fn detail<B: AsRef<[u8]>>(
    reason: Reason,
    received: &Received,
    request: &Request<B>,
    config: &Config,
    now: Timestamp,
) -> Option<String> {
    match reason {
        Reason::Timestamp { .. } => {
            let timestamp = received.timestamp()?;
            let (behind, ahead) = (now.since(timestamp).as_secs(), timestamp.since(now).as_secs());
            let window = config.window.as_secs();
            Some(match ahead {
                0 => format!("it is {behind} seconds behind the clock here; up to {window} are let pass"),
                _ => format!("it is {ahead} seconds ahead of the clock here; up to {window} are let pass"),
            })
        }
        Reason::UnsupportedMethod => {
            let known: Vec<&str> = config.methods.names().collect();
            Some(format!("it is {:?}; known are {}", received.signature_method(), known.join(", ")))
        }
        Reason::BodyHash => {
            let (hash, method) = (received.body_hash()?, config.methods.find(received.signature_method())?);
            let mut ours = vec![BodyHash::Sha1.of(request.body().as_ref())];
            if method.body_hash() != BodyHash::Sha1 {
                ours.push(method.body_hash().of(request.body().as_ref()));
            }
            Some(format!("it is {hash:?}; the hash of the body is {}", ours.join(" or ")))
        }
        _ => None,
    }
}

/// Whether the timestamp would be right if it counted milliseconds.
fn milliseconds(reason: Reason, received: &Received, now: Timestamp) -> Option<Cause> {
    const DAY: u64 = 86_400;
    let seconds =
        received.timestamp().filter(|_| matches!(reason, Reason::Timestamp { .. }))?.as_unix() / 1000;
    (seconds.abs_diff(now.as_unix()) <= DAY).then_some(Cause::Milliseconds)
}

fn causes<B: AsRef<[u8]>>(
    config: &Config,
    request: &Request<B>,
    received: &Received,
    shape: Shape,
    credentials: &Credentials,
) -> Vec<Cause> {
    let form = form_of(request);
    let body = request.body().as_ref();
    let hints = Hints {
        hosts: hosts(request),
        query: request.uri().query().unwrap_or_default().as_bytes(),
        form,
        other_body: if form.is_empty() && body.len() <= config.limits.form.bytes { body } else { &[] },
        realm: received.realm(),
        spare_secret: credentials.token_secret.as_ref().filter(|_| received.token().is_none()),
        methods: Some(&config.methods),
    };
    let Credentials { client_secret, token_secret, public_key, .. } = used(credentials, received);
    let keying = Keying {
        client: client_secret,
        token: token_secret.unwrap_or_else(|| "".into()),
        encoded: true,
        ampersand: true,
        public: public_key,
    };
    let attempt = Attempt {
        shape,
        keying,
        signature: received.signature().to_owned(),
        method: config.methods.find(received.signature_method()),
    };
    search(&attempt, &variants::all(&hints), |attempt, base| attempt.verifies(base))
}

/// The hosts that a request names, which are taken for hints and nothing more.
fn hosts<B>(request: &Request<B>) -> Vec<String> {
    let names =
        [HOST, HeaderName::from_static("x-forwarded-host"), HeaderName::from_static("x-original-host")];
    let headers = names.iter().flat_map(|name| request.headers().get_all(name));
    let headers = headers.filter_map(|value| value.to_str().ok());
    let uri = request.uri().authority().map(|authority| authority.as_str());
    let mut hosts: Vec<String> = Vec::new();
    for host in uri.into_iter().chain(headers).map(|host| host.rsplit('@').next().unwrap_or_default().trim())
    {
        if !host.is_empty() && hosts.len() < 4 && !hosts.iter().any(|other| other == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}
