DROP INDEX requests_of_case;
CREATE INDEX requests_of_case ON requests (case_id, filed_at, id);
DROP INDEX requests_over;
CREATE INDEX requests_of_kind ON requests (tenant_id, state_kind, filed_at DESC, id DESC);
DROP INDEX requests_open_of_engineer;
CREATE INDEX requests_of_engineer ON requests (engineer_id, tenant_id, state_kind);
DROP INDEX requests_in_state;
CREATE INDEX requests_in_state ON requests (tenant_id, state_kind, deadline, id);
