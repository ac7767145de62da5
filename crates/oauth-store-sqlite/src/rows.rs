//! What each operation reads and writes.

use oauth_sansio::{Family, Outcome, Tick, Timestamp};
use oauth_store::{Key, Mark, Owner, Page, Put, Record, Row, StoreError, Writes};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Params, Result, Transaction, params};

use crate::failure::failed;

/// What is to be written, as the file has it.
pub(crate) struct Batch {
    spend: Vec<Mark>,
    put: Vec<(Put, String)>,
    revoke: Vec<Family>,
}

impl Batch {
    pub(crate) fn new(Writes { spend, put, revoke }: Writes) -> Result<Self, StoreError> {
        let written = |put: Put| Ok((put.record.to_json()?, put));
        let put = put.into_iter().map(|put| written(put).map(|(json, put)| (put, json)));
        Ok(Self { spend, put: put.collect::<Result<_, _>>()?, revoke })
    }

    /// Writes all of it, or nothing of it because a mark is there.
    ///
    /// Nobody else writes meanwhile, so to look first is enough. A savepoint would copy every page that is written to.
    pub(crate) fn apply(&self, transaction: &Transaction<'_>) -> Result<Outcome> {
        if let Some(place) = spent(transaction, &self.spend)? {
            return Ok(Outcome::Lost(place));
        }
        spend(transaction, &self.spend)?;
        put(transaction, &self.put)?;
        revoke(transaction, &self.revoke)?;
        Ok(Outcome::Applied)
    }
}

/// Tells the place of the first mark that is there, or that comes a second time.
fn spent(connection: &Connection, marks: &[Mark]) -> Result<Option<usize>> {
    let mut select = connection.prepare_cached("SELECT 1 FROM marks WHERE key = ?")?;
    for (place, mark) in marks.iter().enumerate() {
        let again = marks.iter().take(place).any(|before| before.key == mark.key);
        if again || select.exists((mark.key.to_bytes(),))? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

fn spend(connection: &Connection, marks: &[Mark]) -> Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO marks VALUES (?, ?, ?)")?;
    marks.iter().try_for_each(|Mark { key, at, keep_until }| {
        insert.execute((key.to_bytes(), ticks(*at), seconds(*keep_until))).map(drop)
    })
}

/// A row may come after the tombstone of its family, when it was on its way: then that is kept as long.
fn put(connection: &Connection, rows: &[(Put, String)]) -> Result<()> {
    // One family at a time: a list would be made a table of its own, for each row.
    let mut keep = connection
        .prepare_cached("UPDATE tombstones SET keep_until = ?1 WHERE family = ?2 AND keep_until < ?1")?;
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    for (Put { key, record, keep_until, families }, json) in rows {
        let families = families.each_ref().map(|family| family.as_ref().map(Family::as_bytes));
        let [grown_from, belongs_to] = families;
        insert.execute(params![
            key.to_bytes(),
            json,
            keep_until.map(seconds),
            record.subject(),
            record.client_id(),
            grown_from,
            belongs_to,
        ])?;
        for family in families.into_iter().flatten() {
            keep.execute((keep_until.map_or(i64::MAX, seconds), family))?;
        }
    }
    Ok(())
}

/// Nobody else writes meanwhile. Records are compared and not their texts: those of an older version may say the same in other
/// words.
pub(crate) fn replace(
    transaction: &Transaction<'_>,
    key: &Key,
    before: &Record,
    after: &str,
) -> Result<bool> {
    let mut select = transaction.prepare_cached("SELECT record FROM rows WHERE key = ?")?;
    let is_same = |found: &rusqlite::Row<'_>| {
        Ok(found
            .get_ref(0)?
            .as_str()
            .is_ok_and(|text| Record::from_json(text.as_bytes()).is_ok_and(|record| record == *before)))
    };
    if select.query_row((key.to_bytes(),), is_same).optional()? != Some(true) {
        return Ok(false);
    }
    let mut update = transaction.prepare_cached("UPDATE rows SET record = ? WHERE key = ?")?;
    Ok(update.execute((after, key.to_bytes()))? == 1)
}

/// A tombstone is kept for ever with rows that are, and else as long as any row is that is there: so as long as those of its
/// family, which nobody has to look for.
fn revoke(connection: &Connection, families: &[Family]) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO tombstones VALUES (?1, CASE
            WHEN EXISTS (SELECT 1 FROM rows WHERE keep_until IS NULL AND grown_from = ?1)
                OR EXISTS (SELECT 1 FROM rows WHERE keep_until IS NULL AND belongs_to = ?1)
            THEN 9223372036854775807
            ELSE coalesce((SELECT max(keep_until) FROM rows WHERE keep_until IS NOT NULL), 0)
        END)",
    )?;
    families.iter().try_for_each(|family| insert.execute((family.as_bytes(),)).map(drop))
}

/// What a query starts with that reads rows as they are at one time.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT rows.key, record, tick,
                EXISTS (SELECT 1 FROM tombstones WHERE family = grown_from)
                    OR EXISTS (SELECT 1 FROM tombstones WHERE family = belongs_to)
            FROM rows LEFT JOIN marks ON marks.key = rows.key ",
            $rest
        )
    };
}

