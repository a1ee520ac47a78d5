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
CREATE INDEX events_aggregate_index ON events (organization_id, aggregate_id, aggregate_version);
CREATE INDEX events_unnumbered_index ON events (organization_id, id) WHERE position IS NULL;

-- How far an organization's journal goes: the last position given, and the last one forgotten.
CREATE TABLE journals (
    organization_id {uuid} NOT NULL,
    last_position bigint NOT NULL,
    floor bigint NOT NULL,
    CONSTRAINT journals_pkey PRIMARY KEY (organization_id),
    CONSTRAINT journals_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT journals_floor_check CHECK (floor >= 0 AND floor <= last_position)
);

-- What is promised for later.
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
    ended_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT timers_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT timers_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT timers_state_check CHECK (state IN ('WAITING', 'DONE', 'CANCELLED', 'DEAD')),
    CONSTRAINT timers_lease_check CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CONSTRAINT timers_ended_check CHECK ((ended_at IS NULL) = (state = 'WAITING')),
    CONSTRAINT timers_attempts_check CHECK (attempts BETWEEN 0 AND 25)
);
CREATE INDEX timers_due_index ON timers (due_at, organization_id, id) WHERE state = 'WAITING';
-- One promise of a kind about one thing: setting it again moves it.
CREATE UNIQUE INDEX timers_kind_subject_id_unique ON timers (organization_id, kind, subject_id) WHERE state = 'WAITING';
CREATE INDEX timers_list_index ON timers (organization_id, state, due_at, id);
