-- Passkeys, of which a person may have several; recovery codes, which vanish when they are used; and the challenges
-- that were answered and have not ended yet, so that an answer counts once.

CREATE TABLE passkeys (
  id UUID NOT NULL PRIMARY KEY,
  person_id UUID NOT NULL REFERENCES people (id),
  name TEXT NOT NULL,
  credential_id BYTEA NOT NULL UNIQUE,
  credential TEXT NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  counter BIGINT NOT NULL,
  last_used_at TIMESTAMPTZ NULL
);
CREATE INDEX passkeys_of_person ON passkeys (person_id, since);

CREATE TABLE recovery_codes (
  person_id UUID NOT NULL REFERENCES people (id),
  code_sha256 BYTEA NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (person_id, code_sha256)
);

CREATE TABLE answered_challenges (
  challenge_sha256 BYTEA NOT NULL PRIMARY KEY,
  answered_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX answered_challenges_at ON answered_challenges (answered_at);
