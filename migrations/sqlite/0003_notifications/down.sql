ALTER TABLE tenants DROP COLUMN mail_reminders;
ALTER TABLE tenants DROP COLUMN mail_links;
DROP INDEX requests_to_remind;
ALTER TABLE requests DROP COLUMN remind_at;
ALTER TABLE requests DROP COLUMN reminders;
