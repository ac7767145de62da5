//! One provider as several processes on one database, of which each may go away.

mod fleet;
mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::{sleep, timeout};

use crate::postgres::Server;
use fleet::{Fleet, MACHINES};
use load::Codes;

/// The process that is killed.
const KILLED: usize = MACHINES - 1;

/// How many get tokens at the same time: enough that there is always a commit on its way.
const CLIENTS: usize = 6;

/// Between what happens: some hundred requests.
const A_WHILE: Duration = Duration::from_secs(1);

/// How long everything may take that comes to an end by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Clients that get tokens, chains of refresh tokens, and codes that all processes are shown at once, while one process is
/// killed and the database crashes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn z12_three_providers_lose_no_token_and_spend_nothing_twice_while_one_is_killed_and_the_database_crashes()
 {
    let Some(database) = Server::start("machines", "") else { return };
    let (fleet, mut running) = block_in_place(|| Fleet::start(&database.address()));
    let fleet = Arc::new(fleet);
    let sets = fleet.everywhere("/oauth2/jwks").await;
    let set: Value = serde_json::from_slice(sets[0].body()).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 1, "one of them has made the first key");
    assert!(sets.iter().all(|other| other.body() == sets[0].body()));

    let mut codes = Codes::new(fleet.clone()).await;
    let first = [codes.next().await, codes.next().await];
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..CLIENTS).map(|n| tokio::spawn(load::tokens(fleet.clone(), over.clone(), n))).collect();
    let chains = first.map(|code| tokio::spawn(load::chain(fleet.clone(), over.clone(), code)));
    let races = tokio::spawn(load::races(fleet.clone(), over.clone(), codes));

    sleep(A_WHILE).await;
    let killed = running.remove(KILLED);
    killed.signal("-KILL");
    block_in_place(|| killed.wait());
    fleet.fault("a process is killed", &[KILLED]);
    sleep(A_WHILE).await;
    running.push(block_in_place(|| fleet.run(KILLED)));
    sleep(A_WHILE).await;

    block_in_place(|| database.stop());
    fleet.fault("the database crashes", &[0, 1, 2]);
    for path in ["/health/ready", "/health/live"] {
        let statuses = fleet.everywhere(path).await.map(|answer| answer.status().as_u16());
        assert_eq!(statuses, [if path == "/health/ready" { 503 } else { 200 }; MACHINES], "{path}");
    }
    sleep(A_WHILE).await;
    block_in_place(|| database.start_again());
    // They go on by themselves.
    let back = async {
        while fleet.everywhere("/health/ready").await.iter().any(|answer| answer.status() != 200) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, back).await.unwrap();
    sleep(A_WHILE).await;
    over.store(true, Ordering::Relaxed);

    let mut kept = Vec::new();
    for client in clients {
        kept.extend(ended(client).await);
    }
    let mut refreshed = 0;
    for chain in chains {
        let (tokens, last) = ended(chain).await;
        refreshed += tokens.len();
        kept.extend(tokens);
        // The end of it is one, and all of them know which.
        let next = fleet.redeem_everywhere(&load::refresh(&last)).await;
        let next = next.map(|answer| answer.told().unwrap()["refresh_token"].clone());
        assert!(next.iter().all(|token| *token == next[0] && token.as_str() != Some(&last)), "{next:?}");
    }
    let (races, unknown) = ended(races).await;
    for token in &kept {
        for at in 0..MACHINES {
            let told = fleet.introspect(at, token).await;
            assert_eq!(told.told().unwrap()["active"], true, "an answered token is lost at {at}");
        }
    }
    eprintln!("{fleet}");
    eprintln!(
        "{} tokens, {refreshed} of them refreshed, all kept; {races} codes, each won once at most, {unknown} of them by a \
         request whose answer was lost",
        kept.len()
    );
    assert!(kept.len() > refreshed && refreshed > 2 && races > 2 && unknown < races);
    running.into_iter().for_each(|running| drop(running.stop()));
}

async fn ended<T>(task: JoinHandle<T>) -> T {
    timeout(PATIENCE, task).await.unwrap().unwrap()
}
