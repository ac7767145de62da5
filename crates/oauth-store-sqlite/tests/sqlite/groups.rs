//! Commits that wait together are written together.

use std::path::Path;
use std::sync::Arc;

use oauth_sansio::Outcome;
use oauth_store::{Store as _, Writes};
use oauth_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::directory::{Directory, beside};
use oauth_store::kit::exchange::{exchange, is_whole};

/// Counts the commits in a write-ahead log (sqlite.org/fileformat2.html section 4.1): a frame that ends one tells the
/// size of the database, others tell zero.
fn transactions(path: &Path) -> usize {
    let log = std::fs::read(beside(path, "-wal")).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    log[32..].chunks_exact(24 + page).filter(|frame| frame[4..8] != [0; 4]).count()
}

/// Spawns a commit for each, and lets each come as far as the queue.
async fn queue(store: &Arc<SqliteStore>, batches: Vec<Writes>) -> Vec<tokio::task::JoinHandle<Outcome>> {
    let commit = |writes| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.commit(writes).await.unwrap() })
    };
    let tasks = batches.into_iter().map(commit).collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    tasks
}

#[tokio::test]
async fn commits_that_wait_together_share_a_transaction_and_each_has_its_own_outcome() {
    let directory = Directory::new("groups");
    let path = directory.fresh();
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let before = transactions(&path);

    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Each ticket comes twice; the second batch brings rows of another name, which must not be there.
    let batch =
        |n: u32| Writes { spend: exchange(&format!("{}", n / 2)).spend, ..exchange(&format!("{n}+")) };
    let tasks = queue(&store, (0..100).map(batch).collect()).await;
    other.execute_batch("ROLLBACK").unwrap();

    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    // The first may be taken alone, as the others are not there yet.
    assert!(transactions(&path) - before <= 2, "{} transactions", transactions(&path) - before);
    for (n, outcome) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome, if n % 2 == 0 { Outcome::Applied } else { Outcome::Lost(0) });
        let rows = exchange(&format!("{n}+")).put;
        let there = store.load(&[rows[0].key, rows[1].key]).await.unwrap();
        assert!(there.iter().all(|row| row.is_some() == (n % 2 == 0)), "rows of {n}");
    }
}

#[tokio::test]
async fn what_waits_when_the_store_is_dropped_is_written() {
    let directory = Directory::new("dropped");
    let path = directory.fresh();
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let tasks = queue(&store, (0..20).map(|n| exchange(&n.to_string())).collect()).await;
    // Nobody waits any more, and the queue is all that is left of them.
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    other.execute_batch("ROLLBACK").unwrap();
    drop(Arc::into_inner(store).unwrap());
    drop(other);
    assert!(!beside(&path, "-wal").exists(), "the log is folded in");

    let store = SqliteStore::open(&path).unwrap();
    for n in 0..20 {
        assert_eq!(is_whole(&store, &n.to_string()).await, Some(true), "{n}");
    }
}
