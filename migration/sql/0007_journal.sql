-- What happened in an organization, for those who were not there. Written in the transaction that made it true, without a
-- position; whoever numbers gives committed rows their places, so that no reader passes one that commits late.
CREATE TABLE events (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    position bigint,
    type text NOT NULL,
    aggregate_id text NOT NULL,
    aggregate_version bigint NOT NULL,
    payload {json} NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    occurred_at {instant} NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT events_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT events_position_check CHECK (position >= 1)
);
CREATE UNIQUE INDEX events_position_unique ON events (organization_id, position);
CREATE INDEX events_aggregate_index ON events (organization_id, aggregate_id, position);
CREATE INDEX events_unnumbered_index ON events (organization_id, id) WHERE position IS NULL;

-- How far each has come in a journal: `numbered` is the last position that was given, `forgotten` the last one that is no
-- longer there, and every other name is a reader's.
CREATE TABLE journal_marks (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    name text NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT journal_marks_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT journal_marks_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT journal_marks_position_check CHECK (position >= 0)
);
CREATE UNIQUE INDEX journal_marks_name_unique ON journal_marks (organization_id, name);
CREATE INDEX journal_marks_look_index ON journal_marks (name, organization_id, position);

-- What is promised for later. A kept promise is gone: what it did stands elsewhere.
CREATE TABLE timers (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    kind text NOT NULL,
    subject_id text NOT NULL,
    payload {json} NOT NULL,
    due_at {instant} NOT NULL,
    attempts bigint NOT NULL,
    lease {uuid},
    leased_until {instant},
    last_error text,
    state text NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT timers_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT timers_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT timers_state_check CHECK (state IN ('WAITING', 'DEAD')),
    CONSTRAINT timers_lease_check CHECK ((lease IS NULL) = (leased_until IS NULL)
        AND (lease IS NULL OR state = 'WAITING')),
    CONSTRAINT timers_attempts_check CHECK (attempts BETWEEN 0 AND 25)
);
-- One promise of a kind about one thing: promising again moves it.
CREATE UNIQUE INDEX timers_kind_subject_id_unique ON timers (organization_id, kind, subject_id);
CREATE INDEX timers_due_index ON timers (state, due_at, organization_id, id);
CREATE INDEX timers_list_index ON timers (organization_id, state, due_at, id);
