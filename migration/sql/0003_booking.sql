-- Who is booked with whom, and what keeps two of them out of one chair.

CREATE TABLE clients (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    user_id {uuid},
    timezone text,
    locale text,
    country text,
    city text,
    primary_provider_id {uuid},
    search text NOT NULL,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT clients_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT clients_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT clients_user_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT clients_primary_provider_fkey FOREIGN KEY (organization_id, primary_provider_id)
        REFERENCES providers (organization_id, id)
);
-- A telephone may be a family's; an e-mail address is one person's.
CREATE UNIQUE INDEX clients_email_unique ON clients (organization_id, email);
CREATE UNIQUE INDEX clients_user_id_unique ON clients (organization_id, user_id);
CREATE INDEX clients_user_index ON clients (user_id);
CREATE INDEX clients_phone_index ON clients (organization_id, phone, created_at, id);
CREATE INDEX clients_list_index ON clients (organization_id, name, id);
CREATE INDEX clients_primary_provider_index ON clients (organization_id, primary_provider_id, name, id);

-- The whole proof against double booking: no two rows of one resource and lane overlap. Buffers are inside the span.
CREATE TABLE occupancies (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    lane bigint NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    owner_kind text NOT NULL,
    owner_id {uuid} NOT NULL,
    expires_at {instant},
    CONSTRAINT occupancies_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT occupancies_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT occupancies_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT occupancies_span_check CHECK (starts_at < ends_at),
    CONSTRAINT occupancies_lane_check CHECK (lane BETWEEN 0 AND 499),
    CONSTRAINT occupancies_owner_check CHECK (owner_kind IN ('HOLD', 'BOOKING')
        OR (owner_kind = 'BLOCK' AND expires_at IS NULL))
);
CREATE INDEX occupancies_lane_index ON occupancies (organization_id, resource_id, lane, starts_at);
CREATE INDEX occupancies_ends_index ON occupancies (organization_id, resource_id, ends_at);
CREATE INDEX occupancies_owner_index ON occupancies (organization_id, owner_id);
CREATE INDEX occupancies_expires_index ON occupancies (organization_id, expires_at);

CREATE TABLE bookings (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    client_id {uuid},
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    buffer_before_minutes bigint NOT NULL,
    buffer_after_minutes bigint NOT NULL,
    local_start {local} NOT NULL,
    timezone text NOT NULL,
    zone_intent text NOT NULL,
    status text NOT NULL,
    version bigint NOT NULL,
    source text NOT NULL,
    seats bigint NOT NULL,
    pending_occupies boolean NOT NULL,
    expires_at {instant},
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    payment_terms text NOT NULL,
    due_minor bigint NOT NULL,
    cancellation_tiers {json} NOT NULL,
    reminders {json} NOT NULL,
    location text NOT NULL,
    location_detail text,
    notes text,
    metadata {json} NOT NULL,
    closed_at {instant},
    closed_reason text,
    fee_minor bigint,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT bookings_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT bookings_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT bookings_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT bookings_client_fkey FOREIGN KEY (organization_id, client_id)
        REFERENCES clients (organization_id, id),
    CONSTRAINT bookings_span_check CHECK (starts_at < ends_at),
    CONSTRAINT bookings_buffers_check
        CHECK (buffer_before_minutes BETWEEN 0 AND 1440 AND buffer_after_minutes BETWEEN 0 AND 1440),
    CONSTRAINT bookings_zone_intent_check CHECK (zone_intent IN ('WALL_CLOCK', 'INSTANT')),
    CONSTRAINT bookings_status_check CHECK (status IN ('PENDING', 'PENDING_PAYMENT', 'CONFIRMED', 'COMPLETED',
        'NO_SHOW', 'CANCELLED', 'REJECTED', 'EXPIRED')),
    CONSTRAINT bookings_expires_check
        CHECK (expires_at IS NULL OR status IN ('PENDING', 'PENDING_PAYMENT')),
    CONSTRAINT bookings_closed_check CHECK ((closed_at IS NOT NULL) = (status IN ('COMPLETED', 'NO_SHOW',
        'CANCELLED', 'REJECTED', 'EXPIRED'))),
    CONSTRAINT bookings_source_check CHECK (source IN ('ONLINE', 'WALK_IN', 'PHONE', 'ADMIN')),
    CONSTRAINT bookings_seats_check CHECK (seats BETWEEN 1 AND 500),
    CONSTRAINT bookings_payment_check CHECK (payment_terms IN ('NONE', 'FULL', 'PERCENT', 'DEPOSIT') AND due_minor >= 0),
    CONSTRAINT bookings_location_check CHECK (location IN ('IN_PERSON', 'VIDEO', 'PHONE', 'CUSTOM')),
    CONSTRAINT bookings_price_check CHECK (price_minor >= 0 AND (fee_minor IS NULL OR fee_minor >= 0))
);
-- What the attendees' copy of `seats` refers to.
CREATE UNIQUE INDEX bookings_id_seats_unique ON bookings (organization_id, id, seats);
CREATE INDEX bookings_list_index ON bookings (organization_id, starts_at, id);
CREATE INDEX bookings_service_index ON bookings (organization_id, service_id, starts_at, id);
CREATE INDEX bookings_status_index ON bookings (organization_id, status, starts_at, id);
CREATE INDEX bookings_client_index ON bookings (organization_id, client_id, starts_at, id);
CREATE INDEX bookings_expires_index ON bookings (organization_id, expires_at);

