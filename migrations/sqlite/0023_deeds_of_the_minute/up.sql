-- A deed is recorded while somebody waits for it, and found by its request or its place in the log only once its minute is
-- sealed. So until then it stands in one small index, at whose end each new one of its tenant comes.
DROP INDEX activity_of_request;
DROP INDEX activity_sealed;
CREATE INDEX activity_unsealed ON activity (tenant_id, id, request_id) WHERE sealed_in IS NULL;
CREATE INDEX activity_of_request ON activity (request_id, id) WHERE sealed_in IS NOT NULL;
CREATE INDEX activity_sealed ON activity (tenant_id, sealed_in, id) WHERE sealed_in IS NOT NULL;
