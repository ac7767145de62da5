//! Keys that follow each other: shared by processes, never lost to a clock.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::ManualClock;
use oauth_hyper_server::SigningKeys as _;
use oauth_provider::{CurrentKeys, Rotation, SealKeys, StoredKeys};
use oauth_sansio::{Secret, Timestamp, base64url};
use oauth_store::{IssuerStore, MemoryStore, Owner, Record, SealedStore, Store, Table, Tenant};
use oauth2_core::jose::Algorithm;

const START: u64 = 1_800_000_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ISSUER: &str = "https://id.example.com";

const ROTATION: Rotation = Rotation {
    algorithm: Algorithm::Es256,
    every: Duration::from_secs(30 * 86_400),
    notice: DAY,
    overlap: DAY,
};

struct Place {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
}

impl Place {
    fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(ManualClock::at(Timestamp::from_unix(START))),
        }
    }

    fn keys(&self, rotation: Rotation) -> StoredKeys {
        self.keys_at(&self.clock, rotation)
    }

    fn keys_at(&self, clock: &Arc<ManualClock>, rotation: Rotation) -> StoredKeys {
        StoredKeys::new(self.issuer(), clock.clone(), rotation)
    }

    fn issuer(&self) -> IssuerStore {
        IssuerStore::new(self.store.clone(), ISSUER)
    }

    /// The names that are published now.
    fn published(&self, keys: &CurrentKeys) -> Vec<String> {
        published_at(keys, &self.clock)
    }
}

fn published_at(keys: &CurrentKeys, clock: &ManualClock) -> Vec<String> {
    use oauth_clock::Clock as _;
    let set = keys.ring.published(clock.moment().unwrap().now());
    set.keys().iter().map(|key| key.key_id.clone().unwrap()).collect()
}

#[tokio::test]
async fn the_first_key_signs_at_once_and_is_found_again() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256] {
        let place = Place::new();
        let rotation = Rotation { algorithm, ..ROTATION };
        let first = place.keys(rotation).current().await.unwrap();
        let [name] = <[String; 1]>::try_from(place.published(&first)).unwrap();
        assert!(!first.signers.sign(&name, b"input").await.unwrap().is_empty());
        let again = place.keys(rotation).current().await.unwrap();
        assert_eq!(place.published(&again), [name]);
        assert_eq!(again.version, first.version);
    }
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_behind_until_its_last_token_is_over() {
    let place = Place::new();
    let keys = place.keys(ROTATION);
    let first = place.published(&keys.current().await.unwrap());

    place.clock.advance(ROTATION.every - DAY - Duration::from_secs(1));
    assert_eq!(place.published(&keys.current().await.unwrap()), first, "not due yet");
    place.clock.advance(Duration::from_secs(1));
    let both = place.published(&keys.current().await.unwrap());
    assert_eq!(both.len(), 2, "the next one is known a day before it signs");

    // The rest of its time, and one overlap behind it but for a second.
    place.clock.advance(DAY + DAY - Duration::from_secs(1));
    assert_eq!(place.published(&keys.current().await.unwrap()).len(), 2);
    place.clock.advance(Duration::from_secs(1));
    let after = place.published(&keys.current().await.unwrap());
    assert_eq!(after.len(), 1);
    assert!(!first.contains(&after[0]));

    // And now it can be swept; the one that signs never.
    place.clock.advance(Duration::from_secs(1));
    let now = Timestamp::from_unix(START).plus(ROTATION.every + DAY + Duration::from_secs(1));
    assert!(place.store.sweep(now, 100).await.unwrap() > 0);
    assert_eq!(place.published(&keys.current().await.unwrap()), after);
    assert_eq!(kept(&place).await, 1);
}

