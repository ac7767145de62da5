//! Sweeps beside commits and beside each other.

use std::sync::Arc;
use std::time::Duration;

use oauth_sansio::{Family, Outcome};
use oauth_store::{Store as _, Writes};

use crate::server::Server;
use oauth_store::kit::exchange::{FAMILY, LATER, exchange, write};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_sweep_at_once_remove_each_thing_once() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let stores = [server.store_with(&options).await, server.store_with(&options).await];
    let revoke = (0..600_u16).map(|n| {
        let [a, b] = n.to_be_bytes();
        Family::from_bytes([[a, b]; 8].concat().try_into().unwrap())
    });
    let revoke = Writes { revoke: revoke.collect(), ..Writes::default() };
    assert_eq!(stores[0].commit(revoke).await.unwrap(), Outcome::Applied);
    for n in 0..300 {
        write(&stores[0], n).await;
    }
    let over = LATER.plus(Duration::from_secs(1));
    let (one, other) = tokio::join!(stores[0].sweep(over, usize::MAX), stores[1].sweep(over, usize::MAX));
    assert_eq!(one.unwrap() + other.unwrap(), 300 * 3 + 600);
    let counts = "SELECT (SELECT count(*) FROM rows) + (SELECT count(*) FROM marks) + (SELECT count(*) FROM tombstones)";
    let left: i64 = server.client(&options).await.query_one(counts, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
    assert_eq!(stores[0].sweep(over, usize::MAX).await.unwrap(), 0);
}

#[tokio::test]
async fn a_sweep_passes_what_a_commit_is_writing() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = server.store_with(&options).await;
    write(&store, "ticket").await;
    let other = server.client(&options).await;
    // As a commit does that replaces one of the two rows with one that is kept longer.
    let kept = exchange("ticket").put[0].key.to_bytes();
    other.execute("BEGIN", &[]).await.unwrap();
    other.execute("UPDATE rows SET keep_until = $2 WHERE key = $1", &[&&kept[..], &i64::MAX]).await.unwrap();
    let over = LATER.plus(Duration::from_secs(1));
    assert_eq!(store.sweep(over, 10).await.unwrap(), 2, "the other row and the mark");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.sweep(over, 10).await.unwrap(), 0);
    let keys = exchange("ticket").put.iter().map(|put| put.key).collect::<Vec<_>>();
    let there = store.load(&keys).await.unwrap();
    assert_eq!(there.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
}

/// The rows of a commit cannot be seen before it is done; what it holds tells that they are coming.
#[tokio::test]
async fn a_tombstone_stays_while_a_commit_writes_the_only_row_that_needs_it() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = server.store_with(&options).await;
    let revoke = Writes { revoke: vec![FAMILY], ..exchange("ticket") };
    assert_eq!(store.commit(revoke).await.unwrap(), Outcome::Applied);
    let other = server.client(&options).await;
    other.batch_execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM rows; DELETE FROM rows").await.unwrap();
    other.batch_execute("BEGIN").await.unwrap();
    let apply = "SELECT apply('{}', '{}', '{}', array_agg(key), array_agg(record), array_agg(keep_until),
        array_agg(subject), array_agg(client), array_agg(grown_from), array_agg(belongs_to), '{}') FROM kept";
    other.execute(apply, &[]).await.unwrap();

    assert_eq!(store.sweep(LATER, 10).await.unwrap(), 0, "while it writes");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.sweep(LATER, 10).await.unwrap(), 0, "when it has written");
    let row = store.load(&[exchange("ticket").put[0].key]).await.unwrap().remove(0);
    assert!(row.unwrap().revoked);
    other.batch_execute("DELETE FROM rows").await.unwrap();
    assert_eq!(store.sweep(LATER, 10).await.unwrap(), 1, "when nothing needs it");
}

#[tokio::test]
async fn a_revocation_beside_a_sweep_of_the_same_tombstone_is_there_afterwards() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = server.store_with(&options).await;
    let revoke = || Writes { revoke: vec![FAMILY], ..Writes::default() };
    assert_eq!(store.commit(revoke()).await.unwrap(), Outcome::Applied);
    let other = server.client(&options).await;
    other.batch_execute("BEGIN").await.unwrap();
    let removed: i64 = other.query_one("SELECT removed FROM bury('', 10)", &[]).await.unwrap().get(0);
    assert_eq!(removed, 1);
    let again = store.commit(Writes { revoke: vec![FAMILY], ..exchange("ticket") });
    let (outcome, ()) = tokio::join!(again, async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        other.batch_execute("COMMIT").await.unwrap();
    });
    assert_eq!(outcome.unwrap(), Outcome::Applied);
    let row = store.load(&[exchange("ticket").put[0].key]).await.unwrap().remove(0);
    assert!(row.unwrap().revoked);
}

/// A tombstone without rows is looked at, found needless, held and removed; a commit that revokes the same family again may come
/// at any of these times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_at_any_time_of_a_sweep_leaves_no_row_without_its_tombstone() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = Arc::new(server.store_with(&options).await);
    let client = server.client(&options).await;
    for n in 0..200 {
        client.batch_execute("DELETE FROM rows").await.unwrap();
        // To look at many takes a while.
        let revoke = (0..200).map(|n| Family::from_bytes([n; 16])).collect::<Vec<_>>();
        assert!(revoke.contains(&FAMILY));
        let revoke = Writes { revoke, ..Writes::default() };
        assert_eq!(store.commit(revoke).await.unwrap(), Outcome::Applied);
        let sweep = {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.sweep(LATER, 1000).await.unwrap() })
        };
        // Each time a little later.
        tokio::time::sleep(Duration::from_micros(n * 40 % 4000)).await;
        let batch = Writes { revoke: vec![FAMILY], ..exchange(&n.to_string()) };
        let key = batch.put[0].key;
        assert_eq!(store.commit(batch).await.unwrap(), Outcome::Applied);
        sweep.await.unwrap();
        assert!(store.load(&[key]).await.unwrap().remove(0).unwrap().revoked, "round {n}");
    }
}
