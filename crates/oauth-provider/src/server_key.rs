//! The key that the server derives values with (grace period of refresh tokens, DPoP nonces), kept in the store: made by
//! the first process, shared by all.

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::Clock;
use oauth_sansio::{Digest, Secret, base64url};
use oauth_store::{IssuerStore, Key, Mark, Own, Put, Record, Store, StoreError, Table, Tenant, Writes};
use oauth2_core::server::ServerKeys;
use serde_json::Value;

use crate::signing_keys::KeysError;

/// Whoever makes one at the same time has long seen that it is there.
const TO_MAKE: Duration = Duration::from_secs(60 * 60);

pub(crate) async fn stored(issuer: &IssuerStore, clock: &dyn Clock) -> Result<ServerKeys, KeysError> {
    let store = &**issuer.store();
    let key = key(issuer.tenant());
    if let Some(kept) = load(store, key).await? {
        return Ok(ServerKeys::always(kept));
    }
    let moment = clock.moment()?;
    let at = moment.now();
    let drawn: [u8; 32] = moment.entropy().bytes();
    let secret = Some(Secret::new(base64url::encode(&drawn)));
    let record = Record::Own(Arc::new(Own { subject: None, value: Value::Null, secret }));
    let put = vec![Put { key, record, keep_until: None, families: [None, None] }];
    let spend = vec![Mark { key, at: at.into(), keep_until: at.plus(TO_MAKE) }];
    // Whoever has made it, it is there.
    let _ = store.commit(Writes { spend, put, revoke: Vec::new() }).await?;
    let kept = load(store, key).await?;
    kept.map(ServerKeys::always).ok_or_else(|| StoreError::Corrupt("the server key is gone".into()).into())
}

/// Whether somebody has made one: the first thing that is sealed in a store, which need not open for this.
pub(crate) async fn is_there(store: &dyn Store, tenant: Tenant) -> Result<bool, StoreError> {
    Ok(store.load(&[key(tenant)]).await?.pop().flatten().is_some())
}

fn key(tenant: Tenant) -> Key {
    Key::new(tenant, Table::Setting, Digest::of("server key"))
}

async fn load(store: &dyn Store, key: Key) -> Result<Option<[u8; 32]>, StoreError> {
    let corrupt = || StoreError::Corrupt("the server key cannot be read".into());
    match store.load(&[key]).await?.pop().flatten().map(|row| row.record) {
        None => Ok(None),
        Some(Record::Own(own)) => {
            let secret = own.secret.as_ref().ok_or_else(corrupt)?;
            base64url::decode_array(secret.expose().as_bytes()).map(Some).ok_or_else(corrupt)
        }
        Some(_) => Err(corrupt()),
    }
}