async fn kept(place: &Place) -> usize {
    let owner = Owner::Table(Tenant::of(ISSUER), Table::SigningKey);
    place.store.list(owner, None, 100).await.unwrap().rows.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_rotate_at_once_make_one_key() {
    let place = Place::new();
    for round in 1..=3 {
        let processes = (0..8).map(|_| {
            let keys = place.keys(ROTATION);
            tokio::spawn(async move { keys.current().await.unwrap().version })
        });
        let processes: Vec<_> = processes.collect();
        let mut versions = Vec::new();
        for process in processes {
            versions.push(process.await.unwrap());
        }
        versions.dedup();
        assert_eq!(versions.len(), 1, "all have the same ring");
        assert_eq!(kept(&place).await, round);
        place.clock.advance(ROTATION.every);
    }
}

#[tokio::test]
async fn a_clock_that_jumps_loses_no_key() {
    let place = Place::new();
    let before = place.published(&place.keys(ROTATION).current().await.unwrap());

    // A year ahead in one process, which makes a key for then.
    let ahead = Arc::new(ManualClock::at(Timestamp::from_unix(START).plus(365 * DAY)));
    place.keys_at(&ahead, ROTATION).current().await.unwrap();
    let now = place.keys(ROTATION).current().await.unwrap();
    assert!(place.published(&now).contains(&before[0]));
    assert!(now.signers.sign(&before[0], b"x").await.is_ok());

    // The others do not wait for that year: they go on as ever.
    place.clock.advance(ROTATION.every);
    let later = place.published(&place.keys(ROTATION).current().await.unwrap());
    assert_eq!(later.len(), 3, "the first, the one of the far year, and the next");

    // A process whose clock is behind all keys signs all the same.
    let behind = Arc::new(ManualClock::at(Timestamp::from_unix(START).minus(365 * DAY)));
    let old = place.keys_at(&behind, ROTATION).current().await.unwrap();
    assert!(!published_at(&old, &behind).is_empty());
    let back = place.published(&place.keys(ROTATION).current().await.unwrap());
    assert!(later.iter().all(|name| back.contains(name)), "{later:?} {back:?}");
}

#[tokio::test]
async fn another_algorithm_is_announced_before_it_is_used() {
    let place = Place::new();
    let first = place.published(&place.keys(ROTATION).current().await.unwrap());
    let changed = place.keys(Rotation { algorithm: Algorithm::EdDsa, ..ROTATION });
    let both = place.published(&changed.current().await.unwrap());
    assert!(both.contains(&first[0]) && both.len() == 2);
    place.clock.advance(ROTATION.notice);
    assert_eq!(place.published(&changed.current().await.unwrap()).len(), 2, "and one is enough");
}

#[tokio::test]
async fn a_revoked_key_is_neither_published_nor_used() {
    let place = Place::new();
    let keys = place.keys(ROTATION);
    let first = place.published(&keys.current().await.unwrap());
    place.issuer().revoke([StoredKeys::family(&first[0])]).await.unwrap();
    let now = keys.current().await.unwrap();
    assert!(now.signers.sign(&first[0], b"x").await.is_err());
    let after = place.published(&now);
    assert_eq!(after.len(), 1);
    assert!(now.signers.sign(&after[0], b"x").await.is_ok() && !after.contains(&first[0]));
}

#[tokio::test]
async fn no_private_key_is_in_the_store_readable() {
    let bare: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let seal: Secret = base64url::encode(&[7; 32]).into();
    let vault = Arc::new(SealKeys::new(&[seal]).unwrap().unwrap());
    let place = Place { store: Arc::new(SealedStore::new(bare.clone(), vault)), ..Place::new() };
    let keys = place.keys(ROTATION).current().await.unwrap();
    let name = place.published(&keys).remove(0);
    assert!(place.keys(ROTATION).current().await.unwrap().signers.sign(&name, b"x").await.is_ok());

    let owner = Owner::Table(Tenant::of(ISSUER), Table::SigningKey);
    let (_, row) = bare.list(owner, None, 1).await.unwrap().rows.remove(0);
    let Record::Own(own) = row.record else { panic!("not ours") };
    assert!(own.secret.as_ref().unwrap().expose().starts_with("s1."));
    assert!(!own.value.to_string().contains("secret"));
}
