//! The token endpoint and a protected resource of OAuth 1, with up to four requests at once.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use oauth_sansio::form::{Form, Limits, is_declared};
use oauth_sansio::{Digest, Family, Moment, Secret};
use oauth_store::{IssuerStore, Key, Table, Tenant};
use oauth1_core::resource;
use oauth1_core::server::{
    Approval, Batch, Callback, Callbacks, Client, Config, Endpoint, Provider, Record, Renewal, Step,
    Temporary, Token,
};
use oauth1_core::signature::{Draft, HmacSha256, Key as SigningKey, Scratch, SignatureMethod as _, Target};

use crate::explorer::{Flight, ISSUER, Knowledge, Landed, NOW, Rules, Seen, explore, prepared, ready};

pub(crate) const CONSUMER: (&str, &str) = ("app", "app-secret");
pub(crate) const TEMPORARY: (&str, &str) = ("AAAAAAAAtemporary", "temporary-secret");
pub(crate) const TOKEN: (&str, &str) = ("AAAAAAAAtoken", "token-secret");
pub(crate) const HANDLE: &str = "the-session-handle";
pub(crate) const VERIFIER: &str = "the-verifier";
pub(crate) const FAMILY: Family = Family::from_bytes([7; 16]);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flying {
    Provider(Step),
    Resource(resource::Step),
}

impl Flight for Flying {
    fn advance(self, store: &IssuerStore, moment: Moment) -> Self {
        match self {
            Self::Provider(step) => Self::Provider(match step {
                Step::Load(load) => {
                    let facts = ready(store.load_oauth1(load.wanted())).unwrap();
                    load.resume(facts, moment)
                }
                Step::Commit(commit) => {
                    let outcome = ready(store.commit_oauth1(commit.batch())).unwrap();
                    commit.settle(outcome)
                }
                step @ (Step::Interact(_) | Step::Reply(_)) => step,
            }),
            Self::Resource(step) => Self::Resource(match step {
                resource::Step::Load(load) => {
                    let facts = ready(store.load_oauth1(load.wanted())).unwrap();
                    load.resume(facts, moment)
                }
                resource::Step::Commit(commit) => {
                    let outcome = ready(store.commit_oauth1(commit.batch())).unwrap();
                    commit.settle(outcome)
                }
                step @ (resource::Step::Admit(_) | resource::Step::Reply(_)) => step,
            }),
        }
    }

    fn landed(&self) -> Option<Landed> {
        match self {
            Self::Provider(Step::Reply(reply)) => Some(Landed::of(reply)),
            Self::Resource(resource::Step::Reply(reply)) => Some(Landed::of(reply)),
            Self::Resource(resource::Step::Admit(_)) => Some(Landed { status: 200, body: Vec::new() }),
            Self::Provider(_) | Self::Resource(_) => None,
        }
    }
}

/// A client, temporary credentials that a person has approved, and token credentials.
pub(crate) fn knowledge() -> Knowledge {
    knowledge_with(None)
}

/// The same, with a verifier that may be tried so often.
pub(crate) fn knowledge_with(tries: Option<u8>) -> Knowledge {
    let expires = NOW.plus(Duration::from_secs(30));
    let client = Client {
        client_id: CONSUMER.0.into(),
        name: "App".into(),
        secret: CONSUMER.1.into(),
        public_key: None,
        callbacks: Callbacks::Registered(vec!["https://app.example.com/ready".into()]),
        methods: Default::default(),
    };
    let temporary = Temporary {
        secret: TEMPORARY.1.into(),
        client_id: CONSUMER.0.into(),
        callback: Callback::Uri("https://app.example.com/ready".into()),
        realms: [].into(),
        expires,
    };
    let approval = Approval { verifier: Digest::of(VERIFIER), subject: "ann".into(), expires, tries };
    let token = Token {
        secret: TOKEN.1.into(),
        client_id: CONSUMER.0.into(),
        subject: "ann".into(),
        realms: [].into(),
        family: FAMILY,
        issued: NOW,
        expires: None,
        renewal: Some(Renewal { handle: Digest::of(HANDLE), until: expires }),
        key: Default::default(),
    };
    let put = vec![
        Record::Temporary(Digest::of_token(TEMPORARY.0), temporary.into()),
        Record::Approval(Digest::of_token(TEMPORARY.0), approval.into()),
        Record::Token(Digest::of_token(TOKEN.0), token.into()),
    ];
    prepared(|store| {
        ready(store.register_oauth1(client)).unwrap();
        let _ = ready(store.commit_oauth1(&Batch { put, ..Batch::default() })).unwrap();
    })
}

