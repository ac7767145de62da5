//! What has an end: waiting for the database, and for others who use it.

use std::sync::Arc;
use std::time::Duration;

use oauth_sansio::{Outcome, Secret};
use oauth_store::{Store as _, StoreError, Writes};
use oauth_store_postgres::{OpenError, Options, PostgresStore};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::server::{Server, as_owner};
use oauth_store::kit::exchange::{exchange, is_whole, write};

/// Long enough for what shall happen on a slow machine, and short of hanging.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_commit_behind_another_one_waits_so_long_and_no_longer_and_nothing_of_it_is_left() {
    let Some(server) = Server::shared() else { return };
    let options = Options { connections: 1, wait: Duration::from_secs(1), ..server.options() };
    let store = server.store_with(&options).await;
    let other = server.client(&options).await;
    hold(&other, &exchange("ticket")).await;

    let keys = [exchange("ticket").put[0].key];
    let (commit, load) =
        timeout(SOON, async { tokio::join!(store.commit(exchange("ticket")), store.load(&keys)) })
            .await
            .unwrap();
    let told = unavailable(commit);
    assert!(told.contains("statement timeout"), "{told}");
    // There is one connection, and the commit had it.
    drop(load);

    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.commit(exchange("ticket")).await.unwrap(), Outcome::Applied);
}

#[tokio::test]
async fn who_gets_no_connection_in_time_is_told_so() {
    let Some(server) = Server::shared() else { return };
    let options = Options { connections: 1, wait: Duration::from_secs(1), ..server.options() };
    let store = server.store_with(&options).await;
    let other = server.client(&options).await;
    hold(&other, &exchange("one")).await;
    hold_more(&other, &exchange("two")).await;

    let keys = [exchange("three").put[0].key];
    let waits = async {
        tokio::join!(store.commit(exchange("one")), store.commit(exchange("two")), store.load(&keys))
    };
    let (one, two, load) = timeout(SOON, waits).await.unwrap();
    assert!(unavailable(one).contains("statement timeout"));
    // The first of those who wait may still get it; the one behind does not.
    let _ = two;
    assert!(unavailable(load).contains("no connection in time"));
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(is_whole(&store, "one").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_more_requests_than_connections_take_turns() {
    let Some(server) = Server::shared() else { return };
    let store = Arc::new(server.store_with(&Options { connections: 2, ..server.options() }).await);
    let commit = |n: usize| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { write(&*store, n).await })
    };
    for task in (0..500).map(commit).collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_or_says_nothing_is_an_error_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = Options { wait: Duration::from_millis(300), ..Options::default() };
    let address = Secret::new(format!("postgres://oauth:secret@127.0.0.1:{port}/oauth"));
    let silent = timeout(SOON, PostgresStore::open_with(&address, &options)).await.unwrap().unwrap_err();
    assert!(matches!(&silent, OpenError::Unavailable(_)), "{silent:?}");
    drop(listener);
    let closed = timeout(SOON, PostgresStore::open_with(&address, &options)).await.unwrap().unwrap_err();
    assert!(matches!(&closed, OpenError::Unavailable(_)), "{closed:?}");
    assert!(closed.to_string().contains("refused"), "{closed}");
    assert!(!format!("{silent:?} {closed:?}").contains("secret"));
}

#[tokio::test]
async fn a_server_that_stops_answering_is_given_up_and_another_connection_taken() {
    let Some(server) = Server::shared() else { return };
    let options = Options { wait: Duration::from_secs(1), ..server.options() };
    let store = server.store_with(&options).await;
    write(&store, "before").await;
    let other = server.client(&options).await;
    let [process] = processes(&other, &options).await[..] else { panic!("one connection") };
    signal("-STOP", process);
    let told = unavailable(timeout(SOON, store.commit(exchange("meanwhile"))).await.unwrap());
    assert!(told.contains("no answer in time"), "{told}");
    write(&store, "behind").await;
    signal("-CONT", process);
}

#[tokio::test]
async fn connections_that_died_while_idle_are_replaced_and_no_request_fails() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = server.store_with(&options).await;
    let other = server.client(&options).await;
    for n in 0..20 {
        write(&store, n).await;
        end(&other, &options).await;
        // Nothing waits here for the store to notice.
        let keys = exchange(&n.to_string()).put.iter().map(|put| put.key).collect::<Vec<_>>();
        assert!(store.load(&keys).await.unwrap().iter().all(Option::is_some));
        end(&other, &options).await;
        sleep(Duration::from_millis(20)).await;
    }
}