/// Reads all keys at one time.
pub(crate) fn load(connection: &Connection, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
    // One statement is of one time by itself.
    let snapshot = (keys.len() > 1).then(|| connection.unchecked_transaction()).transpose();
    let _snapshot = snapshot.map_err(failed)?;
    let mut select = connection.prepare_cached(select!("WHERE rows.key = ?")).map_err(failed)?;
    let mut load = |key: &Key| {
        let found = select.query_row((key.to_bytes(),), |found| Ok(row(found))).optional();
        found.map_err(failed)?.transpose()
    };
    keys.iter().map(|key| Ok(load(key)?.map(|(_, row)| row))).collect()
}

/// One row more than is shown tells whether there is another page.
pub(crate) fn list(
    connection: &Connection,
    owner: Owner<'_>,
    after: Option<[u8; Key::LENGTH]>,
    most: usize,
) -> Result<Page, StoreError> {
    let after = after.as_ref().map(<[u8; _]>::as_slice);
    let most_and_one = limit(most).saturating_add(1);
    let found = match owner {
        Owner::Subject(name) => select(
            connection,
            select!("WHERE subject = ? AND rows.key > ? ORDER BY rows.key LIMIT ?"),
            (name, after.unwrap_or_default(), most_and_one),
        ),
        Owner::Client(name) => select(
            connection,
            select!("WHERE client = ? AND rows.key > ? ORDER BY rows.key LIMIT ?"),
            (name, after.unwrap_or_default(), most_and_one),
        ),
        Owner::Table(tenant, table) => {
            let [before, behind] = Key::around(tenant, table);
            select(
                connection,
                select!("WHERE rows.key > ? AND rows.key < ? ORDER BY rows.key LIMIT ?"),
                (after.unwrap_or(&before), &behind, most_and_one),
            )
        }
    };
    Ok(Page::cut(found?, most))
}

fn select(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<(Key, Row)>, StoreError> {
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    let found = select.query_map(values, |found| Ok(row(found))).map_err(failed)?;
    found.map(|found| found.map_err(failed).flatten()).collect()
}

fn row(found: &rusqlite::Row<'_>) -> Result<(Key, Row), StoreError> {
    let key = bytes(found, 0)?;
    let key = Key::from_bytes(key).ok_or_else(|| StoreError::Corrupt("a key of an unknown kind".into()))?;
    let record = Record::from_json(bytes(found, 1)?)?;
    let spent: Option<i64> = found.get(2).map_err(failed)?;
    let spent = spent.map(|at| Tick::from_unix(u64::try_from(at).unwrap_or_default()));
    Ok((key, Row { record, spent, revoked: found.get(3).map_err(failed)? }))
}

fn bytes<'a>(found: &'a rusqlite::Row<'_>, column: usize) -> Result<&'a [u8], StoreError> {
    match found.get_ref(column).map_err(failed)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes),
        _ => Err(StoreError::Corrupt("a column of another type".into())),
    }
}

/// Removes rows, marks and tombstones that are over, at most so many, and tells how many. Tombstones go when no such row
/// is left.
pub(crate) fn sweep(connection: &Connection, now: Timestamp, most: usize) -> Result<usize> {
    const DELETES: [&str; 3] = [
        "DELETE FROM rows WHERE key IN (SELECT key FROM rows WHERE keep_until < ? LIMIT ?)",
        "DELETE FROM marks WHERE key IN (SELECT key FROM marks WHERE keep_until < ? LIMIT ?)",
        "DELETE FROM tombstones WHERE family IN (SELECT family FROM tombstones WHERE keep_until < ? LIMIT ?)",
    ];
    DELETES.iter().try_fold(0, |removed, delete| {
        let more = connection.prepare_cached(delete)?.execute((seconds(now), limit(most - removed)))?;
        Ok(removed + more)
    })
}

/// SQLite's numbers are signed. What is later than they can say is as good as never.
fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix()).unwrap_or(i64::MAX)
}

fn ticks(time: Tick) -> i64 {
    i64::try_from(time.as_unix()).unwrap_or(i64::MAX)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use oauth_sansio::Digest;
    use oauth_store::{Table, Tenant};
    use rusqlite::StatementStatus::RePrepare;

    use super::*;
    use crate::{Options, file};

    #[test]
    fn a_query_is_planned_once_whatever_it_asks_for() {
        let path = std::env::temp_dir().join(format!("oauth-store-plans-{}", std::process::id()));
        let (connection, _) = file::open_to_write(&path, &Options::default()).unwrap();
        for number in 0..9_u32 {
            let id = Digest::of(number.to_be_bytes());
            load(&connection, &[Key::new(Tenant::of("https://as.example.com"), Table::OAuth2Access, id)])
                .unwrap();
        }
        let select = connection.prepare_cached(select!("WHERE rows.key = ?")).unwrap();
        assert_eq!(select.get_status(RePrepare), 0);
        drop(select);
        drop(connection);
        std::fs::remove_file(path).unwrap();
    }
}
