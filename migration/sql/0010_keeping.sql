-- What has been kept long enough is found by when that began.
CREATE INDEX webhook_deliveries_ended_index ON webhook_deliveries (organization_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_ended_index ON deliveries (organization_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX notifications_read_index ON notifications (organization_id, read_at) WHERE read_at IS NOT NULL;
CREATE INDEX notifications_ignored_index ON notifications (organization_id, created_at) WHERE read_at IS NULL;
