//! A store whose shared secrets are encrypted.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use oauth_sansio::{Digest, Family, Secret, Timestamp, base64url};
use oauth_store::{
    IssuerStore, Key, MemoryStore, Own, Owner, Put, Record, SealedStore, Store, StoreError, Table, Tenant,
    Vault, Writes, kit,
};
use oauth1_core::server as core1;

const ISSUER: &str = "https://photos.example.net";
const LATER: Timestamp = Timestamp::from_unix(2_000_000_000);

/// No cipher for any use but this: a pad and a tag from a hash of key, row and secret.
struct Toy(&'static str);

impl Toy {
    fn pad(&self, row: &Key, secret: &[u8]) -> Vec<u8> {
        let pad = Digest::of_parts(&[self.0.as_bytes(), row.id.as_bytes(), &[row.table as u8]]);
        secret.iter().zip(pad.as_bytes().iter().cycle()).map(|(byte, pad)| byte ^ pad).collect()
    }

    fn tag(&self, row: &Key, secret: &[u8]) -> Digest {
        Digest::of_parts(&[self.0.as_bytes(), row.id.as_bytes(), secret])
    }
}

impl Vault for Toy {
    fn seal(&self, row: &Key, secret: &Secret) -> Result<Secret, StoreError> {
        let secret = secret.expose().as_bytes();
        let sealed = [self.tag(row, secret).as_bytes(), self.pad(row, secret).as_slice()].concat();
        Ok(base64url::encode(&sealed).into())
    }

    fn open(&self, row: &Key, sealed: &Secret) -> Result<Secret, StoreError> {
        let bytes = base64url::decode(sealed.expose().as_bytes()).unwrap_or_default();
        let (tag, padded) = bytes.split_at_checked(32).ok_or(StoreError::Corrupt("short".into()))?;
        let secret = self.pad(row, padded);
        if tag != self.tag(row, &secret).as_bytes() {
            return Err(StoreError::Corrupt("sealed for another row, or with another key".into()));
        }
        String::from_utf8(secret).map(Secret::new).map_err(|error| StoreError::Corrupt(error.into()))
    }

    fn is_current(&self, _: &Secret) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sealed_store_passes_the_kit() {
    kit::run(async || Arc::new(SealedStore::new(Arc::new(MemoryStore::new()), Arc::new(Toy("key"))))).await;
}

fn client(secret: &str) -> core1::Client {
    core1::Client {
        client_id: "app".into(),
        name: "App".into(),
        secret: secret.into(),
        public_key: None,
        callbacks: core1::Callbacks::default(),
        methods: Default::default(),
    }
}

fn token(secret: &str) -> core1::Token {
    core1::Token {
        secret: secret.into(),
        client_id: "app".into(),
        subject: "ann".into(),
        realms: [].into(),
        family: Family::from_bytes([1; 16]),
        issued: Timestamp::from_unix(0),
        expires: None,
        renewal: None,
        key: Default::default(),
    }
}

fn temporary(secret: &str) -> core1::Temporary {
    core1::Temporary {
        secret: secret.into(),
        client_id: "app".into(),
        callback: core1::Callback::OutOfBand,
        realms: [].into(),
        expires: LATER,
    }
}

#[tokio::test]
async fn o36_whoever_reads_the_store_reads_no_shared_secret() {
    let inner = Arc::new(MemoryStore::new());
    let sealed = Arc::new(SealedStore::new(inner.clone(), Arc::new(Toy("key"))));
    let issuer = IssuerStore::new(sealed.clone(), ISSUER);
    let id = Digest::of_token("identifier");
    issuer.register_oauth1(client("secret-of-the-client")).await.unwrap();
    let put = vec![
        core1::Record::Temporary(id, temporary("secret-of-temporary").into()),
        core1::Record::Token(id, token("secret-of-a-token").into()),
    ];
    let _ = issuer.commit_oauth1(&core1::Batch { put, ..Default::default() }).await.unwrap();
    let user = Key::new(Tenant::of(ISSUER), Table::User, Digest::of("ann"));
    let own = Own { subject: None, value: "ann".into(), secret: Some("secret-of-a-person".into()) };
    let put = Put { key: user, record: Record::Own(own.into()), keep_until: None, families: [None, None] };
    let _ = sealed.commit(Writes { put: vec![put], ..Writes::default() }).await.unwrap();

    // The provider reads what was written.
    let wanted = core1::Wanted {
        client: Some("app".into()),
        temporary: Some(id),
        token: Some(id),
        ..Default::default()
    };
    let facts = issuer.load_oauth1(&wanted).await.unwrap();
    assert_eq!(*facts.client.unwrap(), client("secret-of-the-client"));
    assert_eq!(*facts.temporary.unwrap().record, temporary("secret-of-temporary"));
    assert_eq!(*facts.token.unwrap().record, token("secret-of-a-token"));
    let listed = sealed.list(Owner::Subject("ann"), None, 9).await.unwrap();
    assert!(serde_json::to_string(&listed.rows[0].1.record).unwrap().contains("secret-of-a-token"));

    let Record::Own(own) = sealed.load(&[user]).await.unwrap().remove(0).unwrap().record else { panic!() };
    assert_eq!(own.secret.as_ref().unwrap().expose(), "secret-of-a-person");

    // A thief does not.
    let client = Digest::of("app");
    let keys = [
        (Table::OAuth1Client, client),
        (Table::OAuth1Temporary, id),
        (Table::OAuth1Token, id),
        (Table::User, user.id),
    ]
    .map(|(table, id)| Key::new(Tenant::of(ISSUER), table, id));
    for row in inner.load(&keys).await.unwrap() {
        let row = serde_json::to_string(&row.unwrap().record).unwrap();
        assert!(row.contains("\"secret\"") && !row.contains("secret-of"), "{row}");
    }
}

#[tokio::test]
async fn o36_a_sealed_secret_opens_in_its_own_row_only() {
    let inner = Arc::new(MemoryStore::new());
    let sealed = SealedStore::new(inner.clone(), Arc::new(Toy("key")));
    let [mine, theirs] = ["mine", "theirs"]
        .map(|name| Key::new(Tenant::of(ISSUER), Table::OAuth1Token, Digest::of_token(name)));
    let row = |key, record| Put { key, record, keep_until: None, families: [None, None] };
    let put = vec![row(mine, Record::OAuth1Token(token("a secret").into()))];
    let _ = sealed.commit(Writes { put, ..Default::default() }).await.unwrap();
    assert!(sealed.load(&[mine]).await.is_ok());

    // Somebody who can write copies it to a row of their own, or starts the provider with another key.
    let stolen = inner.load(&[mine]).await.unwrap().remove(0).unwrap().record;
    let _ = inner.commit(Writes { put: vec![row(theirs, stolen)], ..Default::default() }).await.unwrap();
    assert!(matches!(sealed.load(&[theirs]).await, Err(StoreError::Corrupt(_))));
    let other = SealedStore::new(inner, Arc::new(Toy("another key")));
    assert!(matches!(other.load(&[mine]).await, Err(StoreError::Corrupt(_))));
}
