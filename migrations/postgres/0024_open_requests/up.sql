-- What time can still move on is found among its like: a request that is over leaves these indexes, so that questions
-- about open ones do not slow down with what was ever filed, and an act that ends one writes to fewer.
DROP INDEX requests_in_state;
CREATE INDEX requests_in_state ON requests (tenant_id, state_kind, deadline, id) WHERE deadline IS NOT NULL;
DROP INDEX requests_of_engineer;
CREATE INDEX requests_open_of_engineer ON requests (engineer_id, tenant_id) WHERE deadline IS NOT NULL;
-- Those that are over are listed by how they ended.
DROP INDEX requests_of_kind;
CREATE INDEX requests_over ON requests (tenant_id, state_kind, filed_at DESC, id DESC) WHERE deadline IS NULL;
-- Few requests are of a case in a deployment whose cases are kept elsewhere.
DROP INDEX requests_of_case;
CREATE INDEX requests_of_case ON requests (case_id, filed_at, id) WHERE case_id IS NOT NULL;
