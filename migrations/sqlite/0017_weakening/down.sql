ALTER TABLE tenants DROP COLUMN pending;
ALTER TABLE tenants DROP COLUMN weakening_hours;
