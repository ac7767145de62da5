//! A schema of an older version is taken over whole, or stays what it is.
//!
//! `version-1.sql` is what the program of that version has written: twelve exchanges, a row of the last of them spent; users
//! who are kept for ever (`ann`), for long (`bob`) and no more (`eve`); tombstones of their families, and one of a family
//! that never had a row.

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use oauth_sansio::{Digest, Outcome, Tick, Timestamp};
use oauth_store::{Key, Owner, Store as _, Table, Tenant};
use oauth_store_postgres::Options;
use tokio_postgres::Client;

use crate::child;
use crate::server::Server;
use oauth_store::kit::exchange::{LATER, exchange, write};

const VERSION_1: &str = include_str!("version-1.sql");

/// The first half of the lock's number that schemas are changed under: `OASt`.
const LOCK: i32 = i32::from_be_bytes(*b"OASt");

#[tokio::test]
async fn all_that_an_older_schema_has_is_there_and_it_goes_on() {
    let Some(server) = Server::shared() else { return };
    let options = older(server).await;
    let store = server.store_with(&options).await;
    assert_eq!(version(&server.client(&options).await).await, 2);
    for n in 0..12 {
        let batch = exchange(&n.to_string());
        assert_eq!(store.commit(batch.clone()).await.unwrap(), Outcome::Lost(0), "{n} is spent");
        let keys = batch.put.iter().map(|put| put.key).collect::<Vec<_>>();
        for (row, put) in store.load(&keys).await.unwrap().into_iter().zip(batch.put) {
            let row = row.unwrap();
            assert_eq!((row.record, row.revoked), (put.record, false), "{n}");
        }
    }
    let users = store.load(&["ann", "bob", "eve"].map(user)).await.unwrap();
    assert!(users.iter().flatten().all(|row| row.revoked));
    assert_eq!(users.iter().flatten().count(), 3);
    let page = store.list(Owner::Subject("7"), None, 10).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2, None));
    assert_eq!(store.list(Owner::Client("app"), None, 100).await.unwrap().rows.len(), 24);
    write(&store, "new").await;
}

#[tokio::test]
async fn marks_of_an_older_schema_tell_their_second_as_ticks() {
    let Some(server) = Server::shared() else { return };
    let options = older(server).await;
    // The end of time as well, which no tick reaches.
    let late = exchange("1").put.remove(0).key;
    let mark = "INSERT INTO marks VALUES ($1, $2, 1000000)";
    let client = server.client(&options).await;
    client.execute(mark, &[&late.to_bytes().as_slice(), &i64::MAX]).await.unwrap();
    let store = server.store_with(&options).await;
    let keys = ["11", "1", "0"].map(|ticket| exchange(ticket).put.remove(0).key);
    let spent: Vec<_> = store.load(&keys).await.unwrap().into_iter().map(|row| row.unwrap().spent).collect();
    let end = Tick::from_unix(i64::MAX as u64 / 4096 * 4096);
    assert_eq!(spent, [Some(Timestamp::from_unix(1_800_000_000).into()), Some(end), None]);
}

