//! The conformance kit: what every store must show before a server may trust it.
//!
//! ```
//! # use std::sync::Arc;
//! # use oauth_store::{MemoryStore, kit};
//! # #[tokio::main] async fn main() {
//! kit::run(async || Arc::new(MemoryStore::new())).await;
//! # }
//! ```
#![expect(clippy::missing_panics_doc, reason = "a check that does not hold panics; that is what it is for")]

pub mod exchange;

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Outcome, Tick, Timestamp};
use oauth2_core::Scopes;
use oauth2_core::server::{Access, Authorization};

use crate::{Key, Mark, Owner, Put, Record, Row, Store, Table, Tenant, Writes};

const ISSUER: &str = "https://as.example.com";

/// When everything is spent.
const NOW: Tick = Tick::from_unix((500 << 12) + 123);

/// How many tasks race for one thing.
const RACERS: u8 = 64;

/// Runs every check, each on a fresh store that `open` makes.
pub async fn run<S: Store>(open: impl AsyncFn() -> Arc<S>) {
    what_is_written_is_read_back_in_the_order_of_the_keys(open().await).await;
    a_spend_is_won_once_under_concurrent_commits(open().await).await;
    crossing_batches_have_one_winner_and_do_not_wait_for_each_other(open().await).await;
    a_lost_batch_writes_nothing(open().await).await;
    a_thing_is_not_spent_twice_within_one_batch(open().await).await;
    a_tombstone_marks_every_row_of_its_family_and_no_other(open().await).await;
    a_registration_replaces_the_older_one(open().await).await;
    a_replacement_changes_the_record_alone_and_only_of_a_row_that_is_as_it_was(open().await).await;
    a_row_is_replaced_once_under_concurrent_replacements(open().await).await;
    tenants_do_not_meet(open().await).await;
    a_sweep_takes_what_is_over_in_bites_and_nothing_else(open().await).await;
    a_swept_family_keeps_its_tombstone_as_long_as_it_has_rows(open().await).await;
    a_tombstone_is_kept_for_rows_that_come_after_it(open().await).await;
    a_listing_shows_each_row_once_over_all_its_pages(open().await).await;
}

/// `load` answers for each key, in order, also for unknown and repeated ones.
pub async fn what_is_written_is_read_back_in_the_order_of_the_keys<S: Store>(store: Arc<S>) {
    commit(&*store, put([row(1, "ann", "app"), row(2, "bob", "app")])).await;
    let keys = [key(2), key(9), key(1), key(2)];
    let subjects: Vec<_> = load(&*store, &keys).await.into_iter().map(subject).collect();
    assert_eq!(subjects, [Some("bob".into()), None, Some("ann".into()), Some("bob".into())]);
    assert!(load(&*store, &[]).await.is_empty());
}

/// Of many tasks that spend one thing, one wins, and only the winner's rows exist.
pub async fn a_spend_is_won_once_under_concurrent_commits<S: Store>(store: Arc<S>) {
    for round in 0..20 {
        let race = |racer: u8| {
            let store = store.clone();
            let mine = key_of(Table::OAuth2Access, &[round, racer]);
            let writes = Writes {
                put: vec![at(mine, "ann", "app", None, None)],
                ..spend([key_of(Table::OAuth2Code, &[round])])
            };
            tokio::spawn(async move { (store.commit(writes).await.expect("commit"), mine) })
        };
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for task in (0..RACERS).map(race).collect::<Vec<_>>() {
            match task.await.expect("no task panics") {
                (Outcome::Applied, key) => won.push(key),
                (Outcome::Lost(_), key) => lost.push(key),
            }
        }
        assert_eq!((won.len(), lost.len()), (1, usize::from(RACERS) - 1), "one winner");
        assert!(load(&*store, &won).await.iter().all(Option::is_some), "the winner's row is there");
        assert!(load(&*store, &lost).await.iter().all(Option::is_none), "no loser's row is there");
    }
}

/// Batches that share two things in opposite order: one wins, none hangs.
pub async fn crossing_batches_have_one_winner_and_do_not_wait_for_each_other<S: Store>(store: Arc<S>) {
    for round in 0..50 {
        let (a, b) = (key_of(Table::OAuth2Code, &[round, 0]), key_of(Table::OAuth1Nonce, &[round, 1]));
        let commit = |keys: [Key; 2]| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(spend(keys)).await.expect("commit") })
        };
        let (one, other) = (commit([a, b]), commit([b, a]));
        let outcomes = [one.await.expect("no panic"), other.await.expect("no panic")];
        assert!(outcomes.contains(&Outcome::Applied) && outcomes.contains(&Outcome::Lost(0)), "{outcomes:?}");
    }
}

