//! The store that the settings name, sealed and measured.

use std::path::Path;
use std::sync::Arc;

use oauth_clock::Clock;
use oauth_sansio::{Secret, base64url};
use oauth_store::{MemoryStore, SealedStore, Store, Tenant};
use oauth_store_postgres::PostgresStore;
use oauth_store_sqlite::{Options, SqliteStore};

use super::metered::MeteredStore;
use super::{Meter, StartError};
use crate::SealKeys;
use crate::admin::Backups;
use crate::config::{Problem, Settings, StoreKind};
use crate::{private_file, server_key};

/// Opens it, or makes it; and tells how it is backed up.
pub(super) async fn open(
    settings: &Settings,
    tenant: Tenant,
    meter: &Meter,
    clock: &dyn Clock,
) -> Result<(Arc<SealedStore>, Backups), StartError> {
    let (kept, backups): (Arc<dyn Store>, _) = match (settings.store.kind, &settings.store.path) {
        (StoreKind::Memory, _) => (Arc::new(MemoryStore::new()), Backups::Memory),
        (StoreKind::Sqlite, Some(path)) => {
            make_folder(&settings.data)?;
            let options = Options { max_bytes: settings.store.max_bytes, ..Options::default() };
            // It looks at all of the file, which may take seconds.
            let opened = {
                let path = path.clone();
                tokio::task::spawn_blocking(move || SqliteStore::open_with(path, &options)).await
            };
            let opened = opened.map_err(|error| Problem::new("store.path", error, "start again"))?;
            let store = Arc::new(opened.map_err(|error| StartError::store(path.clone(), error))?);
            (store.clone(), Backups::Sqlite { store, seal_keys: seal_path(settings)?.to_owned() })
        }
        (StoreKind::Sqlite, None) => {
            return Err(Problem::new("store.path", "it is missing", "name a file").into());
        }
        (StoreKind::Postgres, _) => {
            make_folder(&settings.data)?;
            let opened = PostgresStore::open(&database(settings)?).await;
            (Arc::new(opened.map_err(StartError::database)?), Backups::Postgres)
        }
    };
    let measured = Arc::new(MeteredStore::new(kept, meter.clone()));
    let vault = match settings.store.kind {
        // Nothing of it outlives the process, and neither do its keys.
        StoreKind::Memory => seal_keys(&[new_key(clock)?])?,
        StoreKind::Sqlite | StoreKind::Postgres => {
            seal_keys(&kept_keys(settings, tenant, &*measured, clock).await?)?
        }
    };
    Ok((Arc::new(SealedStore::new(measured, Arc::new(vault))), backups))
}

/// Where the database is, and who may use it.
fn database(settings: &Settings) -> Result<Secret, StartError> {
    const KEY: &str = "store.address";
    let fix =
        "name a file that holds the address of the database, as in \"postgresql://oauth:password@db/oauth\"";
    let Some(path) = &settings.store.address else {
        return Err(Problem::new(KEY, "it is missing", fix).into());
    };
    let lines = private_file::secrets(path).map_err(|error| StartError::file(KEY, &error))?;
    lines.into_iter().next().ok_or_else(|| Problem::new(KEY, "the file is empty", fix).into())
}

fn make_folder(path: &Path) -> Result<(), StartError> {
    private_file::folder(path).map_err(|error| StartError::file("data", &error))
}

/// Those of the file, which is made for a store where nothing is sealed yet.
async fn kept_keys(
    settings: &Settings,
    tenant: Tenant,
    store: &dyn Store,
    clock: &dyn Clock,
) -> Result<Vec<Secret>, StartError> {
    let path = seal_path(settings)?;
    if !path.exists() && server_key::is_there(store, tenant).await? {
        let what = format!("{} is gone, and the store is sealed with a key that is not here", path.display());
        return Err(Problem::new("seal.keys", what, "put the file back").into());
    }
    kept("seal.keys", path, clock)
}

fn seal_path(settings: &Settings) -> Result<&Path, Problem> {
    let missing = || Problem::new("seal.keys", "it is missing", "name a file");
    settings.seal.keys.as_deref().ok_or_else(missing)
}

/// What the operator's commands are allowed with.
pub(super) fn admin_token(settings: &Settings, clock: &dyn Clock) -> Result<Secret, StartError> {
    make_folder(&settings.data)?;
    let path = settings.data.join("admin.token");
    let token = kept("data", &path, clock)?.into_iter().next();
    // An empty file would let everybody in who shows an empty token.
    token.ok_or_else(|| Problem::new("data", format!("{} is empty", path.display()), "remove it").into())
}

/// The secrets in the file, which is made when it is not there.
fn kept(key: &str, path: &Path, clock: &dyn Clock) -> Result<Vec<Secret>, StartError> {
    let failed = |error| StartError::file(key, &error);
    match private_file::secrets(path) {
        Err(error) if error.missing => {
            let made = new_key(clock)?;
            private_file::create(path, &made).map_err(failed)?;
            Ok(vec![made])
        }
        kept => kept.map_err(failed),
    }
}

fn new_key(clock: &dyn Clock) -> Result<Secret, StartError> {
    let key: [u8; 32] = clock.moment()?.entropy().bytes();
    Ok(base64url::encode(&key).into())
}

fn seal_keys(keys: &[Secret]) -> Result<SealKeys, StartError> {
    let wrong = |what: &dyn std::fmt::Display| {
        let fix = "write one of 32 random bytes in base64url on each line, the newest first: `openssl rand 32 | basenc \
                   --base64url -w0 | tr -d =`";
        StartError::from(Problem::new("seal.keys", what, fix))
    };
    let keys = SealKeys::new(keys).map_err(|error| wrong(&error))?;
    keys.ok_or_else(|| wrong(&"there is no key in it"))
}
