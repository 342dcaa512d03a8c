-- Who set single sign-on last: its groups give them no role. Who set one that is there already is who brought the last
-- entry about that says so; one without such an entry makes no sense from here on.

ALTER TABLE single_sign_on ADD COLUMN set_by UUID NULL REFERENCES people (id);

UPDATE single_sign_on SET set_by = (
  SELECT people.id
  FROM audit_entries
  JOIN people ON people.id::text = audit_entries.body::jsonb -> 'actor' ->> 'id'
  WHERE audit_entries.log = single_sign_on.log AND audit_entries.act = 'single_sign_on.set'
  ORDER BY audit_entries.seq DESC
  LIMIT 1
);
