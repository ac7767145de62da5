//! Questions to the database: how long they may take, and when they are asked again.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use oauth_store::StoreError;
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::failure::{Failure, Left};

pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// How often a question is asked at most.
const TRIES: usize = 4;

/// How much later than the server's own limit a connection is given up that says nothing at all.
const GRACE: Duration = Duration::from_secs(1);

pub(crate) struct Connections {
    pool: Pool,
    wait: Duration,
}

impl Connections {
    pub(crate) fn new(pool: Pool, wait: Duration) -> Self {
        Self { pool, wait }
    }

    /// Asks what changes nothing, and asks again when the connection was lost meanwhile.
    pub(crate) async fn read(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        self.ask(sql, values, &[Left::Nothing, Left::Unknown]).await
    }

    /// Asks for a change, and asks again only when it is certain that nothing was changed.
    pub(crate) async fn write(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        self.ask(sql, values, &[Left::Nothing]).await
    }

    async fn ask(&self, sql: &str, values: Values<'_>, again: &[Left]) -> Result<Vec<Row>, StoreError> {
        let mut tries = 1;
        loop {
            match self.ask_once(sql, values).await {
                Err(failure) if tries < TRIES && again.contains(&failure.left) => tries += 1,
                answer => return answer.map_err(|failure| failure.error),
            }
        }
    }

    async fn ask_once(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Failure> {
        let connection = timeout(self.wait, self.pool.get())
            .await
            .map_err(|_| Failure::late("there is no connection in time"))?
            .map_err(Failure::unconnected)?;
        let answer = async {
            // After the first time this asks nobody.
            let statement =
                connection.prepare_cached(sql).await.map_err(|error| Failure::unprepared(&error))?;
            connection.query(&statement, values).await.map_err(|error| Failure::unanswered(&error))
        };
        match timeout(self.wait + GRACE, answer).await {
            Ok(answer) => answer,
            Err(_) => {
                // Nobody shall wait behind what this one has asked.
                drop(Object::take(connection));
                Err(Failure::late("there is no answer in time"))
            }
        }
    }
}
