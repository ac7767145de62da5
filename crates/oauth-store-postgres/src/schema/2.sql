-- Marks tell the tick, under another name, so that a process of the older version which is still running reads none.
UPDATE marks SET at = least(at, 9223372036854775807 / 4096) * 4096;
ALTER TABLE marks RENAME COLUMN at TO tick;
