-- Keys of tenants, too: a name is used once by the provider, and once by each tenant. A key is bound to tenants and
-- services, expires, and is revoked. The tables are made anew, since SQLite drops no unique column.

ALTER TABLE idempotency_keys RENAME TO idempotency_keys_before;
ALTER TABLE api_keys RENAME TO api_keys_before;
CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB REFERENCES tenants (id),
  name TEXT NOT NULL,
  secret_sha256 BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  owner_id BLOB REFERENCES people (id),
  bounds TEXT NOT NULL,
  made_by BLOB REFERENCES people (id),
  expires_at BIGINT,
  revoked_at BIGINT
);
INSERT INTO api_keys (id, name, secret_sha256, scopes, owner_id, bounds)
  SELECT id, name, secret_sha256, scopes, owner_id, '{}' FROM api_keys_before;
CREATE TABLE idempotency_keys (
  api_key_id BLOB NOT NULL REFERENCES api_keys (id),
  idempotency_key TEXT NOT NULL,
  body_sha256 BLOB NOT NULL,
  made_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  answer TEXT,
  PRIMARY KEY (api_key_id, idempotency_key)
);
INSERT INTO idempotency_keys (api_key_id, idempotency_key, body_sha256, made_at, lease_until, answer)
  SELECT api_key_id, idempotency_key, body_sha256, made_at, lease_until, answer FROM idempotency_keys_before;
DROP TABLE idempotency_keys_before;
DROP TABLE api_keys_before;
CREATE INDEX idempotency_keys_aging ON idempotency_keys (made_at);
CREATE UNIQUE INDEX api_keys_of_provider ON api_keys (name) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX api_keys_of_tenant ON api_keys (tenant_id, name);

-- When each key was used last, to the minute.
CREATE TABLE api_key_uses (
  key_id BLOB NOT NULL PRIMARY KEY REFERENCES api_keys (id),
  at BIGINT NOT NULL
);
