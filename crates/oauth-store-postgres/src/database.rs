//! The database: where it is, and how it is opened.

use std::error::Error;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, Pool, PoolError};
use oauth_sansio::Secret;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;

use crate::failure::{pooled, told};
use crate::{schema, tls};

/// How a store uses its database.
#[derive(Clone, Debug)]
pub struct Options {
    /// The schema that the tables are in; it is made where there is none. `oauth`, unless set.
    pub schema: String,
    /// How many connections to have at most; all processes together may have as many as the server allows. 16, unless set.
    pub connections: usize,
    /// How long to wait for a connection, and then for the server to do what it is asked; after either the request fails.
    /// Five seconds, unless set.
    pub wait: Duration,
    /// The certificates that vouch for the server's, in PEM. Those of the public web, unless set.
    pub roots: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { schema: "oauth".into(), connections: 16, wait: Duration::from_secs(5), roots: None }
    }
}

/// A database was not opened as a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address cannot be read. It may hold a password, so nothing of it is told.
    #[error("the address is no PostgreSQL URL, and no list of parameters")]
    Address,
    /// A schema cannot have this name.
    #[error("the name of a schema is 1 to 63 bytes, none of them zero")]
    Schema,
    /// The certificates cannot be read.
    #[error("the root certificates cannot be read: {0}")]
    Roots(#[source] Box<dyn Error + Send + Sync>),
    /// The database knows no such user, or not with this password.
    #[error("the database refuses the user: {0}")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// It cannot be reached, read or written.
    #[error("the store cannot be opened: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The schema holds what another program made.
    #[error("the schema is another program's")]
    Foreign,
    /// A newer version of this program has written it.
    #[error("the database has version {found} of the schema, and this program knows versions up to {known}")]
    Newer {
        /// The version of the database.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(&(SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION)) => {
                Self::Refused(told(&error))
            }
            _ => Self::Unavailable(told(&error)),
        }
    }
}

impl From<PoolError> for OpenError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            error => Self::Unavailable(pooled(error)),
        }
    }
}

/// What is set in every connection, whatever the server's and the user's defaults are. All that is asked is looked up in an
/// index: a plan that is made once does, and one that is made while there are few rows must do when there are many.
const SETTINGS: &str = "
    SET default_transaction_isolation = 'read committed';
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
";

/// After how long without a word a connection is tested, so that one whose other end has vanished is not found by a request.
const IDLE: Duration = Duration::from_secs(60);

/// Connections to a database that has this program's tables.
pub(crate) async fn open(address: &Secret, options: &Options) -> Result<Pool, OpenError> {
    if !(1..=63).contains(&options.schema.len()) || options.schema.contains('\0') {
        return Err(OpenError::Schema);
    }
    let manager = Manager::new(config(address, options)?, tls::connector(options.roots.as_deref())?);
    let settings = format!(
        "{SETTINGS} SET statement_timeout = {}; SET search_path = {}, pg_temp;",
        options.wait.as_millis().clamp(1, i32::MAX as u128),
        schema::quoted(&options.schema),
    );
    let set = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
        let settings = settings.clone();
        Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
    });
    let pool = Pool::builder(manager).max_size(options.connections).post_create(set).build();
    let pool = pool.map_err(|error| OpenError::Unavailable(Box::new(error)))?;
    let mut client = timeout(options.wait, pool.get())
        .await
        .map_err(|_| OpenError::Unavailable("there is no connection in time".into()))??;
    schema::migrate(&mut client, &options.schema).await?;
    drop(client);
    Ok(pool)
}

/// Reads the address, and takes nothing that is less than it may seem: TLS is never left out because the other end says so,
/// and a server that cannot write is not talked to.
fn config(address: &Secret, options: &Options) -> Result<Config, OpenError> {
    let mut config: Config = address.expose().parse().map_err(|_| OpenError::Address)?;
    let is_local = |host: &Host| !matches!(host, Host::Tcp(_));
    if config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_local) {
        config.ssl_mode(SslMode::Disable);
    } else if config.get_ssl_mode() != SslMode::Disable {
        config.ssl_mode(SslMode::Require);
    }
    if config.get_application_name().is_none() {
        config.application_name(format!("oauth {}", options.schema));
    }
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    config.keepalives_idle(config.get_keepalives_idle().min(IDLE));
    Ok(config)
}
