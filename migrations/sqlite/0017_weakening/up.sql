-- How long changes that weaken a tenant's protection wait, in hours, and the one that waits.

ALTER TABLE tenants ADD COLUMN weakening_hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN pending TEXT NULL;
