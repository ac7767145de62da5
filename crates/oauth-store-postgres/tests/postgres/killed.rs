//! A process that is killed while it writes.

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::child;
use crate::server::Server;
use oauth_store::kit::exchange::{is_whole, write};

/// How many processes to kill. A release is tried with thousands.
const ROUNDS: &str = "OAUTH_STORE_KILLS";

const TASKS: usize = 8;

/// How many batches are told of at most before the end.
const MOST: u64 = 60;

/// So many batches of one task may follow the last one that was told of: it waits for each.
const BEHIND: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z12_a_killed_process_has_kept_what_it_acknowledged_and_no_half_of_a_batch() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = server.store_with(&options).await;
    let chance = RandomState::new();
    let mut all = [0; TASKS];
    for round in 0..std::env::var(ROUNDS).map_or(100, |rounds| rounds.parse().unwrap()) {
        let test = "killed::commits_until_it_is_killed";
        let (mut child, lines) = child::spawn(test, &server.address(), &options, &round.to_string());
        let mut told = [0; TASKS];
        let mut left = chance.hash_one(round) % MOST + 1;
        // What it said before it died counts, also what is read after.
        for line in lines {
            let line = line.unwrap();
            let Some((task, n)) = line.strip_prefix("done ").and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            told[task.parse::<usize>().unwrap()] = n.parse::<usize>().unwrap() + 1;
            if left == 1 {
                // Not always right behind an answer.
                std::thread::sleep(Duration::from_micros(chance.hash_one(("pause", round)) % 3000));
                child.kill().unwrap();
            }
            left = left.saturating_sub(1);
        }
        assert!(!child.wait().unwrap().success());
        assert_eq!(left, 0, "it was killed at work");

        for (task, count) in told.into_iter().enumerate() {
            for n in 0..count + BEHIND {
                let there = is_whole(&store, &ticket(round, task, n)).await;
                assert_ne!(there, Some(false), "round {round}, task {task}, batch {n}: half a batch");
                assert!(n >= count || there == Some(true), "round {round}, task {task}, batch {n}: lost");
            }
            all[task] += count;
        }
    }
    assert!(all.iter().all(|count| *count > 0), "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that the test above kills"]
async fn commits_until_it_is_killed() {
    let store = Arc::new(child::store().await);
    let round = child::task().parse().unwrap();
    let commit = |task| {
        let store = Arc::clone(&store);
        async move {
            for n in 0.. {
                write(&*store, ticket(round, task, n)).await;
                // In one write, so that it is whole or not there; the harness may have begun a line.
                std::io::stdout().lock().write_all(format!("\ndone {task} {n}\n").as_bytes()).unwrap();
            }
        }
    };
    for task in (0..TASKS).map(|task| tokio::spawn(commit(task))).collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

fn ticket(round: u64, task: usize, n: usize) -> String {
    format!("{round}/{task}/{n}")
}
