SELECT horarium_seal('events');
SELECT horarium_seal('journal_marks');
SELECT horarium_seal('timers');

-- The worker sees what happened and what is promised, of all organizations, and nothing else of them.
CREATE POLICY worker ON events TO horarium_worker USING (true);
CREATE POLICY worker ON journal_marks TO horarium_worker USING (true);
CREATE POLICY worker ON timers TO horarium_worker USING (true);

-- What happened stays written: an event gets a position once, and goes only when it is below the floor.
CREATE FUNCTION horarium_events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.position <= (SELECT position FROM journal_marks
            WHERE organization_id = OLD.organization_id AND name = 'forgotten')
        THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.position IS NULL AND NEW.position IS NOT NULL
        AND (OLD.organization_id, OLD.id, OLD.type, OLD.aggregate_id, OLD.aggregate_version, OLD.payload,
             OLD.actor_kind, OLD.occurred_at)
          = (NEW.organization_id, NEW.id, NEW.type, NEW.aggregate_id, NEW.aggregate_version, NEW.payload,
             NEW.actor_kind, NEW.occurred_at)
        AND OLD.actor_id IS NOT DISTINCT FROM NEW.actor_id
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events is append-only' USING ERRCODE = 'P0001', CONSTRAINT = 'events_append_only';
END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION horarium_events_guard();