/// The server may have done it and not been able to say so: to send it again could lose to itself.
#[tokio::test]
async fn a_commit_whose_connection_is_lost_is_an_error_and_is_not_sent_again() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = Arc::new(server.store_with(&options).await);
    let (holder, other) = (server.client(&options).await, server.client(&options).await);
    hold(&holder, &exchange("ticket")).await;
    let commit = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.commit(exchange("ticket")).await })
    };
    until_so_many_wait(1, &other, &options).await;
    end(&other, &options).await;
    let told = unavailable(timeout(SOON, commit).await.unwrap().unwrap());
    assert!(told.contains("terminating connection"), "{told}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(is_whole(&*store, "ticket").await, None);
}

#[tokio::test]
async fn a_batch_that_loses_its_second_mark_while_it_waits_leaves_nothing_of_the_first() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = Arc::new(server.store_with(&options).await);
    let (holder, other) = (server.client(&options).await, server.client(&options).await);
    // Marks are taken in the order of their keys, and the holder has the last.
    let mut both = exchange("a");
    both.spend.extend(exchange("b").spend);
    both.spend.sort_by_key(|mark| mark.key);
    let [free, held] = both.spend[..] else { unreachable!() };
    hold(&holder, &Writes { spend: vec![held], ..Writes::default() }).await;
    let commit = {
        let (store, both) = (Arc::clone(&store), both.clone());
        tokio::spawn(async move { store.commit(both).await })
    };
    until_so_many_wait(1, &other, &options).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(commit.await.unwrap().unwrap(), Outcome::Lost(1));
    let keys = both.put.iter().map(|put| put.key).collect::<Vec<_>>();
    assert!(store.load(&keys).await.unwrap().iter().all(Option::is_none));
    let first = Writes { spend: vec![free], ..Writes::default() };
    assert_eq!(store.commit(first).await.unwrap(), Outcome::Applied, "it is not spent");
}

/// Both have their first mark, or one has it and the other waits for it: then whoever has more goes on.
#[tokio::test]
async fn batches_with_the_same_marks_in_opposite_order_never_wait_for_each_other() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    // Nobody ends what hangs.
    let address = format!("{} options='-c deadlock_timeout=1h'", server.address());
    let store = Arc::new(PostgresStore::open_with(&Secret::new(address), &options).await.unwrap());
    let (holder, other) = (server.client(&options).await, server.client(&options).await);
    let mut both = exchange("a");
    both.spend.extend(["held", "b"].iter().flat_map(|ticket| exchange(ticket).spend));
    let mut crossing = exchange("c");
    crossing.spend = both.spend.iter().rev().copied().collect();
    hold(&holder, &exchange("held")).await;
    let commit = |batch| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.commit(batch).await.unwrap() })
    };
    let commits = [commit(both), commit(crossing)];
    until_so_many_wait(2, &other, &options).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    let mut outcomes = Vec::new();
    for commit in commits {
        outcomes.push(timeout(SOON, commit).await.unwrap().unwrap());
    }
    outcomes.sort_by_key(|outcome| *outcome != Outcome::Applied);
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Lost(0)]);
}

/// Writes marks in a transaction that goes on.
async fn hold(client: &Client, writes: &Writes) {
    client.batch_execute("BEGIN").await.unwrap();
    hold_more(client, writes).await;
}

async fn hold_more(client: &Client, writes: &Writes) {
    for mark in &writes.spend {
        client.execute("INSERT INTO marks VALUES ($1, 1, 1)", &[&&mark.key.to_bytes()[..]]).await.unwrap();
    }
}

/// The server's processes that the store's connections have.
async fn processes(client: &Client, options: &Options) -> Vec<i32> {
    let of_store = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
    let rows = client.query(of_store, &[&format!("oauth {}", options.schema)]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn end(client: &Client, options: &Options) {
    for process in processes(client, options).await {
        client.execute("SELECT pg_terminate_backend($1, 5000)", &[&process]).await.unwrap();
    }
}

async fn until_so_many_wait(number: usize, client: &Client, options: &Options) {
    let waiting = "SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    let name = format!("oauth {}", options.schema);
    let wait = async {
        while client.query(waiting, &[&name]).await.unwrap().len() < number {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, wait).await.unwrap();
}

fn signal(name: &str, process: i32) {
    let status = as_owner("kill").args([name, &process.to_string()]).status();
    assert!(status.unwrap().success());
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(StoreError::Unavailable(error)) => error.to_string(),
        answer => panic!("{answer:?}"),
    }
}
