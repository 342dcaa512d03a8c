-- Which session is which, so that one can be ended and kept out of an ending.

ALTER TABLE sessions ADD COLUMN visit TEXT NOT NULL DEFAULT '';

-- The browsers from which somebody has signed in, by the hash of their cookie.
CREATE TABLE devices (
  cookie_sha256 BLOB NOT NULL,
  person_id BLOB NOT NULL REFERENCES people (id),
  used_at BIGINT NOT NULL,
  PRIMARY KEY (cookie_sha256, person_id)
);
CREATE INDEX devices_of_person ON devices (person_id, used_at);
CREATE INDEX devices_aging ON devices (used_at);

-- How much has been tried lately, by the hash of what it is counted for. Counted before anything is compared.
DROP TABLE second_factor_tries;
CREATE TABLE tries (
  subject BLOB NOT NULL PRIMARY KEY,
  tried INTEGER NOT NULL,
  since BIGINT NOT NULL
);
CREATE INDEX tries_aging ON tries (since);
