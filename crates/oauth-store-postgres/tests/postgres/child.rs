//! Other processes: this program again, with one test that does what it is told.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use oauth_sansio::Secret;
use oauth_store_postgres::{Options, PostgresStore};

/// Where a child finds its database and schema, and what it is to do.
const ADDRESS: &str = "OAUTH_STORE_POSTGRES_ADDRESS";
const SCHEMA: &str = "OAUTH_STORE_POSTGRES_SCHEMA";
const TASK: &str = "OAUTH_STORE_POSTGRES_TASK";

/// Starts the ignored test of this name in a process of its own.
pub(crate) fn spawn(
    test: &str,
    address: &str,
    options: &Options,
    task: &str,
) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(ADDRESS, address)
        .env(SCHEMA, &options.schema)
        .env(TASK, task)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

/// In the child: what it was told.
pub(crate) fn task() -> String {
    std::env::var(TASK).unwrap()
}

/// In the child: the store.
pub(crate) async fn store() -> PostgresStore {
    let address = Secret::new(std::env::var(ADDRESS).unwrap());
    let schema = std::env::var(SCHEMA).unwrap();
    let options = Options { schema, wait: Duration::from_secs(30), ..Options::default() };
    PostgresStore::open_with(&address, &options).await.unwrap()
}
