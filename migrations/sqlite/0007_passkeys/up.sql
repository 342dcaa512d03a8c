-- Passkeys, of which a person may have several; recovery codes, which vanish when they are used; and the challenges
-- that were answered and have not ended yet, so that an answer counts once.

CREATE TABLE passkeys (
  id BLOB NOT NULL PRIMARY KEY,
  person_id BLOB NOT NULL REFERENCES people (id),
  name TEXT NOT NULL,
  credential_id BLOB NOT NULL UNIQUE,
  credential TEXT NOT NULL,
  since BIGINT NOT NULL,
  counter BIGINT NOT NULL,
  last_used_at BIGINT NULL
);
CREATE INDEX passkeys_of_person ON passkeys (person_id, since);

CREATE TABLE recovery_codes (
  person_id BLOB NOT NULL REFERENCES people (id),
  code_sha256 BLOB NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (person_id, code_sha256)
);

CREATE TABLE answered_challenges (
  challenge_sha256 BLOB NOT NULL PRIMARY KEY,
  answered_at BIGINT NOT NULL
);
CREATE INDEX answered_challenges_at ON answered_challenges (answered_at);
