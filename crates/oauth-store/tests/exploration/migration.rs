//! Token credentials of OAuth 1 that are traded for tokens of OAuth 2, while they are used, renewed, revoked and traded
//! again.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use oauth_sansio::form::MEDIA_TYPE;
use oauth_sansio::{Digest, Handover, Moment};
use oauth_store::{IssuerStore, Key, Table, Tenant};
use oauth1_core::server as core1;
use oauth2_core::server::{
    AuthorizationServer, Client, Config, Endpoint, GrantType, Migration, ServerKeys, Step,
};

use crate::explorer::{
    Flight, ISSUER, Knowledge, Landed, NOW, Rules, Seen, afterwards, explore, prepared, ready,
};
use crate::oauth1::{self, FAMILY, HANDLE, TOKEN, photo, signed, verifier};
use crate::oauth2::no_reply_precedes_its_rows;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Flying {
    Trade(Box<Trade>),
    Old(oauth1::Flying),
}

/// A trade, what it brings, and what that was found to prove.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Trade {
    step: Step,
    presented: core1::Presented,
    proven: Option<Option<Handover>>,
}

impl Flight for Flying {
    fn advance(self, store: &IssuerStore, moment: Moment) -> Self {
        let Trade { step, presented, proven } = match self {
            Self::Old(flying) => return Self::Old(flying.advance(store, moment)),
            Self::Trade(trade) => *trade,
        };
        let (step, proven) = match (step, proven) {
            (step @ Step::Migrate(_), None) => {
                let facts = ready(store.load_oauth1(presented.wanted())).unwrap();
                (step, Some(presented.clone().resume(facts, NOW).ok()))
            }
            (Step::Migrate(migrate), Some(handover)) => (migrate.migrated(handover, moment), None),
            (Step::Load(load), _) => {
                let facts = ready(store.load_oauth2(load.wanted())).unwrap();
                (load.resume(facts, moment), None)
            }
            (Step::Commit(commit), _) => {
                let outcome = ready(store.commit_oauth2(commit.batch())).unwrap();
                (commit.settle(outcome), None)
            }
            (step, _) => (step, None),
        };
        Self::Trade(Trade { step, presented, proven }.into())
    }

    fn landed(&self) -> Option<Landed> {
        match self {
            Self::Trade(trade) => match &trade.step {
                Step::Reply(reply) => Some(Landed::of(reply)),
                _ => None,
            },
            Self::Old(flying) => flying.landed(),
        }
    }
}

/// Without a key: there is no grace period.
fn server(keys: ServerKeys) -> AuthorizationServer {
    let mut config = Config::new(ISSUER.parse().unwrap());
    config.scopes = "photos".parse().unwrap();
    config.migration = Some(Migration { without_realm: config.scopes.clone(), ..Migration::default() });
    config.keys = keys;
    AuthorizationServer::new(config).unwrap()
}

fn provider() -> core1::Provider {
    let mut config = core1::Config::new(ISSUER.parse().unwrap());
    config.lifetimes.token = Some(Duration::from_secs(10));
    config.lifetimes.authorization = Some(Duration::from_secs(30));
    config.paths.revoke = Some("/oauth1/revoke".into());
    core1::Provider::new(config).unwrap()
}

fn knowledge() -> Knowledge {
    let mut knowledge = oauth1::knowledge();
    let client = Client {
        grants: vec![GrantType::OAuth1Migration, GrantType::RefreshToken],
        scopes: "photos".parse().unwrap(),
        migrates_from: vec![oauth1::CONSUMER.0.into()],
        ..Client::new("new-app")
    };
    knowledge.rows.extend(prepared(|store| ready(store.register_oauth2(client)).unwrap()).rows);
    knowledge
}

fn trade(server: &AuthorizationServer, nonce: &str) -> Flying {
    let form = format!("grant_type={}&client_id=new-app", GrantType::OAuth1Migration.as_str());
    let request = Request::post(format!("{ISSUER}/oauth2/token")).header(header::CONTENT_TYPE, MEDIA_TYPE);
    let request = signed(request.body(Bytes::from(form)).unwrap(), TOKEN, nonce, &[]);
    let step = server.receive(Endpoint::Token, &request, Moment::new(NOW, [0; 32]));
    let presented = provider().present(&request, NOW).unwrap();
    Flying::Trade(Trade { step, presented, proven: None }.into())
}

fn old(endpoint: core1::Endpoint, path: &str, nonce: &str, extra: &[(&str, &str)]) -> Flying {
    let request = Request::post(format!("{ISSUER}{path}")).body(Bytes::new()).unwrap();
    let request = signed(request, TOKEN, nonce, extra);
    let step = provider().receive(endpoint, &request, Moment::new(NOW, [0; 32]));
    Flying::Old(oauth1::Flying::Provider(step))
}

fn revoke(nonce: &str) -> Flying {
    old(core1::Endpoint::Revoke, "/oauth1/revoke", nonce, &[])
}

fn renew(nonce: &str) -> Flying {
    old(core1::Endpoint::Token, "/oauth1/token", nonce, &[("oauth_session_handle", HANDLE)])
}

fn used(nonce: &str) -> Flying {
    Flying::Old(photo(&verifier(), nonce))
}

fn is_revoked(knowledge: &Knowledge) -> bool {
    knowledge.is_revoked(FAMILY)
}

/// How many refresh tokens there are.
fn minted(knowledge: &Knowledge) -> usize {
    knowledge.rows.keys().filter(|key| key.table == Table::OAuth2Refresh).count()
}

