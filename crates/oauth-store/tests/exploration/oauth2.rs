//! The token endpoint of OAuth 2, with up to four requests at once.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, header};
use oauth_sansio::{Answer, Digest, Family, Moment, Person, Timestamp};
use oauth_store::{IssuerStore, Key, Table, Tenant};
use oauth2_core::jose::{Algorithm, JwkSet, LocalSigner, Signer as _, Unsigned};
use oauth2_core::pkce::Challenge;
use oauth2_core::server::{
    Application, Asked, Authentication, Authorization, AuthorizationServer, Batch, Client, ClientKeys, Code,
    Config, Endpoint, FetchError, Goal, GrantType, JsonText, Pending, Record, Refresh, Requested,
    ResponseMode, ServerKeys, Step, Verdict,
};

use crate::explorer::{Flight, ISSUER, Knowledge, Landed, NOW, Rules, Seen, explore, prepared, ready};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CODE: &str = "AAAAAAAAcode";
pub(crate) const REFRESH: &str = "AAAAAAAArefresh";
pub(crate) const FAMILY: Family = Family::from_bytes([7; 16]);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flying(pub(crate) Step);

impl Flight for Flying {
    fn advance(self, store: &IssuerStore, moment: Moment) -> Self {
        Self(match self.0 {
            Step::Load(load) => {
                let facts = ready(store.load_oauth2(load.wanted())).unwrap();
                load.resume(facts, moment)
            }
            Step::Commit(commit) => {
                let outcome = ready(store.commit_oauth2(commit.batch())).unwrap();
                commit.settle(outcome)
            }
            Step::Fetch(fetch) => fetch.answer(Err(FetchError::Refused), moment),
            Step::Sign(sign) => sign.signed(&[7; 64], moment),
            Step::Review(review) => review.reviewed(Verdict::AS_PROPOSED, moment),
            Step::Verify(verify) => verify.verified(None, moment),
            Step::Extend(extend) => extend.extended(None, moment),
            Step::Migrate(migrate) => migrate.migrated(None, moment),
            Step::Identify(ask) => ask.answer(Some(Person::new("ann")), moment),
            // The person allows whatever is asked.
            Step::Interact(ask) => ask.answer(Answer::allowed("ann"), moment),
            step @ Step::Reply(_) => step,
        })
    }

    fn landed(&self) -> Option<Landed> {
        match &self.0 {
            Step::Reply(reply) => Some(Landed::of(reply)),
            _ => None,
        }
    }
}

/// Without a key: there is no grace period.
pub(crate) fn server() -> AuthorizationServer {
    AuthorizationServer::new(config()).unwrap()
}

fn graceful() -> AuthorizationServer {
    AuthorizationServer::new(Config { keys: ServerKeys::always([9; 32]), ..config() }).unwrap()
}

fn config() -> Config {
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.scopes = "photos".parse().unwrap();
    config
}

/// A client, a code and a refresh token of one family.
pub(crate) fn knowledge() -> Knowledge {
    let later = NOW.plus(std::time::Duration::from_secs(30));
    let scopes = "photos".parse().unwrap();
    let authorization = Arc::new(Authorization::new("app", Some("ann".into()), scopes, FAMILY));
    let code = Code {
        authorization: authorization.clone(),
        redirect_uri: "https://app.example.com/cb".into(),
        code_challenge: Challenge::parse(CHALLENGE, Some("S256")).unwrap(),
        dpop_jkt: None,
        expires: later,
    };
    let refresh = Refresh {
        authorization,
        binding: None,
        issued: Timestamp::from_unix(0),
        expires: later,
        family_expires: later,
    };
    let client = Client {
        client_id: "app".into(),
        name: "App".into(),
        authentication: Authentication::None,
        redirect_uris: vec!["https://app.example.com/cb".into()],
        application: Application::Web,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: "photos".parse().unwrap(),
        ..Client::new("")
    };
    let put = vec![
        Record::Code(Digest::of_token(CODE), code.into()),
        Record::Refresh(Digest::of_token(REFRESH), refresh.into()),
    ];
    prepared(|store| {
        ready(store.register_oauth2(client)).unwrap();
        let _ = ready(store.commit_oauth2(&Batch { put, ..Batch::default() })).unwrap();
    })
}

fn request(server: &AuthorizationServer, form: &str) -> Flying {
    post(server, Endpoint::Token, "token", form)
}

