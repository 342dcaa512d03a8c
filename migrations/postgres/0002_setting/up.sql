-- What a tenant is entitled to, whether it can still have a trial, and since when it is suspended.
--
-- A tenant that was enrolled before there were entitlements could turn its lockbox on. It is included, in no named
-- plan, so that nobody loses what they had; `audit verify` reads an enrolment that names no entitlement the same way.

ALTER TABLE tenants ADD COLUMN entitlement JSONB NOT NULL DEFAULT '{"entitlement":"included","plan":null}';
ALTER TABLE tenants ADD COLUMN trial JSONB NOT NULL DEFAULT '{"trial":"offered"}';
ALTER TABLE tenants ADD COLUMN suspended_at TIMESTAMPTZ NULL;
