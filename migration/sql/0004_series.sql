-- Bookings that recur, and what became of each occurrence.

CREATE TABLE series (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    host_id {uuid},
    client_id {uuid},
    conflicting_client_id {uuid},
    continues_id {uuid},
    rrule text NOT NULL,
    local_start {local} NOT NULL,
    timezone text NOT NULL,
    added_on {json} NOT NULL,
    except_on {json} NOT NULL,
    begins_from {local} NOT NULL,
    ended_from {local},
    policy text NOT NULL,
    overrides {json} NOT NULL,
    source text NOT NULL,
    attendee_name text NOT NULL,
    attendee_email text,
    attendee_phone text,
    answers {json} NOT NULL,
    notes text,
    metadata {json} NOT NULL,
    materialised_until {instant},
    extend_at {instant},
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT series_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT series_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT series_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT series_host_fkey FOREIGN KEY (organization_id, host_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT series_client_fkey FOREIGN KEY (organization_id, client_id)
        REFERENCES clients (organization_id, id),
    CONSTRAINT series_conflicting_client_fkey FOREIGN KEY (organization_id, conflicting_client_id)
        REFERENCES clients (organization_id, id),
    CONSTRAINT series_continues_fkey FOREIGN KEY (organization_id, continues_id)
        REFERENCES series (organization_id, id),
    CONSTRAINT series_policy_check CHECK (policy IN ('ALL', 'AVAILABLE_ONLY')),
    CONSTRAINT series_source_check CHECK (source IN ('ONLINE', 'WALK_IN', 'PHONE', 'ADMIN')),
    CONSTRAINT series_contact_check CHECK (attendee_email IS NOT NULL OR attendee_phone IS NOT NULL),
    -- What goes on is looked at again; what is made to its end is not.
    CONSTRAINT series_extend_check CHECK ((materialised_until IS NULL) = (extend_at IS NULL))
);
CREATE INDEX series_list_index ON series (organization_id, created_at, id);
CREATE INDEX series_service_index ON series (organization_id, service_id, created_at, id);
CREATE INDEX series_client_index ON series (organization_id, client_id, created_at, id);
CREATE INDEX series_conflicting_client_index ON series (organization_id, conflicting_client_id);
CREATE INDEX series_host_index ON series (organization_id, host_id);
CREATE INDEX series_continues_index ON series (organization_id, continues_id);
CREATE INDEX series_extend_index ON series (organization_id, extend_at, id);

-- One row for each occurrence that was looked at. The unique index is why no occurrence is ever made twice.
CREATE TABLE series_occurrences (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    series_id {uuid} NOT NULL,
    local_start {local} NOT NULL,
    status text NOT NULL,
    reasons {json} NOT NULL,
    booking_id {uuid},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT series_occurrences_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT series_occurrences_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT series_occurrences_series_fkey FOREIGN KEY (organization_id, series_id)
        REFERENCES series (organization_id, id),
    CONSTRAINT series_occurrences_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT series_occurrences_status_check CHECK (status IN ('BOOKED', 'MOVED', 'SKIPPED', 'CONFLICT')),
    CONSTRAINT series_occurrences_booking_check CHECK ((booking_id IS NOT NULL) OR status IN ('SKIPPED', 'CONFLICT'))
);
CREATE UNIQUE INDEX series_occurrences_series_id_local_start_unique
    ON series_occurrences (organization_id, series_id, local_start);
CREATE UNIQUE INDEX series_occurrences_booking_id_unique ON series_occurrences (organization_id, booking_id);
