//! A database that crashes and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use oauth_sansio::Outcome;
use oauth_store::{Store as _, StoreError};
use oauth_store_postgres::Options;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

use crate::server::Server;
use oauth_store::kit::exchange::{exchange, is_whole};

const CRASHES: usize = 3;
const TASKS: usize = 8;

/// The server's default is that commits do not wait for its log: this shows that the store has not left it at that.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn z12_a_database_that_crashes_under_load_has_kept_what_was_acknowledged_and_the_store_goes_on() {
    let Some(server) = Server::start("crashes", "") else { return };
    let options = Options { wait: Duration::from_secs(2), ..server.options() };
    let store = Arc::new(server.store_with(&options).await);
    let over = Arc::new(AtomicBool::new(false));
    let load = |task: usize| {
        let (store, over) = (Arc::clone(&store), Arc::clone(&over));
        async move {
            let mut answers = Vec::new();
            loop {
                let ticket = format!("{task}/{}", answers.len());
                let answer = store.commit(exchange(&ticket)).await;
                let is_done = answer.is_ok() && over.load(Ordering::Relaxed);
                if answer.is_err() {
                    sleep(Duration::from_millis(5)).await;
                }
                answers.push((ticket, answer));
                if is_done {
                    break;
                }
            }
            answers
        }
    };
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(load(task))).collect();
    for _ in 0..CRASHES {
        sleep(Duration::from_millis(200)).await;
        block_in_place(|| server.stop());
        sleep(Duration::from_millis(100)).await;
        block_in_place(|| server.start_again());
    }
    over.store(true, Ordering::Relaxed);

    let (mut kept, mut failed) = (0, 0);
    for task in tasks {
        // It goes on by itself.
        let answers = timeout(Duration::from_secs(20), task).await.unwrap().unwrap();
        for (ticket, answer) in answers {
            let there = is_whole(&*store, &ticket).await;
            match answer {
                Ok(outcome) => {
                    assert_eq!((outcome, there), (Outcome::Applied, Some(true)), "{ticket}");
                    kept += 1;
                }
                Err(StoreError::Unavailable(_)) => {
                    assert_ne!(there, Some(false), "{ticket}: half a batch");
                    failed += 1;
                }
                Err(error) => panic!("{ticket}: {error}"),
            }
        }
    }
    assert!(kept > TASKS && failed >= CRASHES, "{kept} kept, {failed} failed");
}
