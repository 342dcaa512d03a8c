-- Webhooks of each side, by its log.

CREATE TABLE webhooks (
  id UUID NOT NULL PRIMARY KEY,
  log UUID NOT NULL REFERENCES audit_heads (log),
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  wants JSONB NOT NULL,
  stage JSONB NOT NULL,
  secret_sealed BYTEA NOT NULL,
  former_sealed BYTEA,
  former_until TIMESTAMPTZ
);
CREATE INDEX webhooks_of_side ON webhooks (log);

-- Bookkeeping: what is sent to them, as the outbox is for letters.
CREATE TABLE deliveries (
  id UUID NOT NULL PRIMARY KEY,
  webhook_id UUID NOT NULL,
  event_id TEXT NOT NULL,
  act TEXT NOT NULL,
  event JSONB NOT NULL,
  written_at TIMESTAMPTZ NOT NULL,
  due_at TIMESTAMPTZ NOT NULL,
  lease_until TIMESTAMPTZ NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER,
  last_error TEXT,
  sent_at TIMESTAMPTZ,
  given_up_at TIMESTAMPTZ
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_aging ON deliveries (written_at);
