ALTER TABLE sessions DROP COLUMN visit;
