DROP TABLE forgotten_passwords;
DROP TABLE sign_ins;
DROP TABLE one_time_links;
ALTER TABLE tenants DROP COLUMN recovery;
ALTER TABLE people DROP COLUMN removed_at;
ALTER TABLE people DROP COLUMN joined_at;
