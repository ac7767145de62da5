//! The tables, and how older databases get them.

use tokio_postgres::{Client, Transaction};

use crate::OpenError;

/// Each step leads from the version that is its place to the next one. A step that was published never changes.
const STEPS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The version that this program writes.
const KNOWN: u32 = STEPS.len() as u32;

/// What the lock's number starts with, under which schemas are looked at and changed: `OASt`.
const LOCK: i32 = i32::from_be_bytes(*b"OASt");

/// Takes the steps that the schema has not seen, all or none, where it is ours or empty and not newer than this program.
///
/// Processes that start at once take turns.
pub(crate) async fn migrate(client: &mut Client, schema: &str) -> Result<(), OpenError> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", &[&LOCK, &schema]).await?;
    let version = version(&transaction, schema).await?;
    // A step may have much to do.
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    for step in STEPS.iter().skip(version as usize) {
        transaction.batch_execute(step).await?;
    }
    if version < KNOWN {
        transaction.execute("UPDATE oauth_store SET version = $1", &[&i64::from(KNOWN)]).await?;
    }
    Ok(transaction.commit().await?)
}

/// The version that is there; a new schema is made and has version 0.
async fn version(transaction: &Transaction<'_>, schema: &str) -> Result<u32, OpenError> {
    let seen = transaction
        .query_one(
            "SELECT count(*) > 0, count(relname) = 0, coalesce(bool_or(relname = 'oauth_store'), false)
            FROM pg_namespace LEFT JOIN pg_class ON relnamespace = pg_namespace.oid WHERE nspname = $1",
            &[&schema],
        )
        .await?;
    let (exists, is_empty, is_ours): (bool, bool, bool) =
        (seen.try_get(0)?, seen.try_get(1)?, seen.try_get(2)?);
    match (exists, is_empty, is_ours) {
        (_, _, true) => {
            known(transaction.query_one("SELECT version FROM oauth_store", &[]).await?.try_get(0)?)
        }
        (exists, true, _) => {
            if !exists {
                transaction.batch_execute(&format!("CREATE SCHEMA {}", quoted(schema))).await?;
            }
            transaction
                .batch_execute(
                    "CREATE TABLE oauth_store (version bigint NOT NULL); INSERT INTO oauth_store VALUES (0)",
                )
                .await?;
            Ok(0)
        }
        _ => Err(OpenError::Foreign),
    }
}

fn known(version: i64) -> Result<u32, OpenError> {
    let found = u32::try_from(version).unwrap_or(u32::MAX);
    if found > KNOWN { Err(OpenError::Newer { found, known: KNOWN }) } else { Ok(found) }
}

/// A name as SQL has it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
