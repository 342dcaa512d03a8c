-- Reminders, and what a tenant wants of its mails. Requests from before this have no reminders.

ALTER TABLE requests ADD COLUMN reminders TEXT NOT NULL DEFAULT '[]';
ALTER TABLE requests ADD COLUMN remind_at BIGINT NULL;
CREATE INDEX requests_to_remind ON requests (remind_at) WHERE remind_at IS NOT NULL;

ALTER TABLE tenants ADD COLUMN mail_links BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE tenants ADD COLUMN mail_reminders BOOLEAN NOT NULL DEFAULT TRUE;
