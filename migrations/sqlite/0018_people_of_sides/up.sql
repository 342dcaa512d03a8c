-- Who was invited reserves their mail address on their own side alone. Of all who have come and were not removed, each
-- address is one person's.

-- SQLite alone: it drops no unique column, so the table is made anew under its name, in which the other tables go on
-- referring to it. What they refer to is missing for a moment, which is why it is looked at when all is done.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE people_before AS SELECT * FROM people;
DROP TABLE people;
CREATE TABLE people (
  id BLOB NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  tenant_id BLOB REFERENCES tenants (id),
  zone TEXT NOT NULL,
  joined_at BIGINT NULL,
  removed_at BIGINT NULL
);
INSERT INTO people (id, email, name, tenant_id, zone, joined_at, removed_at)
  SELECT id, email, name, tenant_id, zone, joined_at, removed_at FROM people_before;
DROP TABLE people_before;
CREATE INDEX people_of_tenant ON people (tenant_id, name);

-- Both databases:
CREATE UNIQUE INDEX people_here ON people (email) WHERE joined_at IS NOT NULL AND removed_at IS NULL;
CREATE UNIQUE INDEX people_at_provider ON people (email) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX people_at_tenant ON people (tenant_id, email);
