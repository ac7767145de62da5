//! A whole world: one server, one API, one store, one clock.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use oauth_sansio::{Answer, Digest, Family, Loaded, Moment, Outcome, Reply, Secret, Timestamp, form};
use oauth2_core::{
    Scopes,
    pkce::Verifier,
    resource::{self, Grant},
    server::{
        Access, Application, Authentication, AuthorizationServer, Batch, Client, Code, Config, Endpoint,
        Facts, GrantType, Once, Pending, Reason, Record, Refresh, SecretMethods, Step, Wanted,
    },
};
use serde_json::Value;

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
pub(crate) const SECRET: &str = "a secret+with%odd:characters";
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) api: resource::Verifier,
    pub(crate) store: RefCell<Store>,
    pub(crate) now: Cell<u64>,
    seed: Cell<u64>,
}

#[derive(Default, Debug)]
pub(crate) struct Store {
    pub(crate) clients: BTreeMap<String, Arc<Client>>,
    pub(crate) pending: BTreeMap<Digest, Arc<Pending>>,
    pub(crate) codes: BTreeMap<Digest, Arc<Code>>,
    pub(crate) access: BTreeMap<Digest, Arc<Access>>,
    pub(crate) refresh: BTreeMap<Digest, Arc<Refresh>>,
    pub(crate) spent: BTreeSet<Once>,
    pub(crate) revoked: BTreeSet<Family>,
}

