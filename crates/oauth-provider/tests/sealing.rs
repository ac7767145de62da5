//! What is sealed is sealed anew, beside those who write.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oauth_provider::SealKeys;
use oauth_sansio::{Digest, Family, Secret, Timestamp, base64url};
use oauth_store::{Key, MemoryStore, Own, Put, Record, Resealed, SealedStore, Store, Table, Tenant, Writes};

const ISSUER: &str = "https://as.example.com";
const ROWS: u32 = 600;
const FAMILY: Family = Family::from_bytes([1; 16]);

fn behind(store: &Arc<MemoryStore>, keys: &[u8]) -> SealedStore {
    let keys: Vec<Secret> = keys.iter().map(|byte| base64url::encode(&[*byte; 32]).into()).collect();
    SealedStore::new(store.clone(), Arc::new(SealKeys::new(&keys).unwrap().unwrap()))
}

fn key(issuer: &str, number: u32) -> Key {
    Key::new(Tenant::of(issuer), Table::User, Digest::of(number.to_string()))
}

/// A third of them is kept for a while.
fn row(number: u32, secret: &str) -> Put {
    let own = Own { subject: None, value: number.into(), secret: Some(secret.into()) };
    let keep_until = number.is_multiple_of(3).then_some(Timestamp::from_unix(100));
    Put {
        key: key(ISSUER, number),
        record: Record::Own(own.into()),
        keep_until,
        families: [Some(FAMILY), None],
    }
}

async fn commit(store: &impl Store, writes: Writes) {
    let _ = store.commit(writes).await.unwrap();
}

/// All of it, in bites of seven.
async fn reseal(store: &SealedStore) -> Resealed {
    let (mut all, mut after) = (Resealed::default(), None);
    loop {
        let told = store.reseal(Tenant::of(ISSUER), after, 7).await.unwrap();
        assert!(told.seen <= 7);
        all.seen += told.seen;
        all.resealed += told.resealed;
        all.unopened += told.unopened;
        after = told.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn secret(store: &impl Store, number: u32) -> Option<String> {
    let row = store.load(&[key(ISSUER, number)]).await.unwrap().remove(0)?;
    let Record::Own(own) = row.record else { return None };
    own.secret.as_ref().map(|secret| secret.expose().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_others_write_stays_and_what_they_remove_stays_away_while_everything_is_sealed_anew() {
    let kept = Arc::new(MemoryStore::new());
    let old = behind(&kept, &[1]);
    for number in 0..ROWS {
        commit(&old, Writes { put: vec![row(number, "old")], ..Writes::default() }).await;
    }
    let both = Arc::new(behind(&kept, &[2, 1]));
    let begun = Arc::new(AtomicBool::new(false));
    // Another process has the old key still. It writes every fifth row, from the last one to the first, and sweeps.
    let writer = {
        let begun = begun.clone();
        tokio::spawn(async move {
            while !begun.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            for number in (0..ROWS).rev().filter(|number| number % 5 == 1 && number % 3 != 0) {
                commit(&old, Writes { put: vec![row(number, "new")], ..Writes::default() }).await;
                old.sweep(Timestamp::from_unix(101), 5).await.unwrap();
            }
        })
    };
    let sealer = tokio::spawn({
        let both = both.clone();
        async move {
            begun.store(true, Ordering::SeqCst);
            reseal(&both).await
        }
    });
    writer.await.unwrap();
    assert_eq!(sealer.await.unwrap().unopened, 0);
    // What that process has written behind it is found now, and nothing the next time.
    reseal(&both).await;
    assert_eq!(reseal(&both).await.resealed, 0);

    let new = behind(&kept, &[2]);
    new.sweep(Timestamp::from_unix(101), usize::MAX).await.unwrap();
    for number in 0..ROWS {
        let expected = match number {
            _ if number % 3 == 0 => None,
            _ if number % 5 == 1 => Some("new"),
            _ => Some("old"),
        };
        assert_eq!(secret(&new, number).await.as_deref(), expected, "{number}");
    }
    commit(&new, Writes { revoke: vec![FAMILY], ..Writes::default() }).await;
    assert!(new.load(&[key(ISSUER, 1)]).await.unwrap().remove(0).unwrap().revoked, "it has its family");
}

#[tokio::test]
async fn what_opens_with_no_key_is_counted_and_stays_and_other_issuers_are_left_alone() {
    let kept = Arc::new(MemoryStore::new());
    let lost = row(1, "lost");
    commit(&behind(&kept, &[9]), Writes { put: vec![lost], ..Writes::default() }).await;
    let elsewhere = Put { key: key("https://other.example.com", 1), ..row(1, "theirs") };
    let put = vec![row(2, "ours"), elsewhere];
    commit(&behind(&kept, &[1]), Writes { put, ..Writes::default() }).await;
    let told = reseal(&behind(&kept, &[2, 1])).await;
    assert_eq!(told, Resealed { seen: 2, resealed: 1, unopened: 1, next: None });
    assert_eq!(secret(&behind(&kept, &[2]), 2).await.as_deref(), Some("ours"));
    assert_eq!(secret(&behind(&kept, &[9]), 1).await.as_deref(), Some("lost"), "its key may come back");
    let theirs = behind(&kept, &[1]).load(&[key("https://other.example.com", 1)]).await.unwrap();
    assert!(theirs[0].is_some());
}