-- Time that is kept for whoever is about to book it. A seat's hold names the session that it is a seat of.
CREATE TABLE holds (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    booking_id {uuid},
    digest {bytes} NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    choice {json} NOT NULL,
    expires_at {instant} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT holds_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT holds_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT holds_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT holds_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT holds_span_check CHECK (starts_at < ends_at)
);
CREATE UNIQUE INDEX holds_digest_unique ON holds (organization_id, digest);
CREATE INDEX holds_service_index ON holds (organization_id, service_id, starts_at);
CREATE INDEX holds_booking_index ON holds (organization_id, booking_id);
CREATE INDEX holds_expires_index ON holds (organization_id, expires_at);

CREATE TABLE booking_hosts (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    part text NOT NULL,
    starts_at {instant} NOT NULL,
    CONSTRAINT booking_hosts_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT booking_hosts_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT booking_hosts_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT booking_hosts_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT booking_hosts_part_check CHECK (part IN ('HOST', 'ROOM', 'EQUIPMENT'))
);
CREATE UNIQUE INDEX booking_hosts_booking_id_resource_id_unique
    ON booking_hosts (organization_id, booking_id, resource_id);
CREATE INDEX booking_hosts_resource_index ON booking_hosts (organization_id, resource_id, starts_at, booking_id);

-- What happened to a booking, one row for each version of it.
CREATE TABLE booking_events (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    version bigint NOT NULL,
    what text NOT NULL,
    from_status text,
    to_status text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    reason text,
    facts {json} NOT NULL,
    at {instant} NOT NULL,
    CONSTRAINT booking_events_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT booking_events_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT booking_events_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT booking_events_what_check CHECK (what IN ('CREATED', 'CONFIRMED', 'PAYMENT_REQUIRED', 'REJECTED',
        'CANCELLED', 'EXPIRED', 'COMPLETED', 'NO_SHOW', 'MOVED', 'REASSIGNED', 'ATTENDEE_ADDED', 'ATTENDEE_REMOVED')),
    CONSTRAINT booking_events_actor_check
        CHECK (actor_kind IN ('USER', 'API_KEY', 'BOOKING_TOKEN', 'ANONYMOUS', 'SYSTEM'))
);
-- Two writers of one version cannot both be right.
CREATE UNIQUE INDEX booking_events_booking_id_version_unique
    ON booking_events (organization_id, booking_id, version);

