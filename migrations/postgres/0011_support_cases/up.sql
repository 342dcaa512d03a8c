-- Support cases are opened, said something in and closed. Who opened one that is there already is who brought the entry
-- about that recorded it; no other row of that kind can be, and one without such an entry makes no sense from here on.

ALTER TABLE support_cases ADD COLUMN description TEXT NULL;
ALTER TABLE support_cases ADD COLUMN opened_by JSONB NOT NULL DEFAULT 'null';
ALTER TABLE support_cases ADD COLUMN opened_at TIMESTAMPTZ NOT NULL DEFAULT 'epoch';
ALTER TABLE support_cases ADD COLUMN changed_by JSONB NULL;
ALTER TABLE support_cases ADD COLUMN changed_at TIMESTAMPTZ NULL;
ALTER TABLE support_cases ADD COLUMN closed_by JSONB NULL;
ALTER TABLE support_cases ADD COLUMN closed_at TIMESTAMPTZ NULL;

UPDATE support_cases SET opened_by = recorded.entry -> 'actor', opened_at = recorded.at
FROM (
  SELECT log, at, body::jsonb AS entry FROM audit_entries WHERE act = 'support_case.recorded'
) AS recorded
WHERE recorded.log = support_cases.tenant_id
  AND recorded.entry -> 'details' ->> 'id' = support_cases.id::text
  AND recorded.entry -> 'actor' IS NOT NULL;

-- The lists: open ones by when they were opened, closed ones by when they were closed, of one tenant and of all.
CREATE INDEX support_cases_open ON support_cases (tenant_id, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX support_cases_closed ON support_cases (tenant_id, closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX support_cases_all_open ON support_cases (opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX support_cases_all_closed ON support_cases (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX requests_of_case ON requests (case_id, filed_at, id);

CREATE TABLE case_comments (
  id UUID NOT NULL PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  case_id UUID NOT NULL REFERENCES support_cases (id),
  said_by JSONB NOT NULL,
  said_at TIMESTAMPTZ NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX case_comments_of_case ON case_comments (case_id, said_at, id);
