-- The founding schema. Ids are 16 bytes, times are whole microseconds since 1970 in UTC, JSON is text.

CREATE TABLE signing_keys (
  name TEXT NOT NULL PRIMARY KEY,
  public_key TEXT NOT NULL,
  sealed_seed BLOB NOT NULL,
  made_at BIGINT NOT NULL
);

-- One row per log. Advancing it is the first statement of every act's transaction.
CREATE TABLE audit_heads (
  log BLOB NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL CHECK (size >= 0),
  peaks BLOB NOT NULL,
  last_at BIGINT NOT NULL,
  checkpoint TEXT NOT NULL
);

CREATE TABLE audit_entries (
  log BLOB NOT NULL REFERENCES audit_heads (log),
  seq BIGINT NOT NULL CHECK (seq >= 0),
  at BIGINT NOT NULL,
  act TEXT NOT NULL,
  request_id BLOB,
  body TEXT NOT NULL,
  leaf BLOB NOT NULL,
  PRIMARY KEY (log, seq)
);
CREATE INDEX audit_entries_of_request ON audit_entries (request_id, log, seq) WHERE request_id IS NOT NULL;

CREATE TABLE tenants (
  id BLOB NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  lockbox TEXT NOT NULL,
  limits TEXT NOT NULL
);

CREATE TABLE services (
  id BLOB NOT NULL PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  covered BOOLEAN NOT NULL
);

CREATE TABLE people (
  id BLOB NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  tenant_id BLOB REFERENCES tenants (id),
  zone TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  second_factor_sealed BLOB NOT NULL,
  second_factor_since BIGINT NOT NULL,
  second_factor_last_step BIGINT NOT NULL
);
CREATE INDEX people_of_tenant ON people (tenant_id, name);

CREATE TABLE person_roles (
  person_id BLOB NOT NULL REFERENCES people (id),
  role TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (person_id, role)
);

CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  secret_sha256 BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  owner_id BLOB REFERENCES people (id)
);

CREATE TABLE support_cases (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  UNIQUE (tenant_id, number)
);

CREATE TABLE requests (
  id BLOB NOT NULL PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  service_id BLOB NOT NULL REFERENCES services (id),
  engineer_id BLOB NOT NULL REFERENCES people (id),
  filed_by TEXT NOT NULL,
  case_id BLOB REFERENCES support_cases (id),
  reason TEXT NOT NULL,
  scope TEXT NOT NULL,
  asked_minutes INTEGER NOT NULL,
  filed_at BIGINT NOT NULL,
  quorum INTEGER NOT NULL,
  endorsement TEXT,
  state_kind TEXT NOT NULL,
  state TEXT NOT NULL,
  deadline BIGINT,
  version INTEGER NOT NULL
);
CREATE INDEX requests_of_tenant ON requests (tenant_id, filed_at DESC, id DESC);
CREATE INDEX requests_in_state ON requests (tenant_id, state_kind, deadline, id);
CREATE INDEX requests_of_engineer ON requests (engineer_id, tenant_id, state_kind);
CREATE INDEX requests_queue ON requests (state_kind, deadline, id);
CREATE INDEX requests_due ON requests (deadline) WHERE deadline IS NOT NULL;

-- Bookkeeping from here on: changed without a fact, through Store::keep alone.

CREATE TABLE sessions (
  key_sha256 BLOB NOT NULL PRIMARY KEY,
  person_id BLOB REFERENCES people (id),
  state TEXT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_person ON sessions (person_id);
CREATE INDEX sessions_ending ON sessions (expires_at);

-- How many codes a person has tried lately, counted before any is compared.
CREATE TABLE second_factor_tries (
  person_id BLOB NOT NULL PRIMARY KEY REFERENCES people (id),
  tries INTEGER NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
  api_key_id BLOB NOT NULL REFERENCES api_keys (id),
  idempotency_key TEXT NOT NULL,
  body_sha256 BLOB NOT NULL,
  made_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  answer TEXT,
  PRIMARY KEY (api_key_id, idempotency_key)
);
CREATE INDEX idempotency_keys_aging ON idempotency_keys (made_at);

CREATE TABLE outbox (
  id BLOB NOT NULL PRIMARY KEY,
  letter TEXT NOT NULL,
  written_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  last_error TEXT,
  sent_at BIGINT,
  given_up_at BIGINT
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX outbox_given_up ON outbox (given_up_at) WHERE given_up_at IS NOT NULL;
