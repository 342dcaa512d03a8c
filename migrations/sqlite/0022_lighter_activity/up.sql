-- Thousands of deeds may be recorded in a second, so a row of them says no more than it must: their tenant and request are
-- known to whoever allows them, and neither is ever deleted.

-- SQLite alone: it drops no reference, so the table is made anew. It lies in the order of its key now and not beside it.
CREATE TABLE activity_after (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL,
  request_id BLOB NOT NULL,
  happened_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  action TEXT NOT NULL,
  object TEXT,
  known_by TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  sealed_in BIGINT
) WITHOUT ROWID;
INSERT INTO activity_after (id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by, sealed_in)
  SELECT id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by, sealed_in FROM activity ORDER BY id;
DROP TABLE activity;
ALTER TABLE activity_after RENAME TO activity;
CREATE INDEX activity_of_request ON activity (request_id, id);
CREATE INDEX activity_sealed ON activity (tenant_id, sealed_in, id);
