ALTER TABLE tenants DROP COLUMN suspended_at;
ALTER TABLE tenants DROP COLUMN trial;
ALTER TABLE tenants DROP COLUMN entitlement;
