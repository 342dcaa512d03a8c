-- Who was invited reserves their mail address on their own side alone. Of all who have come and were not removed, each
-- address is one person's.

-- PostgreSQL alone: SQLite makes the table anew instead.
ALTER TABLE people DROP CONSTRAINT people_email_key;

-- Both databases:
CREATE UNIQUE INDEX people_here ON people (email) WHERE joined_at IS NOT NULL AND removed_at IS NULL;
CREATE UNIQUE INDEX people_at_provider ON people (email) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX people_at_tenant ON people (tenant_id, email);
