-- Which sessions are of who is half in, so that they push none out of those who are in; and which of them began in a
-- browser that the person had signed in with before, so that others push none of these out.

ALTER TABLE sessions ADD COLUMN half_in BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN at_known_device BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET half_in = TRUE WHERE state LIKE '%"second_factor_at":null%';
