-- A request for more time names the one it follows. The provider's lists: everything the newest first, of everybody
-- and of one engineer, each a walk along an index.

ALTER TABLE requests ADD COLUMN follows TEXT REFERENCES requests (reference);
CREATE INDEX requests_following ON requests (follows) WHERE follows IS NOT NULL;
CREATE INDEX requests_newest ON requests (filed_at DESC, id DESC);
CREATE INDEX requests_newest_of_engineer ON requests (engineer_id, filed_at DESC, id DESC);
