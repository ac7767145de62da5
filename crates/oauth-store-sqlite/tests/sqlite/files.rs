//! Files that are new, newer, damaged, or something else.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use oauth_store::{Store as _, StoreError};
use oauth_store_sqlite::{OpenError, Options, SqliteStore};
use rusqlite::Connection;

use crate::directory::{Directory, beside};
use oauth_store::kit::exchange::{exchange, write};

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_its_log_and_its_backup_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = Directory::new("mode");
    let (path, copy) = (directory.fresh(), directory.fresh());
    let store = SqliteStore::open(&path).unwrap();
    write(&store, "ticket").await;
    store.backup(&copy).await.unwrap();
    for path in [beside(&path, "-wal"), beside(&path, "-shm"), path, copy] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_newer_file_is_refused_by_both_versions_and_not_touched() {
    let directory = Directory::new("newer");
    let path = directory.fresh();
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, known: 2 }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the file has version 99 of the schema, and this program knows versions up to 2"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn the_database_of_another_program_is_refused_and_not_touched() {
    let directory = Directory::new("foreign");
    let path = directory.fresh();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(SqliteStore::open(&path).unwrap_err(), OpenError::Foreign));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_not_touched() {
    let directory = Directory::new("text");
    let path = directory.fresh();
    let text = "no database\n".repeat(1000);
    fs::write(&path, &text).unwrap();
    assert!(matches!(SqliteStore::open(&path).unwrap_err(), OpenError::NotADatabase));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_place_that_is_not_there_is_an_error() {
    let directory = Directory::new("nowhere");
    let error = SqliteStore::open(directory.fresh().join("oauth.db")).unwrap_err();
    assert!(matches!(error, OpenError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_damaged_file_is_refused_wherever_the_damage_is() {
    let directory = Directory::new("damaged");
    for path in damaged(&directory).await {
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Damaged(_) | OpenError::NotADatabase), "{path:?}: {error:?}");
    }
}

/// What takes long to look at is used meanwhile, and no longer than until the damage is found.
#[tokio::test]
async fn damage_that_is_found_beside_ends_all_answers() {
    let directory = Directory::new("beside");
    let options = Options { check_at_once: 0, ..Options::default() };
    let mut opened = 0;
    for path in damaged(&directory).await {
        let store = match SqliteStore::open_with(&path, &options) {
            Ok(store) => store,
            // Some pages are needed to open it.
            Err(OpenError::Damaged(_) | OpenError::NotADatabase) => continue,
            Err(error) => panic!("{path:?}: {error:?}"),
        };
        opened += 1;
        let mut patience = 10_000;
        // This reads nothing of the file.
        while store.load(&[]).await.is_ok() {
            patience -= 1;
            assert!(patience > 0, "{path:?}: the damage is not found");
            std::thread::sleep(Duration::from_millis(1));
        }
        let error = store.commit(exchange("another")).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)), "{path:?}: {error:?}");
    }
    assert!(opened > 10, "{opened}");

    let whole = directory.fresh();
    let store = SqliteStore::open_with(&whole, &options).unwrap();
    write(&store, "ticket").await;
    drop(store);
    let store = SqliteStore::open_with(&whole, &options).unwrap();
    assert!(store.load(&[exchange("ticket").put[0].key]).await.unwrap()[0].is_some());
}

/// Copies of a store, each with another page overwritten.
async fn damaged(directory: &Directory) -> Vec<PathBuf> {
    let whole = directory.fresh();
    let store = SqliteStore::open(&whole).unwrap();
    for n in 0..200 {
        write(&store, n).await;
    }
    drop(store);
    let pages = fs::metadata(&whole).unwrap().len() / 4096;
    assert!(pages > 20, "{pages}");
    let damage = |page| {
        let path = directory.fresh();
        fs::copy(&whole, &path).unwrap();
        let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        file.write_all(&[0xa5; 4096]).unwrap();
        path
    };
    (0..pages).map(damage).collect()
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_that_does_not_tell_it() {
    let directory = Directory::new("record");
    let path = directory.fresh();
    let store = SqliteStore::open(&path).unwrap();
    write(&store, "ticket").await;
    let other = Connection::open(&path).unwrap();
    other.execute("UPDATE rows SET record = '{\"OAuth2Access\": \"topsecret\"}'", ()).unwrap();
    let error = store.load(&[exchange("ticket").put[0].key]).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("topsecret"), "{error:?}");
}