/// All or nothing: a batch that loses its last spend leaves no mark, no row and no tombstone behind.
pub async fn a_lost_batch_writes_nothing<S: Store>(store: Arc<S>) {
    commit(&*store, spend([key(1)])).await;
    commit(&*store, put([at(key(3), "ann", "app", None, Some(family(3)))])).await;
    let batch =
        Writes { put: vec![row(5, "ann", "app")], revoke: vec![family(3)], ..spend([key(2), key(1)]) };
    assert_eq!(store.commit(batch).await.expect("commit"), Outcome::Lost(1), "the place of what was spent");
    let [mine, other] = [load(&*store, &[key(5)]).await.remove(0), load(&*store, &[key(3)]).await.remove(0)];
    assert!(mine.is_none(), "no row");
    assert!(!other.expect("is there").revoked, "no tombstone");
    assert_eq!(store.commit(spend([key(2)])).await.expect("commit"), Outcome::Applied, "no mark");
}

/// A batch that spends one thing twice loses to itself.
pub async fn a_thing_is_not_spent_twice_within_one_batch<S: Store>(store: Arc<S>) {
    assert_eq!(store.commit(spend([key(1), key(1)])).await.expect("commit"), Outcome::Lost(1));
    commit(&*store, spend([key(1)])).await;
}

/// A tombstone is seen on every row of its family, older and newer ones, and setting it again changes nothing.
pub async fn a_tombstone_marks_every_row_of_its_family_and_no_other<S: Store>(store: Arc<S>) {
    let member = |n, f| at(key(n), "ann", "app", None, f);
    commit(&*store, put([member(1, Some(family(1))), member(2, Some(family(2))), member(3, None)])).await;
    let revoke = Writes { revoke: vec![family(1)], ..Writes::default() };
    commit(&*store, revoke.clone()).await;
    commit(&*store, revoke).await;
    commit(&*store, put([member(4, Some(family(1)))])).await;
    let second = Put { families: [Some(family(2)), Some(family(1))], ..member(5, None) };
    commit(&*store, put([second])).await;
    let rows = load(&*store, &[key(1), key(2), key(3), key(4), key(5)]).await;
    let revoked: Vec<_> = rows.into_iter().map(|row| row.expect("is there").revoked).collect();
    assert_eq!(revoked, [true, false, false, true, true]);
}

/// A row under a key that exists replaces it.
pub async fn a_registration_replaces_the_older_one<S: Store>(store: Arc<S>) {
    commit(&*store, put([row(1, "old", "app")])).await;
    commit(&*store, put([row(1, "new", "app")])).await;
    assert_eq!(subject(load(&*store, &[key(1)]).await.remove(0)).as_deref(), Some("new"));
}

/// How long a row is kept, its families and its mark are those that it had; a row that is gone, or was written meanwhile, stays so.
pub async fn a_replacement_changes_the_record_alone_and_only_of_a_row_that_is_as_it_was<S: Store>(
    store: Arc<S>,
) {
    let member =
        |issued| aged(at(key(1), "ann", "app", Some(Timestamp::from_unix(100)), Some(family(1))), issued);
    let [old, new, newer] = [1, 2, 3].map(|issued| member(issued).record);
    let replace = async |n, before: &Record, after: &Record| {
        store.replace(&key(n), before, after.clone()).await.expect("replace")
    };
    commit(&*store, Writes { spend: spend([key(1)]).spend, ..put([member(1)]) }).await;
    assert!(replace(1, &old, &new).await);
    let is = async |record: &Record| {
        load(&*store, &[key(1)]).await.remove(0).is_some_and(|row| row.record == *record)
    };
    assert!(is(&new).await);
    assert!(!replace(1, &old, &newer).await && is(&new).await, "it is another one by now");
    assert!(
        !replace(2, &old, &new).await && load(&*store, &[key(2)]).await.remove(0).is_none(),
        "it is gone"
    );
    commit(&*store, Writes { revoke: vec![family(1)], ..Writes::default() }).await;
    let row = load(&*store, &[key(1)]).await.remove(0).expect("is there");
    assert!(row.revoked && row.spent == Some(NOW));
    assert_eq!(store.list(Owner::Subject("ann"), None, 9).await.expect("list").rows.len(), 1);
    store.sweep(Timestamp::from_unix(101), 100).await.expect("sweep");
    assert!(load(&*store, &[key(1)]).await.remove(0).is_none(), "it is kept no longer");
    assert!(!replace(1, &new, &newer).await && load(&*store, &[key(1)]).await.remove(0).is_none());
}

