//! The tables, and how older files get them.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

use crate::OpenError;

/// What marks a file as ours: `OASt`.
pub(crate) const APPLICATION: u32 = u32::from_be_bytes(*b"OASt");

/// Each step leads from the version that is its place to the next one. A step that was published never changes.
const STEPS: [&str; 2] = [
    "CREATE TABLE rows (
        key BLOB PRIMARY KEY,
        record TEXT NOT NULL,
        keep_until INTEGER,
        subject TEXT,
        client TEXT,
        grown_from BLOB,
        belongs_to BLOB
    ) STRICT;
    CREATE INDEX rows_by_end ON rows (keep_until) WHERE keep_until IS NOT NULL;
    CREATE INDEX rows_by_subject ON rows (subject, key) WHERE subject IS NOT NULL;
    CREATE INDEX rows_by_client ON rows (client, key) WHERE client IS NOT NULL;
    CREATE INDEX rows_by_origin ON rows (grown_from) WHERE grown_from IS NOT NULL;
    CREATE INDEX rows_by_holder ON rows (belongs_to) WHERE belongs_to IS NOT NULL;
    CREATE TABLE marks (
        key BLOB PRIMARY KEY,
        at INTEGER NOT NULL,
        keep_until INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX marks_by_end ON marks (keep_until);
    CREATE TABLE tombstones (family BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;",
    // Marks tell the tick, under another name, so that a process of the older version which has the file open reads none. A tombstone tells itself how long it is needed, so that only rows which are kept for ever are found
    // by their families: others would write to a page of its own for each family.
    "UPDATE marks SET at = min(at, 9223372036854775807 / 4096) * 4096;
    ALTER TABLE marks RENAME COLUMN at TO tick;
    DROP INDEX rows_by_origin;
    DROP INDEX rows_by_holder;
    CREATE INDEX kept_rows_by_origin ON rows (grown_from) WHERE grown_from IS NOT NULL AND keep_until IS NULL;
    CREATE INDEX kept_rows_by_holder ON rows (belongs_to) WHERE belongs_to IS NOT NULL AND keep_until IS NULL;
    CREATE TABLE ending_tombstones (family BLOB PRIMARY KEY, keep_until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO ending_tombstones SELECT family, CASE
        WHEN EXISTS (SELECT 1 FROM rows WHERE keep_until IS NULL AND grown_from = family)
            OR EXISTS (SELECT 1 FROM rows WHERE keep_until IS NULL AND belongs_to = family)
        THEN 9223372036854775807
        ELSE coalesce((SELECT max(keep_until) FROM rows WHERE keep_until IS NOT NULL), 0)
    END FROM tombstones;
    DROP TABLE tombstones;
    ALTER TABLE ending_tombstones RENAME TO tombstones;
    CREATE INDEX tombstones_by_end ON tombstones (keep_until);",
];

/// The version that this program writes.
pub(crate) const KNOWN: u32 = STEPS.len() as u32;

/// Looks whether the file is ours or empty, and not newer than this program, and changes nothing.
pub(crate) fn check(connection: &Connection) -> Result<(), OpenError> {
    let (application, found) = (number(connection, "application_id")?, number(connection, "user_version")?);
    let is_empty = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", (), |row| row.get(0))?;
    match (application, found) {
        (0, 0) if is_empty => Ok(()),
        (APPLICATION, found) if found > KNOWN => Err(OpenError::Newer { found, known: KNOWN }),
        (APPLICATION, _) => Ok(()),
        _ => Err(OpenError::Foreign),
    }
}

/// Takes the steps that the file has not seen, all or none.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let version = number(&transaction, "user_version")?;
    for step in STEPS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    if version < KNOWN {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", KNOWN)?;
    }
    transaction.commit()
}

/// Both numbers are 32 bits in the head of the file; SQLite reads them as signed ones.
fn number(connection: &Connection, pragma: &str) -> Result<u32> {
    connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0)).map(i32::cast_unsigned)
}
