DROP TABLE tries;
CREATE TABLE second_factor_tries (
  person_id BLOB NOT NULL PRIMARY KEY REFERENCES people (id),
  tries INTEGER NOT NULL,
  since BIGINT NOT NULL
);
DROP TABLE devices;
ALTER TABLE sessions DROP COLUMN visit;