impl World {
    /// With four clients: `web` (confidential), `native` (public), `other` (confidential), `machine`.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(ISSUER.parse().unwrap());
        config.scopes = scopes("read write admin");
        change(&mut config);
        let world = Self {
            server: AuthorizationServer::new(config).unwrap(),
            api: resource::Verifier::new(resource::Config::default()).unwrap(),
            store: RefCell::default(),
            now: Cell::new(START),
            seed: Cell::new(0),
        };
        for client in [web(), native(), Client { client_id: "other".into(), ..web() }, machine()] {
            client.check().unwrap();
            world.register(client);
        }
        world
    }

    pub(crate) fn register(&self, client: Client) {
        self.store.borrow_mut().clients.insert(client.client_id.clone(), Arc::new(client));
    }

    pub(crate) fn moment(&self) -> Moment {
        self.seed.set(self.seed.get() + 1);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.get().to_be_bytes());
        Moment::new(Timestamp::from_unix(self.now.get()), seed)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + seconds);
    }

    pub(crate) fn receive(&self, endpoint: Endpoint, request: Request<Bytes>) -> Step {
        self.server.receive(endpoint, request, self.moment())
    }

    /// Drives a step to its reply. `answer` is what the person says if asked.
    pub(crate) fn drive(&self, mut step: Step, answer: Option<Answer>) -> Reply<Reason> {
        loop {
            step = match step {
                Step::Interact(pause) => pause.answer(answer.clone().expect("nobody to ask"), self.moment()),
                Step::Reply(reply) => return reply,
                other => self.advance(other),
            }
        }
    }

    /// Answers one question for the store.
    pub(crate) fn advance(&self, step: Step) -> Step {
        match step {
            Step::Load(pause) => {
                let facts = self.load(pause.wanted());
                pause.resume(facts, self.moment())
            }
            Step::Commit(pause) => {
                let outcome = self.store.borrow_mut().commit(pause.batch());
                pause.settle(outcome)
            }
            other => other,
        }
    }

    pub(crate) fn load(&self, wanted: &Wanted) -> Facts {
        self.store.borrow().load(wanted)
    }

    // ---- requests

    /// `GET` of the authorization endpoint.
    pub(crate) fn authorize(&self, parameters: &[(&str, &str)]) -> Reply<Reason> {
        let step = self.receive(Endpoint::Authorize, get("/oauth2/authorize", parameters, &[]));
        self.drive(step, None)
    }

    /// A visit of the consent page by a browser with these headers; `None` only looks at the page.
    pub(crate) fn consent(
        &self,
        location: &str,
        cookie: Option<&str>,
        answer: Option<Answer>,
    ) -> Reply<Reason> {
        self.drive(self.visit(location, cookie), answer)
    }

    pub(crate) fn visit(&self, location: &str, cookie: Option<&str>) -> Step {
        let mut request = Request::post(location);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.receive(Endpoint::Consent, request.body(Bytes::new()).unwrap())
    }

    /// A post to the token endpoint.
    pub(crate) fn token(&self, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Reply<Reason> {
        self.drive(self.token_step(headers, parameters), None)
    }

    pub(crate) fn token_step(&self, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Step {
        self.receive(Endpoint::Token, post("/oauth2/token", headers, parameters))
    }

    /// A request for a protected resource.
    pub(crate) fn api(&self, token: &str) -> Result<Grant, Reply<resource::Reason>> {
        let request = Request::get("/photos").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.protected(&self.api, &request.body(Bytes::new()).unwrap())
    }

    pub(crate) fn protected(
        &self,
        api: &resource::Verifier,
        request: &Request<Bytes>,
    ) -> Result<Grant, Reply<resource::Reason>> {
        let mut step = api.receive(request);
        if let resource::Step::Load(pause) = step {
            let facts = self.load(pause.wanted());
            step = pause.resume(facts, self.moment());
        }
        match step {
            resource::Step::Admit(grant) => Ok(grant),
            resource::Step::Reply(reply) => Err(reply),
            resource::Step::Load(_) => panic!("one look-up is enough"),
        }
    }

    // ---- whole dances

    /// An authorization request of `client_id`, ready to be sent or changed.
    pub(crate) fn request<'a>(&self, client_id: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", if client_id == "native" { "http://127.0.0.1:5000/cb" } else { CALLBACK }),
            ("scope", "read write"),
            ("state", "st"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]
    }

    /// From the authorization request to the code, for a person called `ann`.
    pub(crate) fn code(&self, client_id: &str) -> Issued {
        let verifier = Verifier::generate(&mut self.moment().entropy());
        let challenge = verifier.challenge().to_string();
        let reply = self.authorize(&self.request(client_id, &challenge));
        let (consent, cookie) = (location(&reply.response), cookie(&reply.response));
        let reply = self.consent(&consent, Some(&cookie), allow());
        assert_eq!(reply.reason, None);
        let code = query(&location(&reply.response))["code"].clone();
        Issued { code, verifier: verifier.expose().to_owned() }
    }

    /// From the authorization request to the tokens.
    pub(crate) fn tokens(&self, client_id: &str) -> Tokens {
        let issued = self.code(client_id);
        Tokens::of(&self.redeem(client_id, &issued))
    }

    pub(crate) fn redeem(&self, client_id: &str, issued: &Issued) -> Reply<Reason> {
        self.drive(self.redeem_step(client_id, issued), None)
    }

    pub(crate) fn redeem_step(&self, client_id: &str, issued: &Issued) -> Step {
        self.as_client(
            client_id,
            &[
                ("grant_type", "authorization_code"),
                ("code", &issued.code),
                ("code_verifier", &issued.verifier),
            ],
        )
    }

    pub(crate) fn refresh(&self, client_id: &str, token: &str) -> Reply<Reason> {
        self.drive(self.refresh_step(client_id, token), None)
    }

    pub(crate) fn refresh_step(&self, client_id: &str, token: &str) -> Step {
        self.as_client(client_id, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// A token request with the client's right credentials.
    pub(crate) fn as_client(&self, client_id: &str, parameters: &[(&str, &str)]) -> Step {
        match client_id {
            "native" => self.token_step(&[], &[parameters, &[("client_id", client_id)]].concat()),
            _ => self.token_step(&[("authorization", &basic(client_id, SECRET))], parameters),
        }
    }
}

impl Store {
    fn load(&self, wanted: &Wanted) -> Facts {
        fn find<T>(rows: &BTreeMap<Digest, Arc<T>>, key: Option<Digest>) -> Option<Loaded<T>> {
            let record = Arc::clone(rows.get(&key?)?);
            Some(Loaded { record, spent: false, revoked: false })
        }
        let mut facts = Facts {
            client: wanted.client.as_ref().and_then(|id| self.clients.get(id).cloned()),
            pending: find(&self.pending, wanted.pending),
            code: find(&self.codes, wanted.code),
            refresh: find(&self.refresh, wanted.refresh),
            access: find(&self.access, wanted.access),
        };
        if let Some(loaded) = &mut facts.pending {
            loaded.spent = wanted.pending.is_some_and(|key| self.spent.contains(&Once::Pending(key)));
        }
        if let Some(loaded) = &mut facts.code {
            loaded.spent = wanted.code.is_some_and(|key| self.spent.contains(&Once::Code(key)));
            loaded.revoked = self.revoked.contains(&loaded.record.family);
        }
        if let Some(loaded) = &mut facts.refresh {
            loaded.spent = wanted.refresh.is_some_and(|key| self.spent.contains(&Once::Refresh(key)));
            loaded.revoked = self.revoked.contains(&loaded.record.family);
        }
        if let Some(loaded) = &mut facts.access {
            loaded.revoked = self.revoked.contains(&loaded.record.family);
        }
        facts
    }

    pub(crate) fn commit(&mut self, batch: &Batch) -> Outcome {
        if batch.spend.iter().any(|spend| self.spent.contains(&spend.once)) {
            return Outcome::Lost;
        }
        self.spent.extend(batch.spend.iter().map(|spend| spend.once));
        self.revoked.extend(&batch.revoke);
        for record in batch.put.iter().cloned() {
            match record {
                Record::Pending(key, row) => drop(self.pending.insert(key, row.into())),
                Record::Code(key, row) => drop(self.codes.insert(key, row.into())),
                Record::Access(key, row) => drop(self.access.insert(key, row.into())),
                Record::Refresh(key, row) => drop(self.refresh.insert(key, row.into())),
            }
        }
        Outcome::Applied
    }

    /// How many rows there are, and how many marks.
    pub(crate) fn size(&self) -> (usize, usize) {
        let rows = self.pending.len() + self.codes.len() + self.access.len() + self.refresh.len();
        (rows, self.spent.len() + self.revoked.len())
    }
}

pub(crate) struct Issued {
    pub(crate) code: String,
    pub(crate) verifier: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) scope: String,
}

impl Tokens {
    pub(crate) fn of(reply: &Reply<Reason>) -> Self {
        assert_eq!(reply.response.status(), StatusCode::OK, "{:?}", reply.reason);
        let body = json(&reply.response);
        let text = |name| body[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), scope: text("scope") }
    }
}