pub(crate) fn post(server: &AuthorizationServer, endpoint: Endpoint, name: &str, form: &str) -> Flying {
    let request = Request::post(format!("{ISSUER}/oauth2/{name}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(format!("client_id=app&{form}")))
        .unwrap();
    Flying(server.receive(endpoint, &request, Moment::new(NOW, [0; 32])))
}

fn redeem(server: &AuthorizationServer, verifier: &str) -> Flying {
    request(server, &format!("grant_type=authorization_code&code={CODE}&code_verifier={verifier}"))
}

fn refresh(server: &AuthorizationServer) -> Flying {
    request(server, &format!("grant_type=refresh_token&refresh_token={REFRESH}"))
}

const WRONG: &str = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";

pub(crate) fn is_revoked(world: &Seen<'_, Flying>) -> bool {
    world.knowledge.is_revoked(FAMILY)
}

/// A reply that grants tokens leaves only when their rows are written.
pub(crate) fn no_reply_precedes_its_rows<F: Flight>(world: &Seen<'_, F>) {
    for (_, landed) in world.landed().filter(|(_, landed)| landed.status == 200 && !landed.body.is_empty()) {
        // A page is no JSON, and tells of no token.
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&landed.body) else { continue };
        for (member, table) in
            [("access_token", Table::OAuth2Access), ("refresh_token", Table::OAuth2Refresh)]
        {
            // There is no refresh token for a client that acts for itself.
            let Some(token) = json[member].as_str() else { continue };
            let id = Digest::of_token(token);
            let key = Key::new(Tenant::of(ISSUER), table, id);
            assert!(world.knowledge.rows.contains_key(&key), "a {member} left before its row");
        }
    }
}

fn run(name: &str, requests: Vec<Flying>, most: usize, at_the_end: &dyn Fn(&Seen<'_, Flying>)) {
    let always = |world: &Seen<'_, Flying>| {
        assert!(world.granted() <= most, "a ticket was won twice");
        no_reply_precedes_its_rows(world);
    };
    let worlds = explore(name, knowledge(), requests, &Rules { always: &always, at_the_end });
    assert!(worlds > 1);
}

#[test]
fn one_redeem_of_a_code_is_granted_and_revokes_nothing() {
    let server = server();
    run("one redeem", vec![redeem(&server, VERIFIER)], 1, &|world| {
        assert_eq!(world.granted(), 1);
        assert!(!is_revoked(world));
    });
}

#[test]
fn a_thief_without_the_verifier_neither_wins_nor_burns_nor_revokes() {
    let server = server();
    let requests = vec![redeem(&server, VERIFIER), redeem(&server, WRONG), redeem(&server, WRONG)];
    run("a thief with a wrong verifier", requests, 1, &|world| {
        assert_eq!(world.granted(), 1);
        assert!(!is_revoked(world));
    });
}

#[test]
fn of_four_redeems_one_wins_and_the_replay_revokes_the_family() {
    let server = server();
    let requests = (0..4).map(|_| redeem(&server, VERIFIER)).collect();
    run("four redeems at once", requests, 1, &|world| {
        assert_eq!(world.granted(), 1);
        assert!(is_revoked(world));
    });
}

#[test]
fn of_four_refreshes_one_wins_and_the_replay_revokes_the_family() {
    let server = server();
    let requests = (0..4).map(|_| refresh(&server)).collect();
    run("four refreshes at once", requests, 1, &|world| {
        assert_eq!(world.granted(), 1);
        assert!(is_revoked(world));
    });
}

#[test]
fn of_four_refreshes_within_the_grace_period_all_get_the_same_answer() {
    let server = graceful();
    let requests = (0..4).map(|_| refresh(&server)).collect();
    run("four refreshes in grace", requests, 4, &|world| {
        assert_eq!(world.granted(), 4);
        let answers: std::collections::BTreeSet<_> = world.landed().map(|(_, landed)| landed.body).collect();
        assert_eq!(answers.len(), 1, "one successor");
        assert_eq!(world.knowledge.rows.keys().filter(|key| key.table == Table::OAuth2Refresh).count(), 2);
        assert!(!is_revoked(world));
    });
}

#[test]
fn a_refresh_beside_a_code_is_not_a_replay_of_it() {
    let server = server();
    run("a redeem and a refresh", vec![redeem(&server, VERIFIER), refresh(&server)], 2, &|world| {
        assert_eq!(world.granted(), 2);
        assert!(!is_revoked(world));
    });
}

#[test]
fn replays_of_a_code_and_of_a_refresh_token_each_revoke_their_family() {
    let server = server();
    let requests =
        vec![redeem(&server, VERIFIER), redeem(&server, VERIFIER), refresh(&server), refresh(&server)];
    run("two redeems and two refreshes", requests, 2, &|world| assert!(is_revoked(world)));
}

#[test]
fn a_revocation_beside_refreshes_leaves_nothing_alive() {
    let server = graceful();
    let revoke = post(&server, Endpoint::Revocation, "revoke", &format!("token={REFRESH}"));
    let requests = vec![refresh(&server), revoke, refresh(&server)];
    run("two refreshes and a revocation", requests, 3, &|world| assert!(is_revoked(world)));
}

#[test]
fn of_three_requests_with_one_assertion_one_is_answered() {
    let server = server();
    let signer = LocalSigner::generate(Algorithm::EdDsa, "key").unwrap();
    let keys = JsonText::of(&JwkSet::new([signer.public().unwrap()]).to_value());
    let client = Client {
        authentication: Authentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Jwks(keys)),
        grants: vec![GrantType::ClientCredentials],
        scopes: "photos".parse().unwrap(),
        ..Client::new("app")
    };
    let knowledge = prepared(|store| ready(store.register_oauth2(client)).unwrap());
    let claims = serde_json::json!({
        "iss": "app", "sub": "app", "aud": ISSUER, "jti": "1", "exp": NOW.as_unix() + 60,
    });
    let unsigned = Unsigned::new(&signer, None, claims.to_string().as_bytes());
    let signature = signer.sign(unsigned.input()).unwrap();
    let form = format!(
        "grant_type=client_credentials&client_assertion={}&client_assertion_type={}",
        unsigned.signed(&signature),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    );
    let requests = (0..3).map(|_| request(&server, &form)).collect();
    let always = |world: &Seen<'_, Flying>| {
        assert!(world.granted() <= 1, "an assertion was used twice");
        no_reply_precedes_its_rows(world);
    };
    let at_the_end = |world: &Seen<'_, Flying>| assert_eq!(world.granted(), 1);
    explore("one assertion", knowledge, requests, &Rules { always: &always, at_the_end: &at_the_end });
}

