-- The exclusion. Rows of one lane are disjoint, so only the last one that starts before the new one's end can meet it.
-- Instants are text of one form, which sorts as time does.
CREATE TRIGGER occupancies_overlap_insert BEFORE INSERT ON occupancies
WHEN (SELECT ends_at FROM occupancies WHERE organization_id = NEW.organization_id AND resource_id = NEW.resource_id
    AND lane = NEW.lane AND starts_at < NEW.ends_at ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at
BEGIN SELECT RAISE(ABORT, 'occupancies_overlap_excludes'); END;
CREATE TRIGGER occupancies_overlap_update BEFORE UPDATE ON occupancies
WHEN (SELECT ends_at FROM occupancies WHERE organization_id = NEW.organization_id AND resource_id = NEW.resource_id
    AND lane = NEW.lane AND starts_at < NEW.ends_at AND id <> OLD.id ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at
BEGIN SELECT RAISE(ABORT, 'occupancies_overlap_excludes'); END;

CREATE TRIGGER booking_events_no_update BEFORE UPDATE ON booking_events
BEGIN SELECT RAISE(ABORT, 'booking_events_append_only'); END;
CREATE TRIGGER booking_events_no_delete BEFORE DELETE ON booking_events
BEGIN SELECT RAISE(ABORT, 'booking_events_append_only'); END;
