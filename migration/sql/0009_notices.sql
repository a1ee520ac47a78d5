-- Where the event that somebody is told of stands in the journal: what they are told grows in this order, and in no other.
ALTER TABLE notifications ADD COLUMN position bigint;
CREATE INDEX notifications_position_index ON notifications (organization_id, user_id, position);
