//! Requests over HTTP/1.1 with each store behind them, beside a bare hyper server that answers a fixed body, and beside what
//! the store commits by itself; and what a store takes with many living tokens.
//!
//! The server has one processor, with all threads of its store; the load has another. A database server runs where it
//! wants to.

#![allow(clippy::print_stdout, reason = "a report is printed")]

mod load;
mod many;
mod requests;
mod serving;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser as _;
use oauth_bench::cpu::{cores, keep_to, wall_time};
use oauth_bench::directory::Directory;
use oauth_bench::refresh::refresh;
use oauth_bench::{Arguments, setting};
use oauth_sansio::{Outcome, Secret};
use oauth_store::{MemoryStore, Store};
use oauth_store_postgres::{Options, PostgresStore};
use oauth_store_sqlite::SqliteStore;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::load::{Asking, Seen};
use crate::requests::{KINDS, Kind};

/// How many requests are on their way at once.
const WAVES: [usize; 4] = [1, 16, 64, 256];

/// The address of the database to measure.
const POSTGRES: &str = "OAUTH_BENCH_POSTGRES";

fn main() -> anyhow::Result<()> {
    let Arguments { group, rounds } = Arguments::parse();
    if "oauth-stores-hyper".contains(&group) {
        over_hyper(rounds)?;
    }
    many::run(&group)
}

fn over_hyper(rounds: usize) -> anyhow::Result<()> {
    let cores = cores()?;
    let [first, .., last] = &*cores else { anyhow::bail!("this takes two processors") };
    let directory = Directory::new()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // A store's threads stay where they were started.
    keep_to(*last)?;
    let sqlite = SqliteStore::open(directory.path().join("oauth.db"))?;
    let mut stores: Vec<(&str, Arc<dyn Store>)> =
        vec![("memory", Arc::new(MemoryStore::new())), ("sqlite", Arc::new(sqlite))];
    match std::env::var(POSTGRES) {
        Ok(address) => {
            let options = Options { schema: "oauth_bench_hyper".into(), ..Options::default() };
            let address = Secret::new(address);
            let store = runtime.block_on(PostgresStore::open_with(&address, &options))?;
            stores.push(("postgres", Arc::new(store)));
        }
        Err(_) => println!("\noauth-store-postgres is left out: {POSTGRES} names no database"),
    }
    println!("\noauth-stores-hyper: {rounds} requests and more on each line, microseconds\n");
    println!(
        "  {:<9} {:<28} {:>7} {:>11} {:>8} {:>8} {:>8} {:>8}",
        "store", "request", "at once", "requests/s", "p50", "p90", "p99", "p99.9"
    );
    for (name, store) in stores {
        keep_to(*last)?;
        let issuer = runtime.block_on(setting::with_client(store.clone()))?;
        runtime.block_on(issuer.register_oauth1(serving::printer()))?;
        let body = Bytes::from_static(&[b'7'; 180]);
        let addresses = serving::start(issuer.clone(), body)?;
        keep_to(*first)?;
        let tokens = runtime.block_on(tokens(addresses.provider))?;
        for wave in WAVES {
            let each = rounds.max(wave * 16).div_ceil(wave);
            let bare = || -> Asking {
                let request = requests::post("token", "grant_type=client_credentials&scope=photos");
                Box::new(move |_| request.clone())
            };
            let askings = (0..wave).map(|_| bare()).collect();
            print(
                name,
                "bare hyper, nothing stored",
                wave,
                &runtime.block_on(load::load(addresses.bare, each, askings))?,
            );
            let store = store.clone();
            print(name, "commits of a refresh alone", wave, &runtime.block_on(commits(store, wave, each))?);
            for (kind, what) in KINDS {
                let askings = runtime.block_on(kind.askings(&issuer, wave, each, &tokens))?;
                let address = if kind == Kind::OAuth1 { addresses.api } else { addresses.provider };
                print(name, what, wave, &runtime.block_on(load::load(address, each, askings))?);
            }
        }
    }
    Ok(())
}

/// Access tokens to look at.
async fn tokens(address: std::net::SocketAddr) -> anyhow::Result<Vec<String>> {
    let mut stream = TcpStream::connect(address).await?;
    let mut tokens = Vec::new();
    for _ in 0..256 {
        let request = requests::post("token", "grant_type=client_credentials&scope=photos");
        tokens.push(requests::member(&load::exchange(&mut stream, &request).await?, "access_token"));
    }
    Ok(tokens)
}

/// What the store does without a server: commits of two records and a mark.
async fn commits(store: Arc<dyn Store>, wave: usize, each: usize) -> anyhow::Result<Seen> {
    let mut tasks = JoinSet::new();
    let start = wall_time();
    for number in 0..wave {
        let store = store.clone();
        tasks.spawn(async move {
            let mut latencies: Vec<Duration> = Vec::with_capacity(each);
            for _ in 0..each {
                let writes = refresh(&format!("person-{number}"));
                let start = wall_time();
                let outcome = store.commit(writes).await;
                assert_eq!(outcome.expect("is committed"), Outcome::Applied);
                latencies.push(wall_time() - start);
            }
            latencies
        });
    }
    let latencies = tasks.join_all().await.concat();
    Ok(Seen::of(latencies, wall_time() - start))
}

fn print(store: &str, what: &str, wave: usize, seen: &Seen) {
    let [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map(|share| seen.percentile(share));
    let rate = seen.per_second();
    println!("  {store:<9} {what:<28} {wave:>7} {rate:>11.0} {p50:>8.0} {p90:>8.0} {p99:>8.0} {p999:>8.0}");
}
