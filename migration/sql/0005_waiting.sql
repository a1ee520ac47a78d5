-- Whoever does not book at once: a link that staff send, a place on a list, a question of where to go, a queue at the door.

-- A link that staff send, by which somebody books. EXPIRED is what the clock says of a link, and is never stored.
CREATE TABLE booking_requests (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    host_id {uuid},
    name text NOT NULL,
    email text,
    phone text,
    message text,
    status text NOT NULL,
    digest {bytes} NOT NULL,
    booking_id {uuid},
    search text NOT NULL,
    version bigint NOT NULL,
    expires_at {instant} NOT NULL,
    opened_at {instant},
    closed_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT booking_requests_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT booking_requests_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT booking_requests_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT booking_requests_host_fkey FOREIGN KEY (organization_id, host_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT booking_requests_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT booking_requests_contact_check CHECK (email IS NOT NULL OR phone IS NOT NULL),
    CONSTRAINT booking_requests_status_check CHECK (status IN ('SENT', 'OPENED', 'BOOKED', 'CANCELLED')),
    CONSTRAINT booking_requests_booked_check CHECK ((booking_id IS NOT NULL) = (status = 'BOOKED')),
    CONSTRAINT booking_requests_closed_check CHECK ((closed_at IS NOT NULL) = (status IN ('BOOKED', 'CANCELLED'))),
    CONSTRAINT booking_requests_span_check CHECK (created_at < expires_at)
);
CREATE UNIQUE INDEX booking_requests_digest_unique ON booking_requests (organization_id, digest);
CREATE INDEX booking_requests_list_index ON booking_requests (organization_id, created_at, id);
CREATE INDEX booking_requests_service_index ON booking_requests (organization_id, service_id);
CREATE INDEX booking_requests_host_index ON booking_requests (organization_id, host_id, created_at, id);
CREATE INDEX booking_requests_booking_index ON booking_requests (organization_id, booking_id);

-- Somebody who waits for a service to come free within a window. Who came first is offered first; EXPIRED is what the
-- clock says of a window, and is never stored.
CREATE TABLE waitlist (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    host_id {uuid},
    window_starts_at {instant} NOT NULL,
    window_ends_at {instant} NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    status text NOT NULL,
    offered_until {instant},
    digest {bytes} NOT NULL,
    booking_id {uuid},
    search text NOT NULL,
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT waitlist_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT waitlist_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT waitlist_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT waitlist_host_fkey FOREIGN KEY (organization_id, host_id) REFERENCES resources (organization_id, id),
    CONSTRAINT waitlist_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT waitlist_window_check CHECK (window_starts_at < window_ends_at),
    CONSTRAINT waitlist_contact_check CHECK (email IS NOT NULL OR phone IS NOT NULL),
    CONSTRAINT waitlist_status_check CHECK (status IN ('WAITING', 'OFFERED', 'BOOKED', 'LEFT')),
    CONSTRAINT waitlist_offered_check CHECK ((offered_until IS NOT NULL) = (status = 'OFFERED')),
    CONSTRAINT waitlist_booked_check CHECK ((booking_id IS NOT NULL) = (status = 'BOOKED'))
);
CREATE UNIQUE INDEX waitlist_digest_unique ON waitlist (organization_id, digest);
CREATE INDEX waitlist_list_index ON waitlist (organization_id, created_at, id);
CREATE INDEX waitlist_service_index ON waitlist (organization_id, service_id, status, created_at, id);
CREATE INDEX waitlist_host_index ON waitlist (organization_id, host_id, created_at, id);
CREATE INDEX waitlist_booking_index ON waitlist (organization_id, booking_id);

-- What was offered to whom, and what came of it; nothing has come of one that is open. The hold that keeps it goes when
-- it ends, so it is named as the owner of an occupancy is, without a key.
CREATE TABLE waitlist_offers (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    entry_id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    hold_id {uuid} NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    offered_until {instant} NOT NULL,
    outcome text,
    created_at {instant} NOT NULL,
    ended_at {instant},
    CONSTRAINT waitlist_offers_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT waitlist_offers_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT waitlist_offers_entry_fkey FOREIGN KEY (organization_id, entry_id)
        REFERENCES waitlist (organization_id, id),
    CONSTRAINT waitlist_offers_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT waitlist_offers_span_check CHECK (starts_at < ends_at AND offered_until <= starts_at),
    CONSTRAINT waitlist_offers_outcome_check CHECK (outcome IN ('ACCEPTED', 'DECLINED', 'LAPSED', 'WITHDRAWN')),
    CONSTRAINT waitlist_offers_ended_check CHECK ((ended_at IS NOT NULL) = (outcome IS NOT NULL))
);
-- Nobody is offered the same start twice: whoever passed on it is passed over.
CREATE UNIQUE INDEX waitlist_offers_entry_id_starts_at_unique
    ON waitlist_offers (organization_id, entry_id, starts_at);
CREATE UNIQUE INDEX waitlist_offers_hold_id_unique ON waitlist_offers (organization_id, hold_id);
CREATE INDEX waitlist_offers_due_index ON waitlist_offers (organization_id, outcome, offered_until, id);
CREATE INDEX waitlist_offers_service_index ON waitlist_offers (organization_id, service_id, outcome, offered_until, id);

-- Questions that find out where somebody is to go.
CREATE TABLE routing_forms (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    fields {json} NOT NULL,
    rules {json} NOT NULL,
    fallback {json} NOT NULL,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT routing_forms_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT routing_forms_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE UNIQUE INDEX routing_forms_slug_unique ON routing_forms (organization_id, slug) WHERE archived_at IS NULL;
CREATE INDEX routing_forms_list_index ON routing_forms (organization_id, title, id);

-- What somebody answered, and where that led, as the form was then.
CREATE TABLE routing_submissions (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    form_id {uuid} NOT NULL,
    form_version bigint NOT NULL,
    answers {json} NOT NULL,
    rule_no bigint,
    target {json} NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT routing_submissions_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT routing_submissions_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT routing_submissions_form_fkey FOREIGN KEY (organization_id, form_id)
        REFERENCES routing_forms (organization_id, id),
    CONSTRAINT routing_submissions_rule_check CHECK (rule_no IS NULL OR rule_no >= 1)
);
CREATE INDEX routing_submissions_list_index ON routing_submissions (organization_id, form_id, created_at, id);

-- Who stands at the door, in the order in which they came. Whoever is served takes time as a booking does.
CREATE TABLE walk_ins (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    host_id {uuid},
    name text NOT NULL,
    email text,
    phone text,
    status text NOT NULL,
    digest {bytes} NOT NULL,
    booking_id {uuid},
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    started_at {instant},
    closed_at {instant},
    updated_at {instant} NOT NULL,
    CONSTRAINT walk_ins_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT walk_ins_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT walk_ins_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT walk_ins_host_fkey FOREIGN KEY (organization_id, host_id) REFERENCES resources (organization_id, id),
    CONSTRAINT walk_ins_booking_fkey FOREIGN KEY (organization_id, booking_id)
        REFERENCES bookings (organization_id, id),
    CONSTRAINT walk_ins_status_check
        CHECK (status IN ('QUEUED', 'IN_SERVICE', 'COMPLETED', 'NO_SHOW', 'CANCELLED')),
    CONSTRAINT walk_ins_started_check CHECK ((booking_id IS NOT NULL) = (status IN ('IN_SERVICE', 'COMPLETED'))
        AND (booking_id IS NOT NULL) = (started_at IS NOT NULL)),
    CONSTRAINT walk_ins_closed_check
        CHECK ((closed_at IS NOT NULL) = (status IN ('COMPLETED', 'NO_SHOW', 'CANCELLED')))
);
CREATE UNIQUE INDEX walk_ins_digest_unique ON walk_ins (organization_id, digest);
CREATE INDEX walk_ins_list_index ON walk_ins (organization_id, created_at, id);
CREATE INDEX walk_ins_service_index ON walk_ins (organization_id, service_id, status, created_at, id);
CREATE INDEX walk_ins_host_index ON walk_ins (organization_id, host_id, created_at, id);
CREATE INDEX walk_ins_booking_index ON walk_ins (organization_id, booking_id);
