//! Users in a store: who they are, and what ends with what.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use oauth_clock::ManualClock;
use oauth_provider::{AddUserError, MAX_PASSWORD, StoredUsers, Users as _};
use oauth_sansio::{Digest, Secret, Timestamp};
use oauth_store::{IssuerStore, Key, MemoryStore, Own, Owner, Put, Record, Store as _, Table, Writes};

const ISSUER: &str = "https://as.example.com";

fn stage() -> (Arc<MemoryStore>, StoredUsers) {
    let store = Arc::new(MemoryStore::new());
    let users = at(store.clone(), ISSUER);
    (store, users)
}

/// One process of a provider.
fn at(store: Arc<MemoryStore>, issuer: &str) -> StoredUsers {
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
    StoredUsers::new(IssuerStore::new(store, issuer), clock).unwrap()
}

fn password() -> Secret {
    Secret::new("correct horse")
}

async fn subject(users: &StoredUsers, name: &str, password: &str) -> Option<String> {
    users.verify(name, &Secret::new(password)).await.unwrap().map(|user| user.subject)
}

/// The one row of a user.
async fn row(store: &MemoryStore, subject: &str) -> (Key, Arc<Own>) {
    let page = store.list(Owner::Subject(subject), None, 16).await.unwrap();
    let mut rows = page.rows.into_iter().filter(|(key, _)| key.table == Table::User);
    match rows.next() {
        Some((key, row)) => match row.record {
            Record::Own(own) => (key, own),
            other => panic!("{other:?}"),
        },
        None => panic!("no row"),
    }
}

#[tokio::test]
async fn a_user_is_known_by_every_process_and_to_one_issuer() {
    let (store, users) = stage();
    let added = users.add("Alice", &password()).await.unwrap();
    let (other_process, other_issuer) = (at(store.clone(), ISSUER), at(store, "https://other.example.com"));
    for name in ["alice", "ALICE", "\u{ff21}lice"] {
        assert_eq!(subject(&other_process, name, "correct horse").await.as_ref(), Some(&added.subject));
    }
    for (name, password) in
        [("alice", "Correct horse"), ("alice", ""), ("bob", "correct horse"), ("", ""), ("a b", "x")]
    {
        assert_eq!(subject(&users, name, password).await, None, "{name} {password}");
    }
    assert_eq!(subject(&other_issuer, "alice", "correct horse").await, None);
}

#[tokio::test]
async fn names_and_passwords_have_bounds_and_a_name_is_given_once_however_it_is_spelt() {
    let (_, users) = stage();
    users.add("alice", &password()).await.unwrap();
    for name in ["alice", "Alice", "ａｌｉｃｅ"] {
        assert!(matches!(users.add(name, &password()).await, Err(AddUserError::Taken)), "{name}");
    }
    for name in ["", "a b", "bo\u{200b}b", "bo\u{202e}b"] {
        assert!(matches!(users.add(name, &password()).await, Err(AddUserError::Username)), "{name:?}");
    }
    for password in ["", "1234567", "control\u{7}s", &"x".repeat(MAX_PASSWORD + 1)] {
        let added = users.add("bob", &Secret::new(password)).await;
        assert!(matches!(added, Err(AddUserError::Password)), "{password:?}");
    }
}

#[tokio::test]
async fn of_two_who_take_a_name_at_once_one_has_it() {
    let (store, users) = stage();
    let other = at(store, ISSUER);
    let (one_password, other_password) = (Secret::new("password one"), Secret::new("password two"));
    let (one, two) = tokio::join!(users.add("alice", &one_password), other.add("alice", &other_password));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let winner = if one.is_ok() { "password one" } else { "password two" };
    assert!(subject(&users, "alice", winner).await.is_some());
}

