-- Webhooks of each side, by its log.

CREATE TABLE webhooks (
  id BLOB NOT NULL PRIMARY KEY,
  log BLOB NOT NULL REFERENCES audit_heads (log),
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  wants TEXT NOT NULL,
  stage TEXT NOT NULL,
  secret_sealed BLOB NOT NULL,
  former_sealed BLOB,
  former_until BIGINT
);
CREATE INDEX webhooks_of_side ON webhooks (log);

-- Bookkeeping: what is sent to them, as the outbox is for letters.
CREATE TABLE deliveries (
  id BLOB NOT NULL PRIMARY KEY,
  webhook_id BLOB NOT NULL,
  event_id TEXT NOT NULL,
  act TEXT NOT NULL,
  event TEXT NOT NULL,
  written_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER,
  last_error TEXT,
  sent_at BIGINT,
  given_up_at BIGINT
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_aging ON deliveries (written_at);
