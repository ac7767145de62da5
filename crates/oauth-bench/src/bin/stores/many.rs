//! What a store takes with few and with many living tokens: memory or file for each, time to open, time of a look at one and of
//! a refresh among them.

use std::sync::Arc;

use anyhow::Context as _;
use oauth_bench::cpu::wall_time;
use oauth_bench::directory::Directory;
use oauth_bench::refresh::refresh;
use oauth_sansio::{Outcome, Secret};
use oauth_store::{Key, MemoryStore, Store, Writes};
use oauth_store_postgres::{Options, PostgresStore};
use oauth_store_sqlite::SqliteStore;
use tokio::runtime::{Builder, Runtime};

use crate::POSTGRES;
use crate::load::Seen;

/// With the name of a store behind it, that store alone.
const GROUP: &str = "oauth-stores-many";

/// How many tokens are alive, where there are many.
const MANY: &str = "OAUTH_BENCH_TOKENS";

/// How many refreshes are put together while a store is filled.
const FILL: usize = 250;

/// How many looks, and how many refreshes.
const LOOKS: usize = 5_000;

/// Of the stores whose group is wanted.
pub(crate) fn run(group: &str) -> anyhow::Result<()> {
    let wanted = |store: &str| format!("{GROUP}-{store}").contains(group);
    if !["memory", "sqlite", "postgres"].into_iter().any(wanted) {
        return Ok(());
    }
    let many = std::env::var(MANY).map_or(Ok(1_000_000), |many| many.parse())?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let database = std::env::var(POSTGRES).ok();
    println!(
        "\n{GROUP}: latencies in microseconds; {MANY} sets how many are many, {POSTGRES} the database\n"
    );
    for count in [1_000, many] {
        if wanted("memory") {
            memory(&runtime, count)?;
        }
        if wanted("sqlite") {
            sqlite(&runtime, count)?;
        }
        match &database {
            Some(address) if wanted("postgres") => runtime.block_on(postgres(&runtime, address, count))?,
            None if wanted("postgres") => println!("  postgres is left out: {POSTGRES} names no database"),
            _ => {}
        }
    }
    Ok(())
}

fn memory(runtime: &Runtime, count: usize) -> anyhow::Result<()> {
    let before = resident()?;
    let store = Arc::new(MemoryStore::new());
    let filled = runtime.block_on(fill(&*store, count))?;
    let bytes = resident()?.saturating_sub(before) as f64 / count as f64;
    println!("  memory, {count} tokens: {bytes:.0} bytes each, {:.0} records/s while filled", filled.rate);
    runtime.block_on(looks(&*store, &filled.keys))
}

fn sqlite(runtime: &Runtime, count: usize) -> anyhow::Result<()> {
    let directory = Directory::new()?;
    let path = directory.path().join("oauth.db");
    let filled = runtime.block_on(fill(&SqliteStore::open(&path)?, count))?;
    let bytes = std::fs::metadata(&path)?.len() as f64 / count as f64;
    let start = wall_time();
    let store = SqliteStore::open(&path)?;
    let opened = (wall_time() - start).as_secs_f64() * 1e3;
    println!(
        "  sqlite, {count} tokens: {bytes:.0} bytes of file each, {:.0} records/s while filled, {opened:.0} ms to open",
        filled.rate
    );
    runtime.block_on(looks(&store, &filled.keys))
}

async fn postgres(runtime: &Runtime, address: &str, count: usize) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await?;
    runtime.spawn(connection);
    client.batch_execute("DROP SCHEMA IF EXISTS oauth_bench_many CASCADE").await?;
    let options = Options { schema: "oauth_bench_many".into(), ..Options::default() };
    let store = PostgresStore::open_with(&Secret::new(address), &options).await?;
    let filled = fill(&store, count).await?;
    drop(store);
    // What the server would do at leisure.
    client.batch_execute("VACUUM ANALYZE").await?;
    let size = "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
        WHERE relkind = 'r' AND relnamespace = 'oauth_bench_many'::regnamespace";
    let bytes = client.query_one(size, &[]).await?.try_get::<_, i64>(0)? as f64 / count as f64;
    let start = wall_time();
    let store = PostgresStore::open_with(&Secret::new(address), &options).await?;
    let opened = (wall_time() - start).as_secs_f64() * 1e3;
    println!(
        "  postgres, {count} tokens: {bytes:.0} bytes of files each, {:.0} records/s while filled, {opened:.0} ms to open",
        filled.rate
    );
    looks(&store, &filled.keys).await?;
    Ok(client.batch_execute("DROP SCHEMA oauth_bench_many CASCADE").await?)
}

struct Filled {
    /// Those of some, in no order.
    keys: Vec<Key>,
    /// How many records a second were written.
    rate: f64,
}

/// Fills a store with tokens of many people, and their marks.
async fn fill(store: &dyn Store, tokens: usize) -> anyhow::Result<Filled> {
    let (mut keys, mut left, mut records) = (Vec::new(), tokens, 0);
    let start = wall_time();
    while left > 0 {
        let mut writes = Writes::default();
        for _ in 0..FILL.min(left.div_ceil(2)) {
            let one = refresh(&format!("person-{}", left / 2));
            left = left.saturating_sub(2);
            writes.spend.extend(one.spend);
            writes.put.extend(one.put);
        }
        // Spread over all of them, in no order.
        keys.extend(writes.put.iter().step_by((tokens / LOOKS).max(1)).map(|put| put.key));
        records += writes.spend.len() + writes.put.len();
        anyhow::ensure!(store.commit(writes).await? == Outcome::Applied, "they are new");
    }
    keys.sort_unstable_by_key(|key| key.id.as_bytes().last().copied());
    Ok(Filled { keys, rate: records as f64 / (wall_time() - start).as_secs_f64() })
}

/// Looks at tokens, and refreshes in between, for persons of whom most have tokens already.
async fn looks(store: &dyn Store, keys: &[Key]) -> anyhow::Result<()> {
    let mut latencies = [Vec::with_capacity(LOOKS), Vec::with_capacity(LOOKS)];
    let start = wall_time();
    for (number, key) in keys.iter().cycle().take(LOOKS).enumerate() {
        let begin = wall_time();
        let found = store.load(&[*key]).await?;
        latencies[0].push(wall_time() - begin);
        anyhow::ensure!(found.iter().all(Option::is_some), "it is there");
        // Far apart from each other.
        let writes = refresh(&format!("person-{}", number * 997));
        let begin = wall_time();
        anyhow::ensure!(store.commit(writes).await? == Outcome::Applied, "they are new");
        latencies[1].push(wall_time() - begin);
    }
    let whole = wall_time() - start;
    for (what, latencies) in ["a token is looked at", "a refresh is committed"].into_iter().zip(latencies) {
        let seen = Seen::of(latencies, whole);
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| seen.percentile(share));
        println!("    {what:<24} p50 {p50:>6.1}  p99 {p99:>6.1}  p99.9 {p999:>6.1}");
    }
    Ok(())
}

/// How much memory this process has, in bytes.
fn resident() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
