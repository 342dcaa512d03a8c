DROP TABLE api_key_uses;
ALTER TABLE idempotency_keys RENAME TO idempotency_keys_after;
ALTER TABLE api_keys RENAME TO api_keys_after;
CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  secret_sha256 BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  owner_id BLOB REFERENCES people (id)
);
INSERT INTO api_keys (id, name, secret_sha256, scopes, owner_id)
  SELECT id, name, secret_sha256, scopes, owner_id FROM api_keys_after;
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
  SELECT api_key_id, idempotency_key, body_sha256, made_at, lease_until, answer FROM idempotency_keys_after;
DROP TABLE idempotency_keys_after;
DROP TABLE api_keys_after;
CREATE INDEX idempotency_keys_aging ON idempotency_keys (made_at);
