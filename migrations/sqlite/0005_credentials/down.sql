ALTER TABLE people ADD COLUMN password_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN second_factor_sealed BLOB NOT NULL DEFAULT x'';
ALTER TABLE people ADD COLUMN second_factor_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN second_factor_last_step BIGINT NOT NULL DEFAULT 0;
UPDATE people SET password_hash = (SELECT hash FROM passwords WHERE person_id = id)
  WHERE id IN (SELECT person_id FROM passwords);
UPDATE people SET
  second_factor_sealed = (SELECT sealed FROM authenticators WHERE person_id = id),
  second_factor_since = (SELECT since FROM authenticators WHERE person_id = id),
  second_factor_last_step = (SELECT last_step FROM authenticators WHERE person_id = id)
  WHERE id IN (SELECT person_id FROM authenticators);
DROP TABLE authenticators;
DROP TABLE passwords;
