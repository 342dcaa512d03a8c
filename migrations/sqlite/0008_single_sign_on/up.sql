-- Single sign-on: one setting for each side, by its log, and what identity providers call people.

CREATE TABLE single_sign_on (
  id BLOB NOT NULL PRIMARY KEY,
  log BLOB NOT NULL UNIQUE REFERENCES audit_heads (log),
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret_sealed BLOB NOT NULL,
  group_roles TEXT NOT NULL,
  strong TEXT NOT NULL,
  stage TEXT NOT NULL
);

-- A subject is one person's of the deployment at most.
CREATE TABLE identity_links (
  person_id BLOB NOT NULL PRIMARY KEY REFERENCES people (id),
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  since BIGINT NOT NULL,
  UNIQUE (issuer, subject)
);

-- Bookkeeping: the answers of identity providers that were used.
CREATE TABLE used_sign_ons (
  state_sha256 BLOB NOT NULL PRIMARY KEY,
  used_at BIGINT NOT NULL
);
CREATE INDEX used_sign_ons_aging ON used_sign_ons (used_at);
