DROP INDEX activity_unsealed;
DROP INDEX activity_of_request;
DROP INDEX activity_sealed;
CREATE INDEX activity_of_request ON activity (request_id, id);
CREATE INDEX activity_sealed ON activity (tenant_id, sealed_in, id);
