-- What was done under requests. Written without a fact each, through Store::keep; what a minute brought is then sealed in
-- the tenant's log as one entry with the root over it, whose place stands in sealed_in.
CREATE TABLE activity (
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
CREATE INDEX activity_of_request ON activity (request_id, id);
CREATE INDEX activity_sealed ON activity (tenant_id, sealed_in, id);