#[tokio::test]
async fn a_new_password_is_the_only_one_and_ends_what_the_old_one_opened() {
    let (store, users) = stage();
    users.add("alice", &password()).await.unwrap();
    let before = users.verify("alice", &password()).await.unwrap().unwrap();
    let after = users.set_password("Alice", &Secret::new("battery staple")).await.unwrap();
    assert_eq!(before.subject, after.subject);
    assert_ne!(before.proof, after.proof);
    assert_eq!(subject(&users, "alice", "correct horse").await, None);
    assert_eq!(users.verify("alice", &Secret::new("battery staple")).await.unwrap(), Some(after));

    // A login by the old password that is written only now, and a sweep in between, which must not lose the tombstone.
    store.sweep(Timestamp::from_unix(1_800_000_000), usize::MAX).await.unwrap();
    let key = Key::new(IssuerStore::new(store.clone(), ISSUER).tenant(), Table::Login, Digest::of("late"));
    let own = Own { subject: Some(before.subject), value: serde_json::Value::Null, secret: None };
    let late =
        Put { key, record: Record::Own(Arc::new(own)), keep_until: None, families: [None, before.proof] };
    let _ = store.commit(Writes { put: vec![late], ..Writes::default() }).await.unwrap();
    assert!(store.load(&[key]).await.unwrap()[0].as_ref().unwrap().revoked);
}

#[tokio::test]
async fn whoever_is_disabled_cannot_log_in_until_enabled() {
    let (_, users) = stage();
    users.add("alice", &password()).await.unwrap();
    users.disable("alice").await.unwrap();
    assert!(users.find("alice").await.unwrap().unwrap().disabled);
    assert_eq!(subject(&users, "alice", "correct horse").await, None);
    users.set_password("alice", &Secret::new("battery staple")).await.unwrap();
    assert_eq!(subject(&users, "alice", "battery staple").await, None, "another password opens nothing");
    users.enable("alice").await.unwrap();
    assert!(subject(&users, "alice", "battery staple").await.is_some());
}

#[tokio::test]
async fn a_name_is_free_when_its_user_is_gone_and_the_subject_is_never_given_again() {
    let (_, users) = stage();
    let first = users.add("alice", &password()).await.unwrap();
    users.remove("alice").await.unwrap();
    assert_eq!(users.find("alice").await.unwrap(), None);
    assert_eq!(subject(&users, "alice", "correct horse").await, None);
    assert!(matches!(users.remove("alice").await, Err(AddUserError::Unknown)));
    assert!(matches!(users.set_password("alice", &password()).await, Err(AddUserError::Unknown)));
    let second = users.add("alice", &password()).await.unwrap();
    assert_ne!(first.subject, second.subject);
    assert_eq!(subject(&users, "alice", "correct horse").await, Some(second.subject));
}

#[tokio::test]
async fn users_are_listed_page_by_page_without_those_who_are_gone() {
    let (_, users) = stage();
    for name in ["alice", "bob", "carol"] {
        users.add(name, &password()).await.unwrap();
    }
    users.remove("bob").await.unwrap();
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = users.list(after, 1).await.unwrap();
        names.extend(page.users.into_iter().map(|user| user.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    names.sort();
    assert_eq!(names, ["alice", "carol"]);
}

#[tokio::test]
async fn only_the_hash_of_a_password_is_kept_and_never_printed() {
    let (store, users) = stage();
    let added = users.add("alice", &password()).await.unwrap();
    let (_, own) = row(&store, &added.subject).await;
    let hash = own.secret.as_ref().unwrap().expose();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    for printed in [format!("{own:?}"), format!("{users:?}"), own.value.to_string()] {
        assert!(!printed.contains("argon2") && !printed.contains("correct horse"), "{printed}");
    }
}

#[tokio::test]
async fn a_hash_that_was_cheaper_is_made_anew_at_the_next_login_which_ends_nothing() {
    let (store, users) = stage();
    let added = users.add("alice", &password()).await.unwrap();
    let proof = users.verify("alice", &password()).await.unwrap().unwrap().proof;
    let (key, own) = row(&store, &added.subject).await;
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let cheap = cheap.hash_password_with_salt(b"correct horse", &[7; 16]).unwrap();
    let own = Own { secret: Some(cheap.to_string().into()), ..(*own).clone() };
    let old = Put { key, record: Record::Own(Arc::new(own)), keep_until: None, families: [proof, None] };
    let _ = store.commit(Writes { put: vec![old], ..Writes::default() }).await.unwrap();

    assert_eq!(subject(&users, "alice", "wrong horse").await, None);
    assert!(row(&store, &added.subject).await.1.secret.as_ref().unwrap().expose().contains("m=8,"));
    let user = users.verify("alice", &password()).await.unwrap().unwrap();
    assert_eq!(user.proof, proof);
    let (_, own) = row(&store, &added.subject).await;
    assert!(own.secret.as_ref().unwrap().expose().contains("m=19456,"));
    assert!(subject(&users, "alice", "correct horse").await.is_some());
}
