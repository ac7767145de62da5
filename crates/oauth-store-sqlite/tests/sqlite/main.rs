//! What the store holds, on files.
#![allow(clippy::unwrap_used, reason = "a test")]

mod backups;
mod directory;
mod files;
mod groups;
mod killed;
mod limits;
mod older;

use std::sync::Arc;

use directory::Directory;
use oauth_store::kit;
use oauth_store_sqlite::SqliteStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn z12_the_sqlite_store_passes_the_kit() {
    let directory = Directory::new("kit");
    kit::run(async || Arc::new(SqliteStore::open(directory.fresh()).unwrap())).await;
}
