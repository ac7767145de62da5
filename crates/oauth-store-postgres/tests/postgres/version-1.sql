CREATE SCHEMA version_1;

CREATE FUNCTION version_1.apply(spend_keys bytea[], spend_ats bigint[], spend_untils bigint[], put_keys bytea[], put_records text[], put_untils bigint[], put_subjects bytea[], put_clients bytea[], put_origins bytea[], put_holders bytea[], revoke bytea[]) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION version_1.bury(after bytea, most bigint, OUT last bytea, OUT removed bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE version_1.marks (
    key bytea NOT NULL,
    at bigint NOT NULL,
    keep_until bigint NOT NULL
);

CREATE TABLE version_1.oauth_store (
    version bigint NOT NULL
);

CREATE TABLE version_1.rows (
    key bytea NOT NULL,
    record text NOT NULL,
    keep_until bigint,
    subject bytea,
    client bytea,
    grown_from bytea,
    belongs_to bytea
);

CREATE TABLE version_1.tombstones (
    family bytea NOT NULL
);

INSERT INTO version_1.marks VALUES
	('\x84f862e2cbab3d010b5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9', 500, 1000000),
	('\x84f862e2cbab3d010b6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', 500, 1000000),
	('\x84f862e2cbab3d010bd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35', 500, 1000000),
	('\x84f862e2cbab3d010b4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce', 500, 1000000),
	('\x84f862e2cbab3d010b4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a', 500, 1000000),
	('\x84f862e2cbab3d010bef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d', 500, 1000000),
	('\x84f862e2cbab3d010be7f6c011776e8db7cd330b54174fd76f7d0216b612387a5ffcfb81e6f0919683', 500, 1000000),
	('\x84f862e2cbab3d010b7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451', 500, 1000000),
	('\x84f862e2cbab3d010b2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3', 500, 1000000),
	('\x84f862e2cbab3d010b19581e27de7ced00ff1ce50b2047e7a567c76b1cbaebabe5ef03f7c3017bb5b7', 500, 1000000),
	('\x84f862e2cbab3d010b4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5', 500, 1000000),
	('\x84f862e2cbab3d010b4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8', 500, 1000000),
	('\x84f862e2cbab3d010c4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8', 1800000000, 1000000);

INSERT INTO version_1.oauth_store VALUES
	(1);

INSERT INTO version_1.rows VALUES
	('\x84f862e2cbab3d010c5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"0","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"0","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"1","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"1","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010cd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"2","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\xd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010dd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"2","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\xd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"3","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"3","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"4","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"4","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010cef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"5","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\xef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010def2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"5","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\xef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010ce7f6c011776e8db7cd330b54174fd76f7d0216b612387a5ffcfb81e6f0919683', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"6","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\xe7f6c011776e8db7cd330b54174fd76f7d0216b612387a5ffcfb81e6f0919683', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010de7f6c011776e8db7cd330b54174fd76f7d0216b612387a5ffcfb81e6f0919683', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"6","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\xe7f6c011776e8db7cd330b54174fd76f7d0216b612387a5ffcfb81e6f0919683', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"7","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"7","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"8","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"8","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c19581e27de7ced00ff1ce50b2047e7a567c76b1cbaebabe5ef03f7c3017bb5b7', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"9","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x19581e27de7ced00ff1ce50b2047e7a567c76b1cbaebabe5ef03f7c3017bb5b7', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d19581e27de7ced00ff1ce50b2047e7a567c76b1cbaebabe5ef03f7c3017bb5b7', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"9","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x19581e27de7ced00ff1ce50b2047e7a567c76b1cbaebabe5ef03f7c3017bb5b7', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"10","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"10","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010c4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"11","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d010d4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8', '{"OAuth2Access":{"authorization":{"client_id":"app","subject":"11","scopes":"","family":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]},"signed":false,"issued":500,"expires":1000000}}', 1000000, '\x4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8', '\xa172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333', '\x07070707070707070707070707070707', NULL),
	('\x84f862e2cbab3d011549915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1', '{"Own":{"subject":"ann","value":{"name":"ann"},"secret":"a hash"}}', NULL, '\x49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1', NULL, NULL, '\x01010101010101010101010101010101'),
	('\x84f862e2cbab3d011581b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9', '{"Own":{"subject":"bob","value":{"name":"bob"},"secret":"a hash"}}', 1000000, '\x81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9', NULL, NULL, '\x02020202020202020202020202020202'),
	('\x84f862e2cbab3d011585262adf74518bbb70c7cb94cd6159d91669e5a81edf1efebd543eadbda9fa2b', '{"Own":{"subject":"eve","value":{"name":"eve"},"secret":"a hash"}}', 100, '\x85262adf74518bbb70c7cb94cd6159d91669e5a81edf1efebd543eadbda9fa2b', NULL, NULL, '\x04040404040404040404040404040404');

INSERT INTO version_1.tombstones VALUES
	('\x01010101010101010101010101010101'),
	('\x02020202020202020202020202020202'),
	('\x03030303030303030303030303030303'),
	('\x04040404040404040404040404040404');

ALTER TABLE ONLY version_1.marks
    ADD CONSTRAINT marks_pkey PRIMARY KEY (key);

ALTER TABLE ONLY version_1.rows
    ADD CONSTRAINT rows_pkey PRIMARY KEY (key);

ALTER TABLE ONLY version_1.tombstones
    ADD CONSTRAINT tombstones_pkey PRIMARY KEY (family);

CREATE INDEX marks_by_end ON version_1.marks USING btree (keep_until);

CREATE INDEX rows_by_client ON version_1.rows USING btree (client, key) WHERE (client IS NOT NULL);

CREATE INDEX rows_by_end ON version_1.rows USING btree (keep_until) WHERE (keep_until IS NOT NULL);

CREATE INDEX rows_by_holder ON version_1.rows USING btree (belongs_to) WHERE (belongs_to IS NOT NULL);

CREATE INDEX rows_by_origin ON version_1.rows USING btree (grown_from) WHERE (grown_from IS NOT NULL);

CREATE INDEX rows_by_subject ON version_1.rows USING btree (subject, key) WHERE (subject IS NOT NULL);
