//! What each operation reads and writes.

use std::collections::BTreeSet;

use oauth_sansio::{Digest, Family, Outcome, Tick, Timestamp};
use oauth_store::{Key, Mark, Owner, Page, Put, Record, Row, StoreError, Writes};

use crate::connections::Connections;
use crate::failure::failed;

/// Bytes as the database's library takes them.
type Bytes = Vec<u8>;

/// What is to be written, as the database has it: a column for each of its parts.
#[derive(Default)]
pub(crate) struct Batch {
    spend_keys: Vec<Bytes>,
    spend_ats: Vec<i64>,
    spend_untils: Vec<i64>,
    put_keys: Vec<Bytes>,
    put_records: Vec<String>,
    put_untils: Vec<Option<i64>>,
    put_subjects: Vec<Option<Bytes>>,
    put_clients: Vec<Option<Bytes>>,
    put_origins: Vec<Option<Bytes>>,
    put_holders: Vec<Option<Bytes>>,
    revoke: Vec<Bytes>,
}

impl Batch {
    pub(crate) fn new(Writes { spend, put, revoke }: Writes) -> Result<Self, StoreError> {
        let revoke = revoke.iter().map(bytes_of_family).collect::<BTreeSet<_>>();
        let mut batch = Self { revoke: revoke.into_iter().collect(), ..Self::default() };
        for Mark { key, at, keep_until } in spend {
            batch.spend_keys.push(key.to_bytes().into());
            batch.spend_ats.push(ticks(at));
            batch.spend_untils.push(seconds(keep_until));
        }
        for Put { key, record, keep_until, families: [grown_from, belongs_to] } in put {
            batch.put_keys.push(key.to_bytes().into());
            batch.put_records.push(record.to_json()?);
            batch.put_untils.push(keep_until.map(seconds));
            batch.put_subjects.push(record.subject().map(owner_of));
            batch.put_clients.push(record.client_id().map(owner_of));
            batch.put_origins.push(grown_from.as_ref().map(bytes_of_family));
            batch.put_holders.push(belongs_to.as_ref().map(bytes_of_family));
        }
        Ok(batch)
    }

    /// Writes all of it, or nothing of it because a mark is there.
    pub(crate) async fn apply(&self, database: &Connections) -> Result<Outcome, StoreError> {
        let answer = database
            .write(
                "SELECT apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                &[
                    &self.spend_keys,
                    &self.spend_ats,
                    &self.spend_untils,
                    &self.put_keys,
                    &self.put_records,
                    &self.put_untils,
                    &self.put_subjects,
                    &self.put_clients,
                    &self.put_origins,
                    &self.put_holders,
                    &self.revoke,
                ],
            )
            .await?;
        let lost: Option<i64> = only(&answer)?.try_get(0).map_err(|error| failed(&error))?;
        Ok(lost.map_or(Outcome::Applied, |place| Outcome::Lost(count(place - 1))))
    }
}

/// Records are compared here, as those of an older version may say the same in other words; the text that was compared is what the
/// database finds again, or nothing is changed.
pub(crate) async fn replace(
    database: &Connections,
    key: &Key,
    before: &Record,
    after: &Record,
) -> Result<bool, StoreError> {
    let failed = |error| failed(&error);
    let (key, after) = (Bytes::from(key.to_bytes()), after.to_json()?);
    let found = database.read("SELECT record FROM rows WHERE key = $1", &[&key]).await?;
    let Some(found) = found.first() else { return Ok(false) };
    let text: &str = found.try_get(0).map_err(failed)?;
    if Record::from_json(text.as_bytes())? != *before {
        return Ok(false);
    }
    let sql = "WITH changed AS (UPDATE rows SET record = $3 WHERE key = $1 AND record = $2 RETURNING 1)
        SELECT count(*) FROM changed";
    let answer = database.write(sql, &[&key, &text, &after]).await?;
    let changed: i64 = only(&answer)?.try_get(0).map_err(failed)?;
    Ok(changed == 1)
}

/// What a query selects that reads rows as they are at one time.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT rows.key, record, (SELECT tick FROM marks WHERE marks.key = rows.key),
                EXISTS (SELECT FROM tombstones WHERE family IN (grown_from, belongs_to))",
            $rest
        )
    };
}

/// Reads all keys at one time.
pub(crate) async fn load(database: &Connections, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
    let keys: Vec<Bytes> = keys.iter().map(|key| key.to_bytes().into()).collect();
    // Each is looked up by itself, however many rows the database believes to have.
    let sql = select!(
        ", place FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (key, place)
        CROSS JOIN LATERAL (SELECT * FROM rows WHERE rows.key = wanted.key LIMIT 1) AS rows"
    );
    let mut rows = vec![None; keys.len()];
    for found in database.read(sql, &[&keys]).await? {
        let place: i64 = found.try_get(4).map_err(|error| failed(&error))?;
        if let Some(wanted) = rows.get_mut(count(place - 1)) {
            *wanted = Some(row(&found)?.1);
        }
    }
    Ok(rows)
}

