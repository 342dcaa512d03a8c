-- The keys that sign access passes. Their public halves are never stored: whoever can write here makes no key believed.

CREATE TABLE pass_keys (
  id UUID NOT NULL PRIMARY KEY,
  sealed_seed BYTEA NOT NULL,
  signs_from TIMESTAMPTZ NOT NULL
);