#[tokio::test]
async fn what_an_older_schema_has_goes_when_it_is_over() {
    let Some(server) = Server::shared() else { return };
    let options = older(server).await;
    let (store, client) = (server.store_with(&options).await, server.client(&options).await);
    let families = async || {
        let found = client.query("SELECT get_byte(family, 0) FROM tombstones ORDER BY 1", &[]).await.unwrap();
        found.iter().map(|row| row.get(0)).collect::<Vec<i32>>()
    };
    store.sweep(LATER, usize::MAX).await.unwrap();
    assert_eq!(families().await, [1, 2], "bob is still there, eve is not");
    store.sweep(Timestamp::from_unix(LATER.as_unix() + 1), usize::MAX).await.unwrap();
    assert_eq!(families().await, [1], "ann always is");
    let users = store.load(&["ann", "bob", "eve"].map(user)).await.unwrap();
    assert!(matches!(&users[..], [Some(ann), None, None] if ann.revoked));
    assert_eq!(client.query("SELECT FROM marks", &[]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_schema_that_was_taken_over_is_as_a_new_one() {
    let Some(server) = Server::shared() else { return };
    let (taken, new) = (older(server).await, server.options());
    for options in [&taken, &new] {
        drop(server.store_with(options).await);
    }
    let shape = async |options: &Options| {
        let client = server.client(options).await;
        let shape = "SELECT string_agg(what, E'\n' ORDER BY what) FROM (
                SELECT format('%s.%s %s %s', table_name, column_name, data_type, is_nullable)
                FROM information_schema.columns WHERE table_schema = $1
                UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = $1
                UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = $1::regnamespace
            ) AS all_of_it (what)";
        let text: String = client.query_one(shape, &[&options.schema]).await.unwrap().get(0);
        text.replace(&format!("{}.", options.schema), "")
    };
    let (taken, new) = (shape(&taken).await, shape(&new).await);
    assert!(new.contains("marks.tick bigint NO") && new.contains("rows_by_subject"), "{new}");
    assert_eq!(taken, new);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z12_processes_that_take_an_older_schema_over_at_once_take_turns() {
    let Some(server) = Server::shared() else { return };
    for _ in 0..5 {
        let options = large(server).await;
        let client = server.client(&options).await;
        let whole = contents(&client).await;
        let start = |_| child::spawn("older::opens_a_schema", &server.address(), &options, "");
        let mut children = (0..4).map(start).collect::<Vec<_>>();
        for (_, lines) in &mut children {
            assert!(lines.any(|line| line.unwrap() == "ready"));
        }
        for (child, _) in &mut children {
            child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        }
        for (mut child, mut lines) in children {
            assert!(lines.any(|line| line.unwrap() == "opened"));
            assert!(child.wait().unwrap().success());
        }
        assert_eq!((version(&client).await, contents(&client).await), (2, whole));
    }
}

/// The schema is taken over in one transaction: whoever is killed before its end leaves the older version.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z12_a_process_that_is_killed_while_it_takes_a_schema_over_leaves_one_of_either_version() {
    let Some(server) = Server::shared() else { return };
    let (mut seen, mut wait) = ([0; 2], 0);
    for round in 0_u64.. {
        let options = large(server).await;
        let client = server.client(&options).await;
        let whole = contents(&client).await;
        let (mut child, mut lines) = child::spawn("older::opens_a_schema", &server.address(), &options, "");
        assert!(lines.any(|line| line.unwrap() == "ready"));
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        let held = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid::int = $1
            AND objid = hashtext($2)::bigint::bit(32)::bigint::oid";
        while client.query(held, &[&LOCK, &options.schema]).await.unwrap().is_empty() {
            // One that is faster than this look has opened it.
            if version(&client).await == 2 {
                break;
            }
        }
        // Later and later until it was too late, so that both versions are seen.
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
        // What it has begun ends before others have their turn.
        let turn = "SELECT pg_advisory_lock($1, hashtext($2)), pg_advisory_unlock($1, hashtext($2))";
        client.query(turn, &[&LOCK, &options.schema]).await.unwrap();
        let found = version(&client).await;
        assert!(matches!(found, 1 | 2), "{found}");
        assert_eq!(contents(&client).await, whole, "round {round}, version {found}");
        seen[found as usize - 1] += 1;
        wait = if found == 1 { wait + 50 } else { round % 50 };
        drop(server.store_with(&options).await);
        assert_eq!((version(&client).await, contents(&client).await), (2, whole), "round {round}");
        if seen[0] >= 5 && seen[1] >= 3 {
            return;
        }
        assert!(round < 1000, "{seen:?}");
    }
}

#[tokio::test]
#[ignore = "the process that the tests above start"]
async fn opens_a_schema() {
    let say = |word| std::io::stdout().lock().write_all(format!("\n{word}\n").as_bytes()).unwrap();
    say("ready");
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    drop(child::store().await);
    say("opened");
}

/// Another schema of version 1.
async fn older(server: &Server) -> Options {
    let options = server.options();
    let client = server.client(&options).await;
    client.batch_execute(&VERSION_1.replace("version_1", &options.schema)).await.unwrap();
    options
}

/// One that takes a while to be taken over.
async fn large(server: &Server) -> Options {
    let options = older(server).await;
    let marks = "INSERT INTO marks SELECT decode(md5(n::text), 'hex'), n, n FROM generate_series(1, 2000) AS all_of_them (n)";
    server.client(&options).await.batch_execute(marks).await.unwrap();
    options
}

async fn version(client: &Client) -> i64 {
    client.query_one("SELECT version FROM oauth_store", &[]).await.unwrap().get(0)
}

/// A digest of what both versions have in common: all rows, all marks, all tombstones.
async fn contents(client: &Client) -> String {
    let all = "SELECT md5((SELECT string_agg(rows::text, ' ' ORDER BY key) FROM rows)
        || (SELECT string_agg(key::text || keep_until, ' ' ORDER BY key) FROM marks)
        || (SELECT string_agg(family::text, ' ' ORDER BY family) FROM tombstones))";
    client.query_one(all, &[]).await.unwrap().get(0)
}

fn user(name: &str) -> Key {
    Key::new(Tenant::of("https://as.example.com"), Table::User, Digest::of(name))
}
