-- People come and go: invited, here, removed. Who was there before came when their second factor was enrolled.

ALTER TABLE people ADD COLUMN joined_at BIGINT NULL;
ALTER TABLE people ADD COLUMN removed_at BIGINT NULL;
UPDATE people SET joined_at = (SELECT since FROM authenticators WHERE person_id = id);

-- A new administrator that the provider is making for a tenant that lost all of its own.
ALTER TABLE tenants ADD COLUMN recovery TEXT NULL;

-- Bookkeeping from here on.

-- At most one of each kind: a newer link takes the place of the one before. The sealed token goes when its letter has.
CREATE TABLE one_time_links (
  person_id BLOB NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  sealed BLOB,
  made_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, kind)
);
CREATE INDEX one_time_links_expiring ON one_time_links (expires_at);

CREATE TABLE sign_ins (
  person_id BLOB NOT NULL PRIMARY KEY REFERENCES people (id),
  at BIGINT NOT NULL
);

CREATE TABLE forgotten_passwords (
  email TEXT NOT NULL PRIMARY KEY,
  asked_at BIGINT NOT NULL
);