CREATE TABLE attendees (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    seats bigint NOT NULL,
    seat_no bigint,
    status text NOT NULL,
    name text,
    email text,
    phone text,
    client_id {uuid},
    conflicting_client_id {uuid},
    hold_id {uuid},
    search text,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    expires_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT attendees_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT attendees_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT attendees_booking_fkey FOREIGN KEY (organization_id, booking_id, seats)
        REFERENCES bookings (organization_id, id, seats),
    CONSTRAINT attendees_client_fkey FOREIGN KEY (organization_id, client_id)
        REFERENCES clients (organization_id, id),
    CONSTRAINT attendees_conflicting_client_fkey FOREIGN KEY (organization_id, conflicting_client_id)
        REFERENCES clients (organization_id, id),
    CONSTRAINT attendees_hold_fkey FOREIGN KEY (organization_id, hold_id)
        REFERENCES holds (organization_id, id),
    CONSTRAINT attendees_status_check CHECK (status IN ('HELD', 'CONFIRMED', 'CANCELLED')),
    CONSTRAINT attendees_seat_check CHECK ((seat_no IS NOT NULL) = (status IN ('HELD', 'CONFIRMED'))
        AND (seat_no IS NULL OR seat_no BETWEEN 1 AND seats)),
    -- A seat that is offered to whoever waits is held and does not free itself.
    CONSTRAINT attendees_held_check CHECK ((status = 'HELD') = (hold_id IS NOT NULL)
        AND (status = 'HELD' OR (expires_at IS NULL AND name IS NOT NULL))),
    CONSTRAINT attendees_price_check CHECK (price_minor >= 0)
);
CREATE UNIQUE INDEX attendees_booking_id_seat_no_unique ON attendees (organization_id, booking_id, seat_no);
CREATE INDEX attendees_booking_index ON attendees (organization_id, booking_id, seats);
CREATE INDEX attendees_client_index ON attendees (organization_id, client_id);
CREATE INDEX attendees_conflicting_client_index ON attendees (organization_id, conflicting_client_id);
CREATE INDEX attendees_hold_index ON attendees (organization_id, hold_id);

CREATE TABLE booking_answers (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    attendee_id {uuid} NOT NULL,
    question text NOT NULL,
    answer {json} NOT NULL,
    CONSTRAINT booking_answers_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT booking_answers_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT booking_answers_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT booking_answers_attendee_fkey FOREIGN KEY (organization_id, attendee_id)
        REFERENCES attendees (organization_id, id)
);
CREATE UNIQUE INDEX booking_answers_attendee_id_question_unique
    ON booking_answers (organization_id, attendee_id, question);
CREATE INDEX booking_answers_booking_index ON booking_answers (organization_id, booking_id);

-- Links that clients carry; only their hashes are here.
CREATE TABLE booking_tokens (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    attendee_id {uuid} NOT NULL,
    purpose text NOT NULL,
    digest {bytes} NOT NULL,
    expires_at {instant} NOT NULL,
    revoked_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT booking_tokens_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT booking_tokens_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT booking_tokens_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT booking_tokens_attendee_fkey FOREIGN KEY (organization_id, attendee_id)
        REFERENCES attendees (organization_id, id),
    CONSTRAINT booking_tokens_purpose_check CHECK (purpose IN ('MANAGE', 'VIEW'))
);
CREATE UNIQUE INDEX booking_tokens_digest_unique ON booking_tokens (organization_id, digest);
CREATE INDEX booking_tokens_booking_index ON booking_tokens (organization_id, booking_id);
CREATE INDEX booking_tokens_attendee_index ON booking_tokens (organization_id, attendee_id);

-- Who got a booking that several could have had, why, and what that did to everybody's balance.
CREATE TABLE assignments (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    pool_id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    candidates {json} NOT NULL,
    reversed_at {instant},
    at {instant} NOT NULL,
    CONSTRAINT assignments_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT assignments_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT assignments_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT assignments_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id)
);
CREATE INDEX assignments_booking_index ON assignments (organization_id, booking_id);
CREATE INDEX assignments_resource_index ON assignments (organization_id, resource_id);
CREATE INDEX assignments_pool_index ON assignments (organization_id, pool_id, at, id);

-- How far each host of a pool is ahead of or behind its share, in billionths of a booking. A pool is a team, or a
-- service whose own hosts take turns; its row is held by whoever moves a balance.
CREATE TABLE fairness_balances (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    pool_id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    balance bigint NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT fairness_balances_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT fairness_balances_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT fairness_balances_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id)
);
CREATE UNIQUE INDEX fairness_balances_pool_id_resource_id_unique
    ON fairness_balances (organization_id, pool_id, resource_id);
CREATE INDEX fairness_balances_resource_index ON fairness_balances (organization_id, resource_id);
