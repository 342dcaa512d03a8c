CREATE TABLE activity_before (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  request_id BLOB NOT NULL REFERENCES requests (id),
  happened_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  action TEXT NOT NULL,
  object TEXT,
  known_by TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  sealed_in BIGINT
);
INSERT INTO activity_before (id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by, sealed_in)
  SELECT id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by, sealed_in FROM activity ORDER BY id;
DROP TABLE activity;
ALTER TABLE activity_before RENAME TO activity;
CREATE INDEX activity_of_request ON activity (request_id, id);
CREATE INDEX activity_sealed ON activity (tenant_id, sealed_in, id);
