-- Who is who, in which organization, and what they may do.
--
-- {uuid}, {instant}, {json} and {bytes} are each database's own type. Unique indexes are called
-- <table>_<columns without organization_id>_unique, which is how SQLite's message is turned into the same name.

CREATE TABLE organizations (
    id {uuid} NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    timezone text NOT NULL,
    locale text NOT NULL,
    currency text NOT NULL,
    country text,
    branding {json} NOT NULL,
    settings {json} NOT NULL,
    version bigint NOT NULL,
    deletion_requested_at {instant},
    deleted_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id)
);
-- A deleted organization keeps its slug for the record, and somebody else may have it.
CREATE UNIQUE INDEX organizations_slug_unique ON organizations (slug) WHERE deleted_at IS NULL;

CREATE TABLE users (
    id {uuid} NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    phone text,
    timezone text NOT NULL,
    locale text NOT NULL,
    password_hash text,
    verified_at {instant},
    disabled_at {instant},
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX users_email_unique ON users (email);

CREATE TABLE identities (
    id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at {instant} NOT NULL,
    last_used_at {instant} NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (id),
    CONSTRAINT identities_user_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX identities_issuer_subject_unique ON identities (issuer, subject);
CREATE INDEX identities_user_index ON identities (user_id);

-- One sign-in of one person on one device.
CREATE TABLE sessions (
    id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    user_agent text,
    ip text,
    signed_in_at {instant} NOT NULL,
    refreshed_at {instant} NOT NULL,
    expires_at {instant} NOT NULL,
    revoked_at {instant},
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_user_index ON sessions (user_id, refreshed_at);
CREATE INDEX sessions_expires_index ON sessions (expires_at);

-- The pairs of tokens that a session has had: refreshing makes a successor.
CREATE TABLE session_generations (
    id {uuid} NOT NULL,
    session_id {uuid} NOT NULL,
    access_digest {bytes} NOT NULL,
    access_expires_at {instant} NOT NULL,
    refresh_digest {bytes} NOT NULL,
    rotated_at {instant},
    successor_id {uuid},
    created_at {instant} NOT NULL,
    CONSTRAINT session_generations_pkey PRIMARY KEY (id),
    CONSTRAINT session_generations_session_fkey FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT session_generations_rotation_check CHECK ((rotated_at IS NULL) = (successor_id IS NULL))
);
CREATE UNIQUE INDEX session_generations_access_digest_unique ON session_generations (access_digest);
CREATE UNIQUE INDEX session_generations_refresh_digest_unique ON session_generations (refresh_digest);
CREATE INDEX session_generations_session_index ON session_generations (session_id);
CREATE INDEX session_generations_rotated_index ON session_generations (rotated_at);

CREATE TABLE account_events (
    id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    action text NOT NULL,
    facts {json} NOT NULL,
    ip text,
    at {instant} NOT NULL,
    CONSTRAINT account_events_pkey PRIMARY KEY (id)
);
CREATE INDEX account_events_user_index ON account_events (user_id, at);

CREATE TABLE one_time_codes (
    id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    purpose text NOT NULL,
    digest {bytes} NOT NULL,
    attempts bigint NOT NULL,
    expires_at {instant} NOT NULL,
    used_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT one_time_codes_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_codes_user_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT one_time_codes_purpose_check CHECK (purpose IN ('PASSWORD_RESET', 'EMAIL_VERIFICATION'))
);
CREATE INDEX one_time_codes_user_index ON one_time_codes (user_id, purpose, created_at);
CREATE INDEX one_time_codes_expires_index ON one_time_codes (expires_at);

CREATE TABLE rate_buckets (
    scope text NOT NULL,
    subject {bytes} NOT NULL,
    began_at {instant} NOT NULL,
    expires_at {instant} NOT NULL,
    used bigint NOT NULL,
    CONSTRAINT rate_buckets_pkey PRIMARY KEY (scope, subject, began_at)
);
CREATE INDEX rate_buckets_expires_index ON rate_buckets (expires_at);

-- How a credential finds its organization before the organization is known.
CREATE TABLE credentials (
    digest {bytes} NOT NULL,
    kind text NOT NULL,
    organization_id {uuid} NOT NULL,
    subject_id {uuid} NOT NULL,
    CONSTRAINT credentials_pkey PRIMARY KEY (digest),
    CONSTRAINT credentials_kind_check CHECK (kind IN ('API_KEY', 'INVITATION')),
    CONSTRAINT credentials_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE INDEX credentials_organization_index ON credentials (organization_id, subject_id);

CREATE TABLE memberships (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    role text NOT NULL,
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT memberships_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT memberships_user_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT memberships_role_check CHECK (role IN ('OWNER', 'ADMIN', 'STAFF', 'PROVIDER'))
);
CREATE UNIQUE INDEX memberships_user_id_unique ON memberships (organization_id, user_id);
CREATE INDEX memberships_user_index ON memberships (user_id);
CREATE INDEX memberships_list_index ON memberships (organization_id, created_at, id);

CREATE TABLE invitations (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    digest {bytes} NOT NULL,
    invited_by {uuid},
    expires_at {instant} NOT NULL,
    accepted_at {instant},
    accepted_by {uuid},
    revoked_at {instant},
    created_at {instant} NOT NULL,
    CONSTRAINT invitations_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT invitations_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users (id),
    CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES users (id),
    CONSTRAINT invitations_role_check CHECK (role IN ('OWNER', 'ADMIN', 'STAFF', 'PROVIDER')),
    CONSTRAINT invitations_accepted_check CHECK ((accepted_at IS NULL) = (accepted_by IS NULL))
);
CREATE UNIQUE INDEX invitations_email_unique ON invitations (organization_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX invitations_digest_unique ON invitations (organization_id, digest);
CREATE INDEX invitations_list_index ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_invited_by_index ON invitations (invited_by);
CREATE INDEX invitations_accepted_by_index ON invitations (accepted_by);

CREATE TABLE api_keys (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    digest {bytes} NOT NULL,
    scopes {json} NOT NULL,
    rate_per_minute bigint,
    expires_at {instant},
    last_used_at {instant},
    revoked_at {instant},
    created_by {uuid},
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT api_keys_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT api_keys_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT api_keys_rate_check CHECK (rate_per_minute IS NULL OR rate_per_minute >= 0)
);
CREATE UNIQUE INDEX api_keys_digest_unique ON api_keys (organization_id, digest);
CREATE INDEX api_keys_list_index ON api_keys (organization_id, created_at, id);
CREATE INDEX api_keys_created_by_index ON api_keys (created_by);

CREATE TABLE audit_log (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id text NOT NULL,
    diff {json} NOT NULL,
    ip text,
    at {instant} NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT audit_log_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT audit_log_actor_kind_check CHECK (actor_kind IN ('USER', 'API_KEY', 'BOOKING_TOKEN', 'ANONYMOUS', 'SYSTEM'))
);
CREATE INDEX audit_log_list_index ON audit_log (organization_id, at, id);

-- The nil organization stands for effects outside any, so there is no foreign key.
CREATE TABLE idempotency_keys (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    scope {bytes} NOT NULL,
    request {bytes} NOT NULL,
    answer {json},
    expires_at {instant} NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX idempotency_keys_scope_unique ON idempotency_keys (organization_id, scope);
CREATE INDEX idempotency_keys_expires_index ON idempotency_keys (expires_at);
