-- Support cases are opened, said something in and closed. Who opened one that is there already is who brought the entry
-- about that recorded it; no other row of that kind can be, and one without such an entry makes no sense from here on.

ALTER TABLE support_cases ADD COLUMN description TEXT NULL;
ALTER TABLE support_cases ADD COLUMN opened_by TEXT NOT NULL DEFAULT 'null';
ALTER TABLE support_cases ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE support_cases ADD COLUMN changed_by TEXT NULL;
ALTER TABLE support_cases ADD COLUMN changed_at BIGINT NULL;
ALTER TABLE support_cases ADD COLUMN closed_by TEXT NULL;
ALTER TABLE support_cases ADD COLUMN closed_at BIGINT NULL;

UPDATE support_cases SET opened_by = recorded.actor, opened_at = recorded.at
FROM (
  SELECT log, at,
    CASE WHEN json_valid(body) THEN json_extract(body, '$.actor') END AS actor,
    CASE WHEN json_valid(body) THEN json_extract(body, '$.details.id') END AS case_id
  FROM audit_entries WHERE act = 'support_case.recorded'
) AS recorded
WHERE recorded.log = support_cases.tenant_id
  AND recorded.actor IS NOT NULL
  AND recorded.case_id = lower(
    substr(hex(support_cases.id), 1, 8) || '-' || substr(hex(support_cases.id), 9, 4) || '-' ||
    substr(hex(support_cases.id), 13, 4) || '-' || substr(hex(support_cases.id), 17, 4) || '-' ||
    substr(hex(support_cases.id), 21, 12)
  );

-- The lists: open ones by when they were opened, closed ones by when they were closed, of one tenant and of all.
CREATE INDEX support_cases_open ON support_cases (tenant_id, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX support_cases_closed ON support_cases (tenant_id, closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX support_cases_all_open ON support_cases (opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX support_cases_all_closed ON support_cases (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX requests_of_case ON requests (case_id, filed_at, id);

CREATE TABLE case_comments (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  case_id BLOB NOT NULL REFERENCES support_cases (id),
  said_by TEXT NOT NULL,
  said_at BIGINT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX case_comments_of_case ON case_comments (case_id, said_at, id);
