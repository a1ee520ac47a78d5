-- Time that staff have taken out of a resource. Whom it keeps out are its occupancies, one a lane.
CREATE TABLE blocks (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    reason text,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT blocks_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT blocks_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT blocks_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT blocks_span_check CHECK (starts_at < ends_at)
);
CREATE INDEX blocks_list_index ON blocks (organization_id, resource_id, starts_at, id);
CREATE INDEX blocks_ends_index ON blocks (organization_id, resource_id, ends_at);