/// How many token credentials there are besides those that were there from the start.
fn renewed(knowledge: &Knowledge) -> usize {
    knowledge.rows.keys().filter(|key| key.table == Table::OAuth1Token).count() - 1
}

fn is_spent(knowledge: &Knowledge) -> bool {
    let key = Key::new(Tenant::of(ISSUER), Table::OAuth1Token, Digest::of_token(TOKEN.0));
    knowledge.marks.contains_key(&key)
}

/// Whether the old credentials open anything for a request that begins when all is over.
fn opens(knowledge: &Knowledge) -> bool {
    afterwards(knowledge, used("afterwards")).status == 200
}

/// In every world: tokens are minted once at most, together with the spend of what they are for, and no answer comes before
/// its rows; whatever is minted dies with the family.
fn run(name: &str, requests: Vec<Flying>, at_the_end: &dyn Fn(&Seen<'_, Flying>)) {
    let always = |world: &Seen<'_, Flying>| {
        let replaced = minted(world.knowledge) + renewed(world.knowledge);
        assert!(replaced <= 1, "traded twice");
        assert_eq!(is_spent(world.knowledge), replaced == 1, "lost, or good for both");
        let tied = |put: &oauth_store::Put| put.families.contains(&Some(Tenant::of(ISSUER).family(FAMILY)));
        let tokens = [Table::OAuth2Access, Table::OAuth2Refresh];
        let mut tokens = world.knowledge.rows.iter().filter(|(key, _)| tokens.contains(&key.table));
        assert!(tokens.all(|(_, put)| tied(put)), "not to be revoked");
        no_reply_precedes_its_rows(&trades(world));
    };
    let worlds = explore(name, knowledge(), requests, &Rules { always: &always, at_the_end });
    assert!(worlds > 1);
}

/// The same world, and only those of its requests that are answered in JSON.
fn trades<'a>(world: &Seen<'a, Flying>) -> Seen<'a, Flying> {
    let is_trade = |flight: &&Flying| matches!(flight, Flying::Trade(_));
    let flights = world.flights.iter().map(|flight| flight.filter(is_trade)).collect();
    Seen { flights, knowledge: world.knowledge }
}

#[test]
fn one_trade_sent_four_times_is_granted_once_and_revokes_nothing() {
    for keys in [ServerKeys::default(), ServerKeys::always([9; 32])] {
        let server = server(keys);
        let requests = (0..4).map(|_| trade(&server, "a")).collect();
        run("one trade of a token, four times", requests, &|world| {
            assert_eq!((world.granted(), minted(world.knowledge)), (1, 1));
            assert!(!is_revoked(world.knowledge) && !opens(world.knowledge));
        });
    }
}

#[test]
fn of_three_trades_with_nonces_of_their_own_one_wins_and_nothing_is_revoked() {
    let server = server(ServerKeys::default());
    let requests = ["a", "b", "c"].map(|nonce| trade(&server, nonce)).into();
    run("three trades of a token", requests, &|world| {
        assert_eq!((world.granted(), minted(world.knowledge)), (1, 1));
        assert!(!is_revoked(world.knowledge) && !opens(world.knowledge));
    });
}

#[test]
fn of_three_trades_within_the_grace_period_all_get_the_same_answer() {
    let server = server(ServerKeys::always([9; 32]));
    let requests = ["a", "b", "c"].map(|nonce| trade(&server, nonce)).into();
    run("three trades of a token in grace", requests, &|world| {
        assert_eq!((world.granted(), minted(world.knowledge)), (3, 1));
        let answers: std::collections::BTreeSet<_> = world.landed().map(|(_, landed)| landed.body).collect();
        assert_eq!(answers.len(), 1, "one pair of tokens");
        assert!(!is_revoked(world.knowledge) && !opens(world.knowledge));
    });
}

#[test]
fn a_trade_beside_a_revocation_leaves_nothing_alive() {
    let server = server(ServerKeys::always([9; 32]));
    let requests = vec![trade(&server, "a"), revoke("b"), trade(&server, "c"), used("d")];
    run("two trades of a token, a revocation and a photo", requests, &|world| {
        assert!(is_revoked(world.knowledge) && !opens(world.knowledge));
    });
}

#[test]
fn a_token_that_is_traded_while_it_is_used_opens_nothing_afterwards() {
    let server = server(ServerKeys::default());
    // A nonce is good for one request, wherever it goes.
    let requests = vec![trade(&server, "a"), used("a"), used("b"), trade(&server, "b")];
    run("two trades of a token and two photos", requests, &|world| {
        assert_eq!(opens(world.knowledge), minted(world.knowledge) == 0);
        assert!(world.granted() >= 1 && !is_revoked(world.knowledge));
    });
}

#[test]
fn of_a_trade_and_a_renewal_one_wins_and_nothing_is_alive_twice() {
    let server = server(ServerKeys::default());
    let requests = vec![trade(&server, "a"), renew("c"), trade(&server, "b")];
    run("two trades of a token and a renewal", requests, &|world| {
        let is_renewed = renewed(world.knowledge) == 1;
        assert_eq!(is_renewed, minted(world.knowledge) == 0);
        // A renewal of what has been replaced is an alarm, as ever; a trade is none.
        assert_eq!(is_revoked(world.knowledge), !is_renewed);
        assert!(!opens(world.knowledge));
    });
}
