-- The keys that sign access passes. Their public halves are never stored: whoever can write here makes no key believed.

CREATE TABLE pass_keys (
  id BLOB NOT NULL PRIMARY KEY,
  sealed_seed BLOB NOT NULL,
  signs_from BIGINT NOT NULL
);
