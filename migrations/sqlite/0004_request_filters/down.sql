DROP INDEX requests_of_tenants_engineer;
DROP INDEX requests_of_service;
DROP INDEX requests_of_kind;
