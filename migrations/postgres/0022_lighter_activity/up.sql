-- Thousands of deeds may be recorded in a second, so a row of them says no more than it must: their tenant and request are
-- known to whoever allows them, and neither is ever deleted.

-- PostgreSQL alone: SQLite makes the table anew instead.
ALTER TABLE activity DROP CONSTRAINT activity_tenant_id_fkey, DROP CONSTRAINT activity_request_id_fkey;