/// Of many tasks that replace what they have all read, one does.
pub async fn a_row_is_replaced_once_under_concurrent_replacements<S: Store>(store: Arc<S>) {
    commit(&*store, put([row(1, "ann", "app")])).await;
    let before = row(1, "ann", "app").record;
    let race = |racer: u8| {
        let (store, before) = (store.clone(), before.clone());
        let after = aged(row(1, "ann", "app"), u64::from(racer) + 1).record;
        tokio::spawn(async move { store.replace(&key(1), &before, after).await.expect("replace") })
    };
    let mut won = 0;
    for task in (0..RACERS).map(race).collect::<Vec<_>>() {
        won += usize::from(task.await.expect("no task panics"));
    }
    assert_eq!(won, 1, "one winner");
}

/// Equal identifiers of two issuers are two things.
pub async fn tenants_do_not_meet<S: Store>(store: Arc<S>) {
    let theirs = other_tenant(key(1));
    commit(&*store, put([row(1, "ann", "app")])).await;
    commit(&*store, spend([key(1)])).await;
    assert!(load(&*store, &[theirs]).await.remove(0).is_none());
    commit(&*store, spend([theirs])).await;
}

/// What is over goes, a bite at a time; what is not over, or never will be, stays.
pub async fn a_sweep_takes_what_is_over_in_bites_and_nothing_else<S: Store>(store: Arc<S>) {
    let until = |n, time: Option<u64>| at(key(n), "ann", "app", time.map(Timestamp::from_unix), None);
    let short = Mark { key: key(6), at: NOW, keep_until: Timestamp::from_unix(100) };
    let long = Mark { key: key(7), at: NOW, keep_until: Timestamp::from_unix(900) };
    let rows =
        [until(1, Some(100)), until(2, Some(100)), until(3, Some(200)), until(4, Some(900)), until(5, None)];
    commit(&*store, Writes { spend: vec![short, long], ..put(rows) }).await;
    let sweep = async |now, most| store.sweep(Timestamp::from_unix(now), most).await.expect("sweep");
    assert_eq!(sweep(100, 10).await, 0, "the last second counts");
    assert_eq!([sweep(201, 3).await, sweep(201, 3).await, sweep(201, 3).await], [3, 1, 0]);
    let left = load(&*store, &[key(1), key(2), key(3), key(4), key(5)]).await;
    assert_eq!(left.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, false, true, true]);
    assert_eq!(
        store.commit(spend([key(7)])).await.expect("commit"),
        Outcome::Lost(0),
        "a mark that must stay"
    );
    assert_eq!(store.commit(spend([key(6)])).await.expect("commit"), Outcome::Applied, "a mark that may go");
}

/// A revoked family stays revoked while anything of it can be presented.
pub async fn a_swept_family_keeps_its_tombstone_as_long_as_it_has_rows<S: Store>(store: Arc<S>) {
    let member = |n, until: u64| at(key(n), "ann", "app", Some(Timestamp::from_unix(until)), Some(family(1)));
    commit(&*store, Writes { revoke: vec![family(1)], ..put([member(1, 100), member(2, 900)]) }).await;
    store.sweep(Timestamp::from_unix(500), 100).await.expect("sweep");
    assert!(load(&*store, &[key(2)]).await.remove(0).expect("is there").revoked);
    assert_eq!(store.sweep(Timestamp::from_unix(901), 100).await.expect("sweep"), 2, "its last row, and it");
}

/// A request that was on its way when its family was revoked may write rows that are kept longer than those that were
/// there, or for ever.
pub async fn a_tombstone_is_kept_for_rows_that_come_after_it<S: Store>(store: Arc<S>) {
    let member = |n, until: Option<u64>| {
        at(key(n), "ann", "app", until.map(Timestamp::from_unix), Some(family(n / 10)))
    };
    commit(&*store, put([member(10, Some(100)), member(20, Some(100)), member(30, None)])).await;
    let revoke = vec![family(1), family(2), family(3)];
    commit(&*store, Writes { revoke, ..Writes::default() }).await;
    commit(&*store, put([member(11, Some(900)), member(21, None)])).await;
    for now in [500, 800] {
        store.sweep(Timestamp::from_unix(now), 100).await.expect("sweep");
    }
    let left = load(&*store, &[key(11), key(21), key(30)]).await;
    assert!(left.into_iter().all(|row| row.expect("is there").revoked));
}