// ---- clients

pub(crate) fn web() -> Client {
    Client {
        client_id: "web".into(),
        name: "Photo prints".into(),
        authentication: Authentication::secret(&Secret::new(SECRET), SecretMethods::Both),
        redirect_uris: vec![CALLBACK.into()],
        application: Application::Web,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: scopes("read write"),
    }
}

pub(crate) fn native() -> Client {
    Client {
        client_id: "native".into(),
        authentication: Authentication::None,
        redirect_uris: vec!["http://127.0.0.1/cb".into()],
        application: Application::Native,
        ..web()
    }
}

pub(crate) fn machine() -> Client {
    Client {
        client_id: "machine".into(),
        redirect_uris: vec![],
        grants: vec![GrantType::ClientCredentials],
        ..web()
    }
}

// ---- small helpers

pub(crate) fn scopes(text: &str) -> Scopes {
    text.parse().unwrap()
}

pub(crate) fn allow() -> Option<Answer> {
    Some(Answer::Allowed { subject: "ann".into() })
}

pub(crate) fn get(path: &str, parameters: &[(&str, &str)], headers: &[(&str, &str)]) -> Request<Bytes> {
    let query = form::encode(parameters.iter().copied());
    let mut request = Request::get(format!("{path}?{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).unwrap()
}

pub(crate) fn post(path: &str, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, form::MEDIA_TYPE);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(form::encode(parameters.iter().copied()).into()).unwrap()
}

pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let mut pair = String::new();
    form::encode_into(&mut pair, client_id);
    pair.push(':');
    form::encode_into(&mut pair, secret);
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// The parameters without those of this name.
pub(crate) fn without<'a>(parameters: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    parameters.iter().copied().filter(|(n, _)| *n != name).collect()
}

/// The parameters with another value for this name.
pub(crate) fn changed<'a>(
    parameters: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut parameters = without(parameters, name);
    parameters.push((name, value));
    parameters
}

pub(crate) fn location<B>(response: &Response<B>) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

pub(crate) fn cookie<B>(response: &Response<B>) -> String {
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// The query of a URL; a repeated name fails.
pub(crate) fn query(url: &str) -> BTreeMap<String, String> {
    let url: url::Url = url.parse().unwrap();
    let mut parameters = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        assert!(parameters.insert(name.into_owned(), value.into_owned()).is_none(), "{url}");
    }
    parameters
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// The error code of a token response.
pub(crate) fn error(reply: &Reply<Reason>) -> String {
    json(&reply.response)["error"].as_str().unwrap().to_owned()
}

/// The error code that a redirect tells the client.
pub(crate) fn redirected_error(reply: &Reply<Reason>) -> String {
    query(&location(&reply.response))["error"].clone()
}

/// A refusal that goes to the person, not to a URI.
pub(crate) fn assert_direct(reply: &Reply<Reason>, status: StatusCode, what: impl std::fmt::Debug) {
    assert_eq!(reply.response.status(), status, "{what:?}");
    assert!(!reply.response.headers().contains_key(header::LOCATION), "{what:?}");
    assert!(reply.reason.is_some(), "{what:?}");
}

pub(crate) fn assert_guarded(headers: &HeaderMap) {
    let expected = [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in expected {
        assert_eq!(headers[name], value);
    }
}

pub(crate) fn request_with(method: Method, path: &str, content_type: &str, body: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, content_type);
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}
