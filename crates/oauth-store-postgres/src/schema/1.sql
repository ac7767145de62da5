-- Families are looked for when a tombstone may go, owners when somebody lists. Owners are digests: names may be of any
-- length and hold any character.
CREATE TABLE rows (
    key bytea PRIMARY KEY,
    record text NOT NULL,
    keep_until bigint,
    subject bytea,
    client bytea,
    grown_from bytea,
    belongs_to bytea
);
CREATE INDEX rows_by_end ON rows (keep_until) WHERE keep_until IS NOT NULL;
CREATE INDEX rows_by_subject ON rows (subject, key) WHERE subject IS NOT NULL;
CREATE INDEX rows_by_client ON rows (client, key) WHERE client IS NOT NULL;
CREATE INDEX rows_by_origin ON rows (grown_from) WHERE grown_from IS NOT NULL;
CREATE INDEX rows_by_holder ON rows (belongs_to) WHERE belongs_to IS NOT NULL;

CREATE TABLE marks (
    key bytea PRIMARY KEY,
    at bigint NOT NULL,
    keep_until bigint NOT NULL
);
CREATE INDEX marks_by_end ON marks (keep_until);

CREATE TABLE tombstones (family bytea PRIMARY KEY);

-- Writes a batch, or nothing of it because a mark is there: then it gives the place of the first one, counted from 1. The
-- families to revoke come sorted, each once.
--
-- Every commit takes marks, rows and tombstones in this order, and each of them sorted, so that two of them never wait
-- for each other. Each statement sees what is committed when it begins (READ COMMITTED).
CREATE FUNCTION apply(
    spend_keys bytea[], spend_ats bigint[], spend_untils bigint[],
    put_keys bytea[], put_records text[], put_untils bigint[], put_subjects bytea[], put_clients bytea[],
    put_origins bytea[], put_holders bytea[],
    revoke bytea[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    lost bigint;
    won bigint := 0;
    held bigint := 0;
BEGIN
    WHILE won < cardinality(spend_keys) LOOP
        -- A look first: what is replayed again and again leaves nothing to undo.
        SELECT min(given.place) INTO lost
        FROM (
            SELECT spent.key, spent.place, row_number() OVER (PARTITION BY spent.key ORDER BY spent.place) AS nth
            FROM unnest(spend_keys) WITH ORDINALITY AS spent (key, place)
        ) AS given
        WHERE given.nth > 1 OR (SELECT true FROM marks WHERE marks.key = given.key);
        IF lost IS NOT NULL THEN
            RETURN lost;
        END IF;

        -- This waits for commits that write the same mark.
        INSERT INTO marks
        SELECT given.key, given.at, given.keep_until
        FROM unnest(spend_keys, spend_ats, spend_untils) AS given (key, at, keep_until)
        ORDER BY given.key
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS won = ROW_COUNT;

        -- Another commit was faster. Marks that are written by now are undone with the transaction, and the caller comes
        -- again.
        IF won BETWEEN 1 AND cardinality(spend_keys) - 1 THEN
            RAISE EXCEPTION 'another commit was faster' USING ERRCODE = 'serialization_failure';
        END IF;
    END LOOP;

    INSERT INTO rows
    SELECT DISTINCT ON (given.key) given.key, given.record, given.keep_until, given.subject, given.client,
        given.grown_from, given.belongs_to
    FROM unnest(put_keys, put_records, put_untils, put_subjects, put_clients, put_origins, put_holders)
        WITH ORDINALITY AS given (key, record, keep_until, subject, client, grown_from, belongs_to, place)
    ORDER BY given.key, given.place DESC
    ON CONFLICT (key) DO UPDATE SET record = excluded.record, keep_until = excluded.keep_until,
        subject = excluded.subject, client = excluded.client,
        grown_from = excluded.grown_from, belongs_to = excluded.belongs_to;

    -- A tombstone that is there may be about to be swept, until it is held. One that rows need is held as well, as nobody else
    -- sees these rows yet.
    WHILE held < cardinality(revoke) LOOP
        INSERT INTO tombstones SELECT unnest(revoke) ON CONFLICT DO NOTHING;
        PERFORM FROM tombstones WHERE family = ANY (revoke) FOR KEY SHARE;
        GET DIAGNOSTICS held = ROW_COUNT;
    END LOOP;
    PERFORM FROM tombstones WHERE family = ANY (put_origins || put_holders) FOR KEY SHARE;

    RETURN NULL;
END
$$;

-- Looks at some tombstones in the order of their families, behind `after`, and removes those that no row needs. Gives the
-- last one that it saw, or nothing when there was none, and how many it removed.
CREATE FUNCTION bury(after bytea, most bigint, OUT last bytea, OUT removed bigint) LANGUAGE plpgsql AS $$
DECLARE
    needless bytea[];
BEGIN
    SELECT (array_agg(seen.family ORDER BY seen.family DESC))[1], array_agg(seen.family) FILTER (WHERE seen.is_needless)
    INTO last, needless
    FROM (
        SELECT family,
            (SELECT true FROM rows WHERE grown_from = family LIMIT 1) IS NULL
            AND (SELECT true FROM rows WHERE belongs_to = family LIMIT 1) IS NULL AS is_needless
        FROM tombstones WHERE family > after ORDER BY family LIMIT most
    ) AS seen;

    -- A commit that holds one of them goes first.
    SELECT array_agg(held.family) INTO needless
    FROM (SELECT family FROM tombstones WHERE family = ANY (needless) FOR UPDATE SKIP LOCKED) AS held;

    -- Whoever held one until just now has put rows that this statement sees, and none before it did.
    DELETE FROM tombstones
    WHERE family = ANY (needless)
        AND (SELECT true FROM rows WHERE grown_from = family LIMIT 1) IS NULL
        AND (SELECT true FROM rows WHERE belongs_to = family LIMIT 1) IS NULL;
    GET DIAGNOSTICS removed = ROW_COUNT;
END
$$;