/// One row more than is shown tells whether there is another page.
pub(crate) async fn list(
    database: &Connections,
    owner: Owner<'_>,
    after: Option<Key>,
    most: usize,
) -> Result<Page, StoreError> {
    let after: Option<Bytes> = after.map(|key| key.to_bytes().into());
    let most_and_one = limit(most).saturating_add(1);
    let found = match owner {
        Owner::Subject(name) => {
            let sql = select!(" FROM rows WHERE subject = $1 AND key > $2 ORDER BY key LIMIT $3");
            database.read(sql, &[&owner_of(name), &after.unwrap_or_default(), &most_and_one]).await
        }
        Owner::Client(name) => {
            let sql = select!(" FROM rows WHERE client = $1 AND key > $2 ORDER BY key LIMIT $3");
            database.read(sql, &[&owner_of(name), &after.unwrap_or_default(), &most_and_one]).await
        }
        Owner::Table(tenant, table) => {
            let [before, behind] = Key::around(tenant, table);
            let sql = select!(" FROM rows WHERE key > $1 AND key < $2 ORDER BY key LIMIT $3");
            database.read(sql, &[&after.unwrap_or(before), &behind, &most_and_one]).await
        }
    };
    Ok(Page::cut(found?.iter().map(row).collect::<Result<Vec<_>, _>>()?, most))
}

fn row(found: &tokio_postgres::Row) -> Result<(Key, Row), StoreError> {
    let failed = |error| failed(&error);
    let key = Key::from_bytes(found.try_get(0).map_err(failed)?);
    let key = key.ok_or_else(|| StoreError::Corrupt("a key of an unknown kind".into()))?;
    let record: &str = found.try_get(1).map_err(failed)?;
    let record = Record::from_json(record.as_bytes())?;
    let spent: Option<i64> = found.try_get(2).map_err(failed)?;
    let spent = spent.map(|at| Tick::from_unix(u64::try_from(at).unwrap_or_default()));
    Ok((key, Row { record, spent, revoked: found.try_get(3).map_err(failed)? }))
}

/// A place for things that end.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    Rows,
    Marks,
}

/// Removes what is over, at most so much, and tells how much. What another process removes is left to it.
pub(crate) async fn sweep(
    database: &Connections,
    ending: Ending,
    now: Timestamp,
    most: usize,
) -> Result<usize, StoreError> {
    macro_rules! delete {
        ($table:literal) => {
            concat!(
                "WITH gone AS (DELETE FROM ",
                $table,
                " WHERE key = ANY (ARRAY(
                    SELECT key FROM ",
                $table,
                " WHERE keep_until < $1
                    ORDER BY keep_until LIMIT $2 FOR UPDATE SKIP LOCKED
                )) RETURNING 1) SELECT count(*) FROM gone"
            )
        };
    }
    let sql = match ending {
        Ending::Rows => delete!("rows"),
        Ending::Marks => delete!("marks"),
    };
    let answer = database.write(sql, &[&seconds(now), &limit(most)]).await?;
    Ok(count(only(&answer)?.try_get(0).map_err(|error| failed(&error))?))
}

/// Looks at so many tombstones behind a family, and removes those that no row needs. Gives the last family that it saw, unless
/// there was none, and how many it removed.
///
/// New rows of a family come from an old one, which is kept until long after it is dead; so a family without rows gets no
/// new ones.
pub(crate) async fn bury(
    database: &Connections,
    after: Option<Bytes>,
    most: usize,
) -> Result<(Option<Bytes>, usize), StoreError> {
    let failed = |error| failed(&error);
    let answer = database
        .write("SELECT last, removed FROM bury($1, $2)", &[&after.unwrap_or_default(), &limit(most)])
        .await?;
    let answer = only(&answer)?;
    Ok((answer.try_get(0).map_err(failed)?, count(answer.try_get(1).map_err(failed)?)))
}

fn only(answer: &[tokio_postgres::Row]) -> Result<&tokio_postgres::Row, StoreError> {
    answer.first().ok_or_else(|| StoreError::Unavailable("an answer without a row".into()))
}

/// What an owner is found by.
fn owner_of(name: &str) -> Bytes {
    Digest::of(name).as_bytes().into()
}

fn bytes_of_family(family: &Family) -> Bytes {
    family.as_bytes().into()
}

/// The database's numbers are signed. What is later than they can say is as good as never.
fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix()).unwrap_or(i64::MAX)
}

fn ticks(time: Tick) -> i64 {
    i64::try_from(time.as_unix()).unwrap_or(i64::MAX)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
