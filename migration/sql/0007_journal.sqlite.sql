-- What happened stays written: an event gets a position once, and goes only when it is below the floor.
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
WHEN OLD.position IS NOT NULL OR NEW.position IS NULL
    OR (OLD.organization_id, OLD.id, OLD.type, OLD.aggregate_id, OLD.aggregate_version, OLD.payload, OLD.actor_kind,
        OLD.occurred_at)
    <> (NEW.organization_id, NEW.id, NEW.type, NEW.aggregate_id, NEW.aggregate_version, NEW.payload, NEW.actor_kind,
        NEW.occurred_at)
    OR OLD.actor_id IS NOT NEW.actor_id
BEGIN SELECT RAISE(ABORT, 'events_append_only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
WHEN OLD.position IS NULL OR OLD.position > coalesce((SELECT position FROM journal_marks
    WHERE organization_id = OLD.organization_id AND name = 'forgotten'), 0)
BEGIN SELECT RAISE(ABORT, 'events_append_only'); END;
