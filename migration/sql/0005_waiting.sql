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
