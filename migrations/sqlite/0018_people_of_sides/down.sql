-- Fails, and changes nothing, where an address is on two sides by now.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE people_after AS SELECT * FROM people;
DROP TABLE people;
CREATE TABLE people (
  id BLOB NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  tenant_id BLOB REFERENCES tenants (id),
  zone TEXT NOT NULL,
  joined_at BIGINT NULL,
  removed_at BIGINT NULL
);
INSERT INTO people (id, email, name, tenant_id, zone, joined_at, removed_at)
  SELECT id, email, name, tenant_id, zone, joined_at, removed_at FROM people_after;
DROP TABLE people_after;
CREATE INDEX people_of_tenant ON people (tenant_id, name);
