ALTER TABLE sessions DROP COLUMN half_in;
ALTER TABLE sessions DROP COLUMN at_known_device;
