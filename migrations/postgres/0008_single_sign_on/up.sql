-- Single sign-on: one setting for each side, by its log, and what identity providers call people.

CREATE TABLE single_sign_on (
  id UUID NOT NULL PRIMARY KEY,
  log UUID NOT NULL UNIQUE REFERENCES audit_heads (log),
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret_sealed BYTEA NOT NULL,
  group_roles JSONB NOT NULL,
  strong JSONB NOT NULL,
  stage JSONB NOT NULL
);

-- A subject is one person's of the deployment at most.
CREATE TABLE identity_links (
  person_id UUID NOT NULL PRIMARY KEY REFERENCES people (id),
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  UNIQUE (issuer, subject)
);

-- Bookkeeping: the answers of identity providers that were used.
CREATE TABLE used_sign_ons (
  state_sha256 BYTEA NOT NULL PRIMARY KEY,
  used_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX used_sign_ons_aging ON used_sign_ons (used_at);