#[test]
fn a_pushed_request_that_was_opened_twice_is_decided_once() {
    let server = server();
    let reference = Digest::of_token("a reference");
    let requested = Arc::new(Requested {
        redirect_uri: "https://app.example.com/cb".into(),
        state: None,
        response_mode: ResponseMode::Query,
        response_alg: None,
        scopes: "photos".parse().unwrap(),
        resources: Vec::new(),
        details: None,
        code_challenge: Challenge::parse(CHALLENGE, Some("S256")).unwrap(),
        dpop_jkt: None,
        asked: Asked::default(),
    });
    let browser = "b".repeat(43);
    let pending = |handle: &str| {
        let pending = Pending {
            client_id: "app".into(),
            goal: Goal::Code(requested.clone()),
            pushed: Some(reference),
            browser: Digest::of(&browser),
            began: NOW,
            expires: NOW.plus(std::time::Duration::from_secs(30)),
        };
        Record::Pending(Digest::of_token(handle), pending.into())
    };
    let put = vec![pending("one"), pending("other")];
    let mut knowledge = knowledge();
    let more = prepared(|store| {
        let _ = ready(store.commit_oauth2(&Batch { put, ..Batch::default() })).unwrap();
    });
    knowledge.rows.extend(more.rows);
    let visit = |handle: &str| {
        let request = Request::post(format!("{ISSUER}/oauth2/consent?handle={handle}"))
            .header(header::COOKIE, format!("__Host-oauth-browser={browser}"))
            .body(Bytes::new())
            .unwrap();
        Flying(server.receive(Endpoint::Consent, &request, Moment::new(NOW, [0; 32])))
    };
    let codes = |world: &Seen<'_, Flying>| {
        // One is there from the start.
        world.knowledge.rows.keys().filter(|key| key.table == Table::OAuth2Code).count() - 1
    };
    let always = |world: &Seen<'_, Flying>| assert!(codes(world) <= 1, "decided twice");
    let at_the_end = |world: &Seen<'_, Flying>| assert_eq!(codes(world), 1);
    let requests = vec![visit("one"), visit("other"), visit("one")];
    explore("one pushed request", knowledge, requests, &Rules { always: &always, at_the_end: &at_the_end });
}

/// A flaw that the explorer must find: a reply that is read before its batch is applied.
#[test]
#[should_panic(expected = "left before its row")]
fn a_driver_that_skips_the_commit_is_found_out() {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Hasty(Flying);

    impl Flight for Hasty {
        fn advance(self, store: &IssuerStore, moment: Moment) -> Self {
            Self(Flying(match self.0.0 {
                Step::Commit(commit) => commit.settle(oauth_sansio::Outcome::Applied),
                step => Flying(step).advance(store, moment).0,
            }))
        }

        fn landed(&self) -> Option<Landed> {
            self.0.landed()
        }
    }

    let always = |world: &Seen<'_, Hasty>| {
        let flights = world.flights.iter().map(|flight| flight.map(|hasty| &hasty.0)).collect();
        no_reply_precedes_its_rows(&Seen { flights, knowledge: world.knowledge });
    };
    let requests = vec![Hasty(redeem(&server(), VERIFIER))];
    explore("a hasty driver", knowledge(), requests, &Rules { always: &always, at_the_end: &|_| {} });
}
