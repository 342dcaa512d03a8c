-- Which sessions are of who is half in, so that they push none out of those who are in.

ALTER TABLE sessions ADD COLUMN half_in BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET half_in = TRUE WHERE state LIKE '%"second_factor_at":null%';
