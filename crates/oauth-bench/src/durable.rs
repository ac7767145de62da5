//! What a commit to the SQLite store takes beside what the disk takes for a write of the same size: time on the wall, as most
//! of it is spent waiting.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oauth_bench::cpu::wall_time;
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Digest, Family, Outcome};
use oauth_store::{Key, Mark, Put, Record, Store as _, Table, Tenant, Writes};
use oauth_store_sqlite::SqliteStore;
use oauth2_core::Scopes;
use oauth2_core::server::{Access, Authorization};
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Case, compare};

/// How many commit at once.
const WAVES: [usize; 4] = [1, 16, 64, 256];

/// About what a refresh writes: two records, their keys, and a mark.
const BYTES: usize = 1024;

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let directory = Directory::new()?;
    let durable = Durable {
        store: Arc::new(SqliteStore::open(directory.0.join("oauth.db"))?),
        runtime: Builder::new_current_thread().build()?,
    };
    let mut log = File::create(directory.0.join("log"))?;
    let mut cases = vec![Case::elsewhere("append and fdatasync", move |runs| {
        let append = |_| log.write_all(&[7; BYTES]).and_then(|()| log.sync_data()).expect("is written");
        timed(|| (0..runs).for_each(append))
    })];
    for wave in WAVES {
        let name = format!("a refresh is committed, {wave} at once");
        let durable = &durable;
        cases.push(Case::elsewhere(name, move |runs| {
            let batches: Vec<Vec<_>> = (0..runs).map(|_| (0..wave).map(|_| refresh()).collect()).collect();
            timed(|| batches.into_iter().for_each(|wave| durable.commit(wave))) / wave as f64
        }));
    }
    let known = refresh();
    let keys: Vec<_> = known.put.iter().map(|put| put.key).collect();
    durable.commit(vec![known]);
    let durable = &durable;
    cases.push(Case::elsewhere("two rows are loaded", move |runs| {
        timed(|| (0..runs).for_each(|_| durable.load(&keys)))
    }));
    compare("oauth-store-sqlite: time on the wall, as multiples of one wait for the disk", rounds, cases);
    Ok(())
}

struct Durable {
    store: Arc<SqliteStore>,
    runtime: Runtime,
}

impl Durable {
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

/// A refresh token is spent, an access token and a refresh token are new; each in a family of its own.
fn refresh() -> Writes {
    let moment = SystemClock.moment().expect("the machine has a clock and randomness");
    let now = moment.now();
    let mut entropy = moment.entropy();
    let tenant = Tenant::of("https://as.example.com");
    let mut key = |table| Key::new(tenant, table, Digest::of_token(entropy.token(now).expose()));
    let (old, keys) = (key(Table::OAuth2Refresh), [key(Table::OAuth2Access), key(Table::OAuth2Refresh)]);
    let family = Family::from_bytes(entropy.bytes());
    let hour = now.plus(Duration::from_secs(3600));
    let put = |key| {
        let authorization = Authorization::new("app", Some("ann".into()), Scopes::none(), family);
        let access = Access {
            authorization: authorization.into(),
            binding: None,
            signed: false,
            claims: None,
            issued: now,
            expires: hour,
        };
        let record = Record::OAuth2Access(Arc::new(access));
        Put { key, record, keep_until: Some(hour), families: [Some(family), None] }
    };
    Writes {
        spend: vec![Mark { key: old, at: now, keep_until: hour }],
        put: keys.map(put).into(),
        revoke: vec![],
    }
}

/// Nanoseconds on the wall.
fn timed(run: impl FnOnce()) -> f64 {
    let start = wall_time();
    run();
    (wall_time() - start).as_nanos() as f64
}

/// On the disk of the build, as the directory for temporary files may be in memory; it goes with the run.
struct Directory(PathBuf);

impl Directory {
    fn new() -> std::io::Result<Self> {
        let path = std::env::current_exe()?.with_file_name(format!("durable-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
