-- A tenant's list of requests, the newest first, of one kind, one service or one engineer: each a walk along an index.

CREATE INDEX requests_of_kind ON requests (tenant_id, state_kind, filed_at DESC, id DESC);
CREATE INDEX requests_of_service ON requests (tenant_id, service_id, filed_at DESC, id DESC);
CREATE INDEX requests_of_tenants_engineer ON requests (tenant_id, engineer_id, filed_at DESC, id DESC);