/// Pages are in order, show each row of the owner once and nothing of anybody else, and end.
pub async fn a_listing_shows_each_row_once_over_all_its_pages<S: Store>(store: Arc<S>) {
    let rows =
        (0..25).map(|n| row(n, if n % 2 == 0 { "ann" } else { "bob" }, if n < 20 { "app" } else { "cli" }));
    commit(&*store, put(rows)).await;
    commit(&*store, spend([key(0)])).await;
    // What lies beside the kind that is listed: another kind, another issuer.
    let beside = [key_of(Table::OAuth2Code, b"a"), key_of(Table::OAuth2Refresh, b"a"), other_tenant(key(1))];
    commit(&*store, put(beside.map(|key| at(key, "zoe", "zip", None, None)))).await;
    let access = Owner::Table(Tenant::of(ISSUER), Table::OAuth2Access);
    let users = Owner::Table(Tenant::of(ISSUER), Table::User);
    for (owner, count) in [
        (Owner::Subject("ann"), 13),
        (Owner::Client("cli"), 5),
        (Owner::Subject("eve"), 0),
        (access, 25),
        (users, 0),
    ] {
        for most in [1, 4, 5, 13, 100] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = store.list(owner, after, most).await.expect("list");
                assert!(page.rows.len() <= most);
                for (key, row) in page.rows {
                    assert_eq!(
                        row.spent,
                        (key == self::key(0)).then_some(NOW),
                        "when it was spent, to the tick"
                    );
                    seen.push(key);
                }
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen.len(), count, "{owner:?} by {most}");
            assert!(seen.is_sorted_by(|a, b| a < b), "in order, none twice");
        }
    }
}

async fn commit<S: Store>(store: &S, writes: Writes) {
    assert_eq!(store.commit(writes).await.expect("commit"), Outcome::Applied);
}

async fn load<S: Store>(store: &S, keys: &[Key]) -> Vec<Option<Row>> {
    let rows = store.load(keys).await.expect("load");
    assert_eq!(rows.len(), keys.len(), "one answer for each key");
    rows
}

fn subject(row: Option<Row>) -> Option<String> {
    row?.record.subject().map(str::to_owned)
}

fn key(n: u8) -> Key {
    key_of(Table::OAuth2Access, &[n])
}

fn key_of(table: Table, name: &[u8]) -> Key {
    Key::new(Tenant::of(ISSUER), table, Digest::of(name))
}

fn other_tenant(key: Key) -> Key {
    Key { tenant: Tenant::of("https://other.example.com"), ..key }
}

fn family(n: u8) -> Family {
    Family::from_bytes([n; 16])
}

fn spend(keys: impl IntoIterator<Item = Key>) -> Writes {
    let mark = |key| Mark { key, at: NOW, keep_until: Timestamp::from_unix(1_000_000) };
    Writes { spend: keys.into_iter().map(mark).collect(), ..Writes::default() }
}

fn put(rows: impl IntoIterator<Item = Put>) -> Writes {
    Writes { put: rows.into_iter().collect(), ..Writes::default() }
}

fn row(n: u8, subject: &str, client_id: &str) -> Put {
    at(key(n), subject, client_id, None, None)
}

fn at(
    key: Key,
    subject: &str,
    client_id: &str,
    keep_until: Option<Timestamp>,
    family: Option<Family>,
) -> Put {
    let grown = family.unwrap_or(Family::from_bytes([0; 16]));
    let authorization = Authorization::new(client_id, Some(subject.into()), Scopes::none(), grown);
    let access = Access {
        authorization: authorization.into(),
        binding: None,
        signed: false,
        claims: None,
        issued: Timestamp::from_unix(0),
        expires: Timestamp::from_unix(1_000_000),
    };
    Put { key, record: Record::OAuth2Access(Arc::new(access)), keep_until, families: [family, None] }
}

/// The same with another record, which says that it was issued then.
fn aged(put: Put, issued: u64) -> Put {
    let Record::OAuth2Access(access) = put.record else { return put };
    let access = Access { issued: Timestamp::from_unix(issued), ..(*access).clone() };
    Put { record: Record::OAuth2Access(access.into()), ..put }
}
