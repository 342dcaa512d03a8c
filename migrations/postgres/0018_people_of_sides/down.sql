-- Fails, and changes nothing, where an address is on two sides by now.
DROP INDEX people_at_tenant;
DROP INDEX people_at_provider;
DROP INDEX people_here;
ALTER TABLE people ADD CONSTRAINT people_email_key UNIQUE (email);
