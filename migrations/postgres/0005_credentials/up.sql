-- What a person signs in with has tables of its own: somebody who was invited and has not come yet has none of it.

CREATE TABLE passwords (
  person_id UUID NOT NULL PRIMARY KEY REFERENCES people (id),
  hash TEXT NOT NULL
);

CREATE TABLE authenticators (
  person_id UUID NOT NULL PRIMARY KEY REFERENCES people (id),
  sealed BYTEA NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  last_step BIGINT NOT NULL
);

INSERT INTO passwords (person_id, hash) SELECT id, password_hash FROM people;
INSERT INTO authenticators (person_id, sealed, since, last_step)
  SELECT id, second_factor_sealed, second_factor_since, second_factor_last_step FROM people;

ALTER TABLE people DROP COLUMN password_hash;
ALTER TABLE people DROP COLUMN second_factor_sealed;
ALTER TABLE people DROP COLUMN second_factor_since;
ALTER TABLE people DROP COLUMN second_factor_last_step;
