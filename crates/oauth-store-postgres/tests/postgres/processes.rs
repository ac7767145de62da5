//! Several processes on one database.

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

use oauth_sansio::Outcome;
use oauth_store::{Store as _, Writes};

use crate::child;
use crate::server::Server;
use oauth_store::kit::exchange::{exchange, is_whole};

const PROCESSES: usize = 4;
const TICKETS: usize = 200;

/// How many tasks of one process race for each ticket.
const TASKS: usize = 4;

/// Each ticket is spent by every task of every process, with rows under names of their own; the schema is new to all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z12_each_ticket_is_won_once_by_many_tasks_of_many_processes_that_start_at_once() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let start = |n: usize| {
        child::spawn("processes::races_for_every_ticket", &server.address(), &options, &n.to_string())
    };
    let mut children = (0..PROCESSES).map(start).collect::<Vec<_>>();
    for (_, lines) in &mut children {
        assert!(lines.any(|line| line.unwrap() == "ready"));
    }
    for (child, _) in &mut children {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let mut won = vec![Vec::new(); TICKETS];
    for (mut child, lines) in children {
        for line in lines {
            let line = line.unwrap();
            let Some((ticket, who)) = line.strip_prefix("won ").and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            won[ticket.parse::<usize>().unwrap()].push(who.to_owned());
        }
        assert!(child.wait().unwrap().success());
    }

    let store = server.store_with(&options).await;
    let mut winners = [0; PROCESSES];
    for (ticket, won) in won.iter().enumerate() {
        let [winner] = &won[..] else { panic!("ticket {ticket}: {won:?}") };
        winners[winner.split_once('/').unwrap().0.parse::<usize>().unwrap()] += 1;
        for who in (0..PROCESSES).flat_map(|process| (0..TASKS).map(move |task| format!("{process}/{task}")))
        {
            let keys = batch(ticket, &who).put.iter().map(|put| put.key).collect::<Vec<_>>();
            let there = store.load(&keys).await.unwrap();
            assert!(there.iter().all(|row| row.is_some() == (who == *winner)), "{ticket}: rows of {who}");
        }
    }
    assert!(winners.iter().filter(|won| **won > 0).count() > 1, "they did not race: {winners:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the processes that the test above starts"]
async fn races_for_every_ticket() {
    let store = Arc::new(child::store().await);
    let process = child::task();
    std::io::stdout().lock().write_all(b"\nready\n").unwrap();
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    let race = |task: usize| {
        let (store, who) = (Arc::clone(&store), format!("{process}/{task}"));
        async move {
            for ticket in 0..TICKETS {
                if store.commit(batch(ticket, &who)).await.unwrap() == Outcome::Applied {
                    // In one write, so that it is whole; the harness may have begun a line.
                    std::io::stdout().lock().write_all(format!("\nwon {ticket} {who}\n").as_bytes()).unwrap();
                }
            }
        }
    };
    for task in (0..TASKS).map(|task| tokio::spawn(race(task))).collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

fn batch(ticket: usize, who: &str) -> Writes {
    Writes { spend: exchange(&ticket.to_string()).spend, ..exchange(&format!("{ticket} {who}")) }
}

/// Marks in opposite orders, from two stores that know nothing of each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_batches_of_two_stores_have_one_winner_each() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let stores = [server.store_with(&options).await, server.store_with(&options).await];
    for n in 0..100 {
        let mut both = exchange(&format!("{n}/a"));
        both.spend.extend(exchange(&format!("{n}/b")).spend);
        let mut other = exchange(&format!("{n}/c"));
        other.spend = both.spend.iter().rev().copied().collect();
        let (one, two) = tokio::join!(stores[0].commit(both), stores[1].commit(other));
        let outcomes = [one.unwrap(), two.unwrap()];
        assert!(outcomes.contains(&Outcome::Applied) && outcomes.contains(&Outcome::Lost(0)), "{outcomes:?}");
        let winner = if outcomes[0] == Outcome::Applied { "a" } else { "c" };
        let keys = exchange(&format!("{n}/{winner}")).put.iter().map(|put| put.key).collect::<Vec<_>>();
        assert!(stores[0].load(&keys).await.unwrap().iter().all(Option::is_some));
    }
    assert_eq!(is_whole(&stores[1], "nothing of this name").await, None);
}
