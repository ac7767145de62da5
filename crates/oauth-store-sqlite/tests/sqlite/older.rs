//! A file of an older version is taken over whole, or stays what it is.
//!
//! `version-1.db` was written by the program of that version: twelve exchanges; users who are kept for ever (`ann`), for
//! long (`bob`) and no more (`eve`); tombstones of their families, and one of a family that never had a row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oauth_sansio::{Digest, Outcome, Tick, Timestamp};
use oauth_store::{Key, Owner, Store as _, Table, Tenant};
use oauth_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::directory::Directory;
use oauth_store::kit::exchange::{LATER, exchange, write};

const VERSION_1: &[u8] = include_bytes!("version-1.db");

/// Where the process that is killed finds its file.
const PATH: &str = "OAUTH_STORE_SQLITE_OLDER";

#[tokio::test]
async fn all_that_an_older_file_has_is_there_and_it_goes_on() {
    let directory = Directory::new("older");
    let path = older(&directory);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(version(&path), 2);
    for n in 0..12 {
        let batch = exchange(&n.to_string());
        assert_eq!(store.commit(batch.clone()).await.unwrap(), Outcome::Lost(0), "{n} is spent");
        let keys = batch.put.iter().map(|put| put.key).collect::<Vec<_>>();
        for (row, put) in store.load(&keys).await.unwrap().into_iter().zip(batch.put) {
            let row = row.unwrap();
            assert_eq!((row.record, row.spent, row.revoked), (put.record, None, false), "{n}");
        }
    }
    let users = store.load(&["ann", "bob", "eve"].map(user)).await.unwrap();
    assert!(users.iter().flatten().all(|row| row.revoked));
    assert_eq!(users.iter().flatten().count(), 3);
    let page = store.list(Owner::Subject("7"), None, 10).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2, None));
    write(&store, "new").await;
}

#[tokio::test]
async fn marks_of_an_older_file_tell_their_second_as_ticks() {
    let directory = Directory::new("ticks");
    let path = older(&directory);
    // The end of time as well, which no tick reaches.
    let marked = exchange("0").put.remove(0).key.to_bytes();
    let late = exchange("1").put.remove(0).key.to_bytes();
    let connection = Connection::open(&path).unwrap();
    for (key, second) in [(marked, 1_800_000_000), (late, i64::MAX)] {
        connection.execute("INSERT INTO marks VALUES (?, ?, ?)", (key, second, 1_000_000)).unwrap();
    }
    drop(connection);
    let store = SqliteStore::open(&path).unwrap();
    let keys = ["0", "1"].map(|ticket| exchange(ticket).put.remove(0).key);
    let spent: Vec<_> = store.load(&keys).await.unwrap().into_iter().map(|row| row.unwrap().spent).collect();
    let end = Tick::from_unix(i64::MAX as u64 / 4096 * 4096);
    assert_eq!(spent, [Some(Timestamp::from_unix(1_800_000_000).into()), Some(end)]);
}

#[tokio::test]
async fn tombstones_of_an_older_file_are_kept_as_long_as_rows_that_may_need_them() {
    let directory = Directory::new("tombstones");
    let path = older(&directory);
    let store = SqliteStore::open(&path).unwrap();
    let families = || {
        let connection = Connection::open(&path).unwrap();
        let mut select =
            connection.prepare("SELECT substr(hex(family), 1, 2) FROM tombstones ORDER BY 1").unwrap();
        let families = select.query_map((), |row| row.get::<_, String>(0)).unwrap();
        families.collect::<Result<Vec<_>, _>>().unwrap()
    };
    store.sweep(LATER, usize::MAX).await.unwrap();
    assert_eq!(families(), ["01", "02", "03", "04"], "bob is still there");
    store.sweep(Timestamp::from_unix(LATER.as_unix() + 1), usize::MAX).await.unwrap();
    assert_eq!(families(), ["01"], "ann always is");
    assert!(store.load(&[user("ann")]).await.unwrap().remove(0).unwrap().revoked);
    assert!(store.load(&[user("bob")]).await.unwrap().remove(0).is_none());
}

/// The file is taken over in one transaction: whoever is killed before its end leaves the older version.
#[test]
fn z12_a_process_that_is_killed_while_it_takes_a_file_over_leaves_one_of_either_version() {
    let directory = Directory::new("killed-older");
    let mut seen = [0; 2];
    // Enough that it takes a while.
    let large = older(&directory);
    let marks = "INSERT INTO marks SELECT randomblob(41), value, value FROM
        (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 10000) SELECT value FROM n)";
    Connection::open(&large).unwrap().execute_batch(marks).unwrap();
    let whole = contents(&large);
    for round in 0_u64.. {
        // Later and later, so that both versions are seen.
        let path = directory.fresh();
        fs::copy(&large, &path).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "older::opens_a_file"])
            .env(PATH, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round));
        let _ = child.kill();
        child.wait().unwrap();
        let found = version(&path);
        assert!(matches!(found, 1 | 2), "{found}");
        assert_eq!(contents(&path), whole, "round {round}, version {found}");
        seen[found as usize - 1] += 1;
        SqliteStore::open(&path).unwrap();
        assert_eq!((version(&path), contents(&path)), (2, whole.clone()), "round {round}");
        if seen[0] >= 20 && seen[1] >= 20 {
            return;
        }
        assert!(round < 1000, "{seen:?}");
    }
}

#[test]
#[ignore = "the process that the test above kills"]
fn opens_a_file() {
    SqliteStore::open(std::env::var_os(PATH).unwrap()).unwrap();
}

/// Another file of version 1.
fn older(directory: &Directory) -> PathBuf {
    let path = directory.fresh();
    fs::write(&path, VERSION_1).unwrap();
    path
}

fn version(path: &Path) -> u32 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// What both versions have in common: all rows, all marks, all tombstones.
fn contents(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut all = Vec::new();
    for query in [
        "SELECT hex(key) || record || quote(keep_until) || quote(subject) || quote(client) || quote(grown_from)
            || quote(belongs_to) FROM rows ORDER BY key",
        "SELECT hex(key) || keep_until FROM marks ORDER BY key",
        "SELECT hex(family) FROM tombstones ORDER BY family",
    ] {
        let mut select = connection.prepare(query).unwrap();
        all.extend(select.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap));
    }
    all
}

fn user(name: &str) -> Key {
    Key::new(Tenant::of("https://as.example.com"), Table::User, Digest::of(name))
}
