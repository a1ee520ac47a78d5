CREATE EXTENSION IF NOT EXISTS btree_gist;
-- Immediate, so that the statement that would double-book is the one that fails.
ALTER TABLE occupancies ADD CONSTRAINT occupancies_overlap_excludes EXCLUDE USING gist (
    organization_id WITH =, resource_id WITH =, lane WITH =, tstzrange(starts_at, ends_at) WITH &&);

CREATE TRIGGER booking_events_append_only BEFORE UPDATE OR DELETE ON booking_events
    FOR EACH ROW EXECUTE FUNCTION horarium_append_only();

SELECT horarium_seal('clients');
SELECT horarium_seal('occupancies');
SELECT horarium_seal('bookings');
SELECT horarium_seal('holds');
SELECT horarium_seal('booking_hosts');
SELECT horarium_seal('booking_events');
SELECT horarium_seal('attendees');
SELECT horarium_seal('booking_answers');
SELECT horarium_seal('booking_tokens');
SELECT horarium_seal('assignments');
SELECT horarium_seal('fairness_balances');
