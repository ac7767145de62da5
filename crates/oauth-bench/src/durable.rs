//! What a commit to a durable store takes beside what the disk or the database takes for a write of the same size: time on the
//! wall, as most of it is spent waiting.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use oauth_bench::cpu::wall_time;
use oauth_bench::directory::Directory;
use oauth_bench::refresh::refresh;
use oauth_sansio::{Outcome, Secret};
use oauth_store::{Key, Store, Writes};
use oauth_store_postgres::{Options, PostgresStore};
use oauth_store_sqlite::SqliteStore;
use rusqlite::Connection;
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Case, compare};

/// How many commit at once.
const WAVES: [usize; 4] = [1, 16, 64, 256];

/// The address of the database to measure.
const POSTGRES: &str = "OAUTH_BENCH_POSTGRES";

/// About what a refresh writes: two records, their keys, and a mark.
const BYTES: usize = 1024;

/// How many records these are.
const RECORDS: usize = 3;

pub(crate) fn sqlite(rounds: usize) -> anyhow::Result<()> {
    let directory = Directory::new()?;
    let durable = Durable {
        store: Arc::new(SqliteStore::open(directory.path().join("oauth.db"))?),
        runtime: Builder::new_current_thread().build()?,
    };
    let mut log = File::create(directory.path().join("log"))?;
    let limit = Case::elsewhere("append and fdatasync", move |runs| {
        let append = |_| log.write_all(&[7; BYTES]).and_then(|()| log.sync_data()).expect("is written");
        timed(|| (0..runs).for_each(append))
    });
    let mut beside = vec![limit];
    for wave in WAVES {
        beside.push(plain(&directory, wave)?);
    }
    durable.compare(
        "oauth-store-sqlite: time on the wall, as multiples of one wait for the disk",
        rounds,
        beside,
    );
    Ok(())
}

/// SQLite with nothing around it: three plain rows of the same bytes for each refresh, behind one another, so many in a
/// transaction.
fn plain(directory: &Directory, wave: usize) -> anyhow::Result<Case<'static>> {
    let mut connection = Connection::open(directory.path().join(format!("plain-{wave}.db")))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE plain (row BLOB NOT NULL)")?;
    let mut write = move || -> rusqlite::Result<()> {
        let transaction = connection.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO plain VALUES (?)")?;
        for _ in 0..wave * RECORDS {
            insert.execute((&[7_u8; BYTES / RECORDS][..],))?;
        }
        drop(insert);
        transaction.commit()
    };
    Ok(Case::elsewhere(format!("plain SQLite, as much for {wave} in a transaction"), move |runs| {
        timed(|| (0..runs).for_each(|_| write().expect("is written"))) / wave as f64
    }))
}

/// On a server that is there, over whatever lies between.
pub(crate) fn postgres(rounds: usize) -> anyhow::Result<()> {
    let Ok(address) = std::env::var(POSTGRES) else {
        println!("\noauth-store-postgres is left out: {POSTGRES} names no database");
        return Ok(());
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (client, connection) = runtime.block_on(tokio_postgres::connect(&address, tokio_postgres::NoTls))?;
    runtime.spawn(connection);
    let options = Options { schema: "oauth_bench".into(), ..Options::default() };
    runtime.block_on(client.batch_execute("DROP SCHEMA IF EXISTS oauth_bench CASCADE"))?;
    let store = runtime.block_on(PostgresStore::open_with(&Secret::new(address), &options))?;
    runtime.block_on(client.batch_execute("CREATE TABLE oauth_bench.plain (row bytea NOT NULL)"))?;
    let insert = runtime.block_on(client.prepare("INSERT INTO oauth_bench.plain VALUES ($1)"))?;
    let durable = Durable { store: Arc::new(store), runtime };
    let limit = Case::elsewhere("a plain row is inserted", |runs| {
        let plain = &[7_u8; BYTES][..];
        let insert = |_| durable.runtime.block_on(client.execute(&insert, &[&plain])).expect("is written");
        timed(|| (0..runs).map(insert).for_each(drop))
    });
    durable.compare(
        "oauth-store-postgres: time on the wall, as multiples of a plain row's",
        rounds,
        vec![limit],
    );
    durable.runtime.block_on(client.batch_execute("DROP SCHEMA oauth_bench CASCADE"))?;
    Ok(())
}

struct Durable {
    store: Arc<dyn Store>,
    runtime: Runtime,
}

impl Durable {
    fn compare<'a>(&'a self, group: &str, rounds: usize, mut cases: Vec<Case<'a>>) {
        for wave in WAVES {
            let name = format!("a refresh is committed, {wave} at once");
            cases.push(Case::elsewhere(name, move |runs| {
                let batches: Vec<Vec<_>> =
                    (0..runs).map(|_| (0..wave).map(|_| refresh("ann")).collect()).collect();
                timed(|| batches.into_iter().for_each(|wave| self.commit(wave))) / wave as f64
            }));
        }
        let known = refresh("ann");
        let keys: Vec<_> = known.put.iter().map(|put| put.key).collect();
        self.commit(vec![known]);
        cases.push(Case::elsewhere("two rows are loaded", move |runs| {
            timed(|| (0..runs).for_each(|_| self.load(&keys)))
        }));
        compare(group, rounds, cases);
    }

    fn commit(&self, batches: Vec<Writes>) {
        self.runtime.block_on(async {
            let commit = |writes| {
                let store = Arc::clone(&self.store);
                tokio::spawn(async move { store.commit(writes).await })
            };
            for task in batches.into_iter().map(commit).collect::<Vec<_>>() {
                assert_eq!(task.await.expect("no task panics").expect("is committed"), Outcome::Applied);
            }
        });
    }

    fn load(&self, keys: &[Key]) {
        let rows = self.runtime.block_on(self.store.load(keys)).expect("are loaded");
        assert!(rows.iter().all(Option::is_some));
    }
}

/// Nanoseconds on the wall.
fn timed(run: impl FnOnce()) -> f64 {
    let start = wall_time();
    run();
    (wall_time() - start).as_nanos() as f64
}
