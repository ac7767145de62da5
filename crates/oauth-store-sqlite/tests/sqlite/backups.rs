//! Copies that are made while others write.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use oauth_store_sqlite::{BackupError, SqliteStore};
use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::directory::{Directory, beside};
use oauth_store::kit::exchange::{is_whole, write};

/// Where the process that is killed finds its file, and puts its backups.
const PATH: &str = "OAUTH_STORE_SQLITE_BACKED_UP";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_others_write_is_a_store_of_one_time() {
    let directory = Directory::new("backup");
    let (path, copy) = (directory.fresh(), directory.fresh());
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    for n in 0..100 {
        write(&*store, n).await;
    }
    let writes = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 100..300 {
                write(&*store, n).await;
            }
        })
    };
    store.backup(&copy).await.unwrap();
    let whole = fs::read(&copy).unwrap();
    assert!(matches!(store.backup(&copy).await.unwrap_err(), BackupError::Exists));
    assert_eq!(fs::read(&copy).unwrap(), whole, "a backup replaces nothing");
    writes.await.unwrap();

    let copy = SqliteStore::open(&copy).unwrap();
    let mut there = Vec::new();
    for n in 0..300 {
        there.push(is_whole(&copy, &n.to_string()).await);
    }
    assert!(there[..100].iter().all(|batch| *batch == Some(true)), "all that was there before");
    let end = there.iter().position(Option::is_none).unwrap_or(there.len());
    assert!(there[..end].iter().all(|batch| *batch == Some(true)), "no half of a batch");
    assert!(there[end..].iter().all(Option::is_none), "nothing later without what was earlier");
    write(&copy, "new").await;
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_leaves_nothing_and_says_why() {
    let directory = Directory::new("no-backup");
    let store = SqliteStore::open(directory.fresh()).unwrap();
    write(&store, "ticket").await;
    let nowhere = store.backup(directory.fresh().join("oauth.db")).await.unwrap_err();
    assert!(matches!(nowhere, BackupError::Place(_)), "{nowhere:?}");
    assert!(matches!(store.backup("/").await.unwrap_err(), BackupError::Exists));

    let copy = directory.fresh();
    let part = beside(&copy, ".part");
    fs::write(&part, "of a process that was killed").unwrap();
    let error = store.backup(&copy).await.unwrap_err();
    assert!(matches!(&error, BackupError::Unfinished(path) if *path == part), "{error:?}");
    assert!(error.to_string().contains(part.to_str().unwrap()), "{error}");
    assert!(!copy.exists());
    fs::remove_file(&part).unwrap();
    store.backup(&copy).await.unwrap();
    assert!(copy.exists() && !part.exists());
}

/// More than there are connections that read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_backups_at_once_are_all_made() {
    let directory = Directory::new("turns");
    let store = Arc::new(SqliteStore::open(directory.fresh()).unwrap());
    for n in 0..200 {
        write(&*store, n).await;
    }
    let mut backups = JoinSet::new();
    for _ in 0..8 {
        let (store, copy) = (store.clone(), directory.fresh());
        backups.spawn(async move { store.backup(&copy).await.map(|()| copy) });
    }
    assert_eq!(is_whole(&*store, "7").await, Some(true));
    for copy in backups.join_all().await {
        let copy = SqliteStore::open(copy.unwrap()).unwrap();
        assert_eq!(is_whole(&copy, "199").await, Some(true));
    }
}

/// A backup has its name when it is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z12_a_process_that_is_killed_while_it_backs_up_leaves_no_half_of_a_backup() {
    let directory = Directory::new("killed-backup");
    let path = directory.fresh();
    let store = SqliteStore::open(&path).unwrap();
    for n in 0..20 {
        write(&store, n).await;
    }
    // Enough that it takes a while.
    let marks = "INSERT INTO marks SELECT randomblob(41), value, value FROM
        (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 20000) SELECT value FROM n)";
    Connection::open(&path).unwrap().execute_batch(marks).unwrap();
    drop(store);
    let chance = RandomState::new();
    let mut halves = 0;
    for round in 0_u64.. {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "backups::backs_up_until_it_is_killed"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut told, mut left) = (0, 3);
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            told += usize::from(line.unwrap() == "done");
            if told > 0 && left > 0 {
                left -= 1;
                if left == 0 {
                    std::thread::sleep(Duration::from_micros(chance.hash_one(round) % 10_000));
                    child.kill().unwrap();
                }
            }
        }
        assert!(!child.wait().unwrap().success());
        let named = (0..).map(|n| backup(&path, n)).take_while(|backup| backup.exists());
        let named = named.collect::<Vec<_>>();
        assert!(named.len() >= told, "{told} were told of, and {} are there", named.len());
        let half = beside(&backup(&path, named.len()), ".part");
        halves += usize::from(half.exists());
        for made in &named {
            assert_eq!(is_whole(&SqliteStore::open(made).unwrap(), "19").await, Some(true), "round {round}");
        }
        let parts = (0..=named.len()).map(|n| beside(&backup(&path, n), ".part"));
        for file in named.iter().cloned().chain(parts) {
            let _ = fs::remove_file(file);
        }
        if halves >= 5 {
            return;
        }
        assert!(round < 200, "{halves}");
    }
}

#[tokio::test]
#[ignore = "the process that the test above kills"]
async fn backs_up_until_it_is_killed() {
    let path = PathBuf::from(std::env::var_os(PATH).unwrap());
    let store = SqliteStore::open(&path).unwrap();
    for n in 0.. {
        store.backup(backup(&path, n)).await.unwrap();
        std::io::stdout().lock().write_all(b"\ndone\n").unwrap();
    }
}

fn backup(of: &Path, n: usize) -> PathBuf {
    beside(of, &format!(".backup-{n}"))
}
