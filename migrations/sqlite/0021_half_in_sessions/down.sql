ALTER TABLE sessions DROP COLUMN half_in;