pub(crate) fn signed(
    mut request: Request<Bytes>,
    token: (&str, &str),
    nonce: &str,
    extra: &[(&str, &str)],
) -> Request<Bytes> {
    let key = SigningKey::shared(&CONSUMER.1.into(), Some(&Secret::new(token.1)));
    let key = HmacSha256.prepare(&key).unwrap();
    let mut entropy = Moment::new(NOW, [0; 32]).entropy();
    let timestamp = NOW.as_unix().to_string();
    let draft = Draft {
        consumer_key: CONSUMER.0,
        token: Some(token.0),
        method: HmacSha256.name(),
        timestamp: Some(&timestamp),
        nonce: Some(nonce),
        version: true,
        extra,
        realm: None,
    };
    let uri = request.uri().clone();
    let form = is_declared(request.headers()).then(|| request.body().clone());
    let target = Target { method: request.method().as_str(), uri: &uri, form: form.as_deref() };
    let mut scratch = Scratch::default();
    let value = draft.sign(&*key, &target, &mut entropy, &mut scratch).unwrap().authorization().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

/// A request to trade the temporary credentials.
pub(crate) fn trade(provider: &Provider, nonce: &str, verifier: &str) -> Flying {
    let request = Request::post(format!("{ISSUER}/oauth1/token")).body(Bytes::new()).unwrap();
    let request = signed(request, TEMPORARY, nonce, &[("oauth_verifier", verifier)]);
    Flying::Provider(provider.receive(Endpoint::Token, &request, Moment::new(NOW, [0; 32])))
}

/// A request for a photo.
pub(crate) fn photo(verifier: &resource::Verifier, nonce: &str) -> Flying {
    photo_with(verifier, TOKEN, nonce)
}

pub(crate) fn photo_with(verifier: &resource::Verifier, token: (&str, &str), nonce: &str) -> Flying {
    let request = Request::get(format!("{ISSUER}/photos?file=vacation.jpg")).body(Bytes::new()).unwrap();
    let request = signed(request, token, nonce, &[]);
    Flying::Resource(verifier.receive(&request, Moment::new(NOW, [0; 32])))
}

pub(crate) fn provider() -> Provider {
    Provider::new(Config::new(ISSUER.parse().unwrap())).unwrap()
}

pub(crate) fn verifier() -> resource::Verifier {
    resource::Verifier::new(resource::Config::new(ISSUER.parse().unwrap())).unwrap()
}

fn run(name: &str, requests: Vec<Flying>, most: usize, at_the_end: &dyn Fn(&Seen<'_, Flying>)) {
    let always = |world: &Seen<'_, Flying>| {
        assert!(world.granted() <= most, "a single-use thing was won twice");
        assert!(world.knowledge.tombstones.is_empty(), "nothing here revokes");
        no_reply_precedes_its_rows(world);
    };
    let worlds = explore(name, knowledge(), requests, &Rules { always: &always, at_the_end });
    assert!(worlds > 1);
}

pub(crate) fn no_reply_precedes_its_rows(world: &Seen<'_, Flying>) {
    for (_, landed) in world.landed().filter(|(_, landed)| landed.status == 200 && !landed.body.is_empty()) {
        let form = Form::parse(&landed.body, &Limits::default()).unwrap();
        let id = Digest::of_token(form.one("oauth_token").unwrap().unwrap());
        let key = Key::new(Tenant::of(ISSUER), Table::OAuth1Token, id);
        assert!(world.knowledge.rows.contains_key(&key), "a token left before its row");
    }
}

#[test]
fn temporary_credentials_are_traded_once_under_four_requests_with_nonces_of_their_own() {
    let provider = provider();
    let requests = ["a", "b", "c", "d"].map(|nonce| trade(&provider, nonce, VERIFIER)).into();
    run("four trades at once", requests, 1, &|world| assert_eq!(world.granted(), 1));
}

#[test]
fn a_request_that_is_replayed_four_times_is_granted_once_and_revokes_nothing() {
    let provider = provider();
    let requests = (0..4).map(|_| trade(&provider, "a", VERIFIER)).collect();
    run("one trade, four times", requests, 1, &|world| assert_eq!(world.granted(), 1));
}

#[test]
fn a_wrong_verifier_burns_neither_the_credentials_nor_a_nonce() {
    let provider = provider();
    let requests = vec![
        trade(&provider, "a", "a-wrong-verifier"),
        trade(&provider, "a", VERIFIER),
        trade(&provider, "b", "a-wrong-verifier"),
    ];
    run("a thief with a wrong verifier", requests, 1, &|world| assert_eq!(world.granted(), 1));
}

#[test]
fn a_replayed_nonce_is_admitted_once_and_never_revokes() {
    let verifier = verifier();
    let requests = (0..4).map(|_| photo(&verifier, "a")).collect();
    run("one request, four times", requests, 1, &|world| assert_eq!(world.granted(), 1));
}

#[test]
fn two_requests_replayed_once_each_are_admitted_once_each() {
    let verifier = verifier();
    let requests = ["a", "a", "b", "b"].map(|nonce| photo(&verifier, nonce)).into();
    run("two requests, twice", requests, 2, &|world| assert_eq!(world.granted(), 2));
}

#[test]
fn trades_and_api_requests_with_one_nonce_do_not_hinder_each_other() {
    let (provider, verifier) = (provider(), verifier());
    let requests = vec![
        trade(&provider, "a", VERIFIER),
        trade(&provider, "b", VERIFIER),
        photo(&verifier, "a"),
        photo(&verifier, "a"),
    ];
    run("two trades and a replayed request", requests, 2, &|world| assert_eq!(world.granted(), 2));
}
