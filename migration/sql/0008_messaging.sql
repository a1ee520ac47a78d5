-- What an organization tells others, and what became of it.

-- Somebody else's server that wants events. `position` is the last event that was laid out for it.
CREATE TABLE webhook_endpoints (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    url text NOT NULL,
    description text,
    types {json} NOT NULL,
    state text NOT NULL,
    position bigint NOT NULL,
    secret_generation bigint NOT NULL,
    previous_secret_until {instant},
    failing_since {instant},
    version bigint NOT NULL,
    deleted_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT webhook_endpoints_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT webhook_endpoints_state_check CHECK (state IN ('ACTIVE', 'PAUSED', 'DISABLED')),
    CONSTRAINT webhook_endpoints_position_check CHECK (position >= 0),
    CONSTRAINT webhook_endpoints_generation_check CHECK (secret_generation >= 1)
);
CREATE INDEX webhook_endpoints_list_index ON webhook_endpoints (organization_id, created_at, id);

-- One event on its way to one endpoint: however often it is tried, it is one row, one id and one body.
CREATE TABLE webhook_deliveries (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    endpoint_id {uuid} NOT NULL,
    event_id {uuid} NOT NULL,
    event_type text NOT NULL,
    position bigint,
    body text NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    next_attempt_at {instant},
    attempted_at {instant},
    answer_status bigint,
    answer_body text,
    last_error text,
    ended_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT webhook_deliveries_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT webhook_deliveries_endpoint_fkey FOREIGN KEY (organization_id, endpoint_id)
        REFERENCES webhook_endpoints (organization_id, id),
    CONSTRAINT webhook_deliveries_state_check
        CHECK (state IN ('WAITING', 'HELD', 'DELIVERED', 'FAILED', 'CANCELLED')),
    CONSTRAINT webhook_deliveries_attempts_check CHECK (attempts BETWEEN 0 AND 10),
    CONSTRAINT webhook_deliveries_next_check CHECK ((next_attempt_at IS NULL) = (state <> 'WAITING')),
    CONSTRAINT webhook_deliveries_ended_check CHECK ((ended_at IS NULL) = (state IN ('WAITING', 'HELD')))
);
CREATE UNIQUE INDEX webhook_deliveries_endpoint_id_event_id_unique
    ON webhook_deliveries (organization_id, endpoint_id, event_id);
CREATE INDEX webhook_deliveries_list_index ON webhook_deliveries (organization_id, endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_state_index ON webhook_deliveries (organization_id, endpoint_id, state, created_at, id);

-- One letter to somebody outside: what it says is decided when it is sent, by what is true then.
CREATE TABLE deliveries (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    channel text NOT NULL,
    template text NOT NULL,
    event_id {uuid} NOT NULL,
    booking_id {uuid} NOT NULL,
    attendee_id {uuid} NOT NULL,
    link_id {uuid},
    recipient text NOT NULL,
    locale text NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    last_error text,
    ended_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT deliveries_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT deliveries_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT deliveries_attendee_fkey FOREIGN KEY (organization_id, attendee_id)
        REFERENCES attendees (organization_id, id),
    CONSTRAINT deliveries_channel_check CHECK (channel IN ('EMAIL')),
    CONSTRAINT deliveries_template_check CHECK (template IN ('BOOKING_REQUESTED', 'BOOKING_CONFIRMED',
        'BOOKING_REJECTED', 'BOOKING_CANCELLED', 'BOOKING_MOVED', 'BOOKING_REMINDER')),
    CONSTRAINT deliveries_state_check CHECK (state IN ('WAITING', 'SENT', 'FAILED', 'DROPPED')),
    CONSTRAINT deliveries_ended_check CHECK ((ended_at IS NULL) = (state = 'WAITING'))
);
CREATE UNIQUE INDEX deliveries_event_id_attendee_id_template_unique
    ON deliveries (organization_id, event_id, attendee_id, template);
CREATE INDEX deliveries_list_index ON deliveries (organization_id, created_at, id);
CREATE INDEX deliveries_booking_index ON deliveries (organization_id, booking_id, created_at, id);
CREATE INDEX deliveries_attendee_index ON deliveries (organization_id, attendee_id);

-- An organization's own words for one letter in one language.
CREATE TABLE templates (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    key text NOT NULL,
    channel text NOT NULL,
    locale text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT templates_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT templates_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT templates_channel_check CHECK (channel IN ('EMAIL')),
    CONSTRAINT templates_locale_check CHECK (locale IN ('en', 'pt-BR')),
    CONSTRAINT templates_key_check CHECK (key IN ('BOOKING_REQUESTED', 'BOOKING_CONFIRMED',
        'BOOKING_REJECTED', 'BOOKING_CANCELLED', 'BOOKING_MOVED', 'BOOKING_REMINDER'))
);
CREATE UNIQUE INDEX templates_key_channel_locale_unique ON templates (organization_id, key, channel, locale);

-- One thing that somebody is told inside.
CREATE TABLE notifications (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    event_id {uuid} NOT NULL,
    type text NOT NULL,
    subject_id text NOT NULL,
    read_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT notifications_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT notifications_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT notifications_user_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX notifications_user_id_event_id_unique ON notifications (organization_id, user_id, event_id);
CREATE INDEX notifications_list_index ON notifications (organization_id, user_id, created_at, id);
CREATE INDEX notifications_unread_index ON notifications (organization_id, user_id, read_at);
CREATE INDEX notifications_user_index ON notifications (user_id);
