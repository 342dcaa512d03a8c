DROP INDEX requests_newest_of_engineer;
DROP INDEX requests_newest;
DROP INDEX requests_following;
ALTER TABLE requests DROP COLUMN follows;
