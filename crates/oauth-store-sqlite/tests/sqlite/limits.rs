//! A disk that is full, and a file that another process has.

use std::time::Duration;

use oauth_sansio::{Outcome, Timestamp};
use oauth_store::{Store as _, StoreError};
use oauth_store_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::directory::Directory;
use oauth_store::kit::exchange::{LATER, exchange, is_whole, write};

/// Writes until there is no room; gives what was written, and what was refused.
async fn fill(store: &SqliteStore) -> (Vec<String>, String) {
    let mut written = Vec::new();
    let refused = loop {
        let ticket = format!("ticket {}", written.len());
        match store.commit(exchange(&ticket)).await {
            Ok(outcome) => assert_eq!(outcome, Outcome::Applied),
            Err(error) => {
                is_full(&error);
                break ticket;
            }
        }
        written.push(ticket);
        assert!(written.len() < 10_000, "no bound");
    };
    (written, refused)
}

#[track_caller]
fn is_full(error: &StoreError) {
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("full"), "{error}");
}

#[tokio::test]
async fn a_full_store_fails_loses_nothing_and_goes_on_when_there_is_room() {
    let directory = Directory::new("full");
    let path = directory.fresh();
    let options = Options { max_bytes: Some(1 << 18), ..Options::default() };
    let store = SqliteStore::open_with(&path, &options).unwrap();
    let (written, refused) = fill(&store).await;
    assert!(written.len() > 20, "{}", written.len());
    for ticket in &written {
        assert_eq!(store.commit(exchange(ticket)).await.unwrap(), Outcome::Lost(0), "{ticket} is spent");
        let keys = exchange(ticket).put.iter().map(|put| put.key).collect::<Vec<_>>();
        assert!(store.load(&keys).await.unwrap().iter().all(Option::is_some), "{ticket} has its rows");
    }

    let over = LATER.plus(Duration::from_secs(1));
    assert_eq!(store.sweep(over, usize::MAX).await.unwrap(), written.len() * 3);
    assert_eq!(store.commit(exchange(&refused)).await.unwrap(), Outcome::Applied, "nothing of it was kept");
    assert_eq!(is_whole(&store, &refused).await, Some(true));
    assert!(std::fs::metadata(&path).unwrap().len() <= 1 << 18);
}

#[tokio::test]
async fn what_makes_room_does_not_fail_with_what_wants_some() {
    let directory = Directory::new("sweeping");
    let path = directory.fresh();
    let options = Options { max_bytes: Some(1 << 18), ..Options::default() };
    let store = SqliteStore::open_with(&path, &options).unwrap();
    let (written, refused) = fill(&store).await;

    // While another process writes, all of it waits, and is then one group.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let over = LATER.plus(Duration::from_secs(1));
    let go = async {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(200))).await.unwrap();
        other.execute_batch("ROLLBACK").unwrap();
    };
    let before = async { tokio::join!(store.commit(exchange(&refused)), store.commit(exchange("another"))) };
    let ((one, two), swept, ()) = tokio::join!(before, store.sweep(over, usize::MAX), go);
    is_full(&one.unwrap_err());
    is_full(&two.unwrap_err());
    assert_eq!(swept.unwrap(), written.len() * 3);
    assert_eq!(store.commit(exchange(&refused)).await.unwrap(), Outcome::Applied);
    assert_eq!(is_whole(&store, &refused).await, Some(true));
}

#[tokio::test]
async fn a_file_that_another_process_writes_is_an_error_after_a_while_and_only_for_writers() {
    let directory = Directory::new("busy");
    let path = directory.fresh();
    let options = Options { wait: Duration::from_millis(20), ..Options::default() };
    let store = SqliteStore::open_with(&path, &options).unwrap();
    write(&store, "before").await;

    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.commit(exchange("meanwhile")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unavailable(_)) && error.to_string().contains("locked"), "{error}");
    let error = store.sweep(Timestamp::from_unix(0), 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)));
    let keys = exchange("before").put.iter().map(|put| put.key).collect::<Vec<_>>();
    assert!(store.load(&keys).await.unwrap().iter().all(Option::is_some), "who reads does not wait");
    other.execute_batch("ROLLBACK").unwrap();

    assert_eq!(store.commit(exchange("meanwhile")).await.unwrap(), Outcome::Applied);
}

#[tokio::test]
async fn two_stores_on_one_file_win_a_ticket_once() {
    let directory = Directory::new("two");
    let path = directory.fresh();
    let stores = [SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap()];
    for n in 0..50 {
        let race = stores.each_ref().map(|store| store.commit(exchange(&n.to_string())));
        let [one, two] = race;
        let (one, two) = tokio::join!(one, two);
        let won = [one.unwrap(), two.unwrap()].iter().filter(|outcome| **outcome == Outcome::Applied).count();
        assert_eq!(won, 1, "{n}");
    }
}
