-- What can be booked, by whom it is given, under which terms, and when it is free.
--
-- Local times are minutes since midnight of the wall clock; the zone stands beside them or on the resource.

CREATE TABLE resources (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    timezone text NOT NULL,
    capacity bigint NOT NULL,
    location text,
    is_active boolean NOT NULL,
    metadata {json} NOT NULL,
    search text NOT NULL,
    location_search text,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT resources_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT resources_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT resources_kind_check CHECK (kind IN ('PERSON', 'ROOM', 'EQUIPMENT')),
    CONSTRAINT resources_capacity_check CHECK (capacity BETWEEN 1 AND 500)
);
CREATE UNIQUE INDEX resources_slug_unique ON resources (organization_id, slug) WHERE archived_at IS NULL;
CREATE INDEX resources_list_index ON resources (organization_id, name, id);

-- The profile of a PERSON.
CREATE TABLE providers (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    user_id {uuid},
    profession text,
    bio text,
    avatar_url text,
    contact_email text,
    contact_phone text,
    rate_minor bigint,
    rate_currency text,
    meeting_url text,
    welcome_message text,
    review_state text NOT NULL,
    review_reason text,
    accepts_walk_ins boolean NOT NULL,
    caseload_limit bigint,
    name text NOT NULL,
    search text NOT NULL,
    version bigint NOT NULL,
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT providers_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT providers_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT providers_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT providers_user_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT providers_review_state_check CHECK (review_state IN ('DRAFT', 'PENDING_REVIEW', 'ACTIVE', 'DECLINED')),
    CONSTRAINT providers_rate_check CHECK ((rate_minor IS NULL) = (rate_currency IS NULL) AND (rate_minor IS NULL OR rate_minor >= 0)),
    CONSTRAINT providers_caseload_check CHECK (caseload_limit IS NULL OR caseload_limit >= 0)
);
CREATE UNIQUE INDEX providers_resource_id_unique ON providers (organization_id, resource_id);
CREATE UNIQUE INDEX providers_user_id_unique ON providers (organization_id, user_id);
CREATE INDEX providers_user_index ON providers (user_id);
CREATE INDEX providers_list_index ON providers (organization_id, name, id);

CREATE TABLE provider_tags (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    provider_id {uuid} NOT NULL,
    kind text NOT NULL,
    tag text NOT NULL,
    label text NOT NULL,
    CONSTRAINT provider_tags_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT provider_tags_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT provider_tags_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES providers (organization_id, id),
    CONSTRAINT provider_tags_kind_check CHECK (kind IN ('SUBJECT', 'SPECIALIZATION', 'LANGUAGE'))
);
CREATE UNIQUE INDEX provider_tags_provider_id_kind_tag_unique
    ON provider_tags (organization_id, provider_id, kind, tag);
CREATE INDEX provider_tags_search_index ON provider_tags (organization_id, kind, tag, provider_id);

CREATE TABLE teams (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    strategy text NOT NULL,
    locks {json} NOT NULL,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT teams_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT teams_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT teams_strategy_check CHECK (strategy IN ('ROUND_ROBIN', 'COLLECTIVE', 'MANAGED', 'FIXED'))
);
CREATE UNIQUE INDEX teams_slug_unique ON teams (organization_id, slug) WHERE archived_at IS NULL;
CREATE INDEX teams_list_index ON teams (organization_id, name, id);

CREATE TABLE team_members (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    team_id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    role text NOT NULL,
    priority bigint NOT NULL,
    weight bigint NOT NULL,
    is_fixed boolean NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT team_members_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT team_members_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT team_members_team_fkey FOREIGN KEY (organization_id, team_id)
        REFERENCES teams (organization_id, id),
    CONSTRAINT team_members_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT team_members_role_check CHECK (role IN ('LEAD', 'MEMBER')),
    CONSTRAINT team_members_priority_check CHECK (priority BETWEEN 0 AND 1000),
    CONSTRAINT team_members_weight_check CHECK (weight BETWEEN 0 AND 1000)
);
CREATE UNIQUE INDEX team_members_team_id_resource_id_unique
    ON team_members (organization_id, team_id, resource_id);
CREATE INDEX team_members_list_index ON team_members (organization_id, team_id, priority, id);
CREATE INDEX team_members_resource_index ON team_members (organization_id, resource_id);

CREATE TABLE cancellation_policies (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    name text NOT NULL,
    tiers {json} NOT NULL,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT cancellation_policies_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT cancellation_policies_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE UNIQUE INDEX cancellation_policies_name_unique
    ON cancellation_policies (organization_id, name) WHERE archived_at IS NULL;
CREATE INDEX cancellation_policies_list_index ON cancellation_policies (organization_id, name, id);

-- The bookable thing.
CREATE TABLE services (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text,
    duration_minutes bigint NOT NULL,
    interval_minutes bigint NOT NULL,
    buffer_before_minutes bigint NOT NULL,
    buffer_after_minutes bigint NOT NULL,
    notice_minutes bigint NOT NULL,
    horizon text NOT NULL,
    horizon_days bigint,
    limits {json} NOT NULL,
    seats bigint NOT NULL,
    shows_attendees boolean NOT NULL,
    confirmation text NOT NULL,
    confirmation_timeout_minutes bigint NOT NULL,
    pending_occupies boolean NOT NULL,
    location text NOT NULL,
    location_detail text,
    price_mode text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    payment_terms text NOT NULL,
    payment_percent bigint,
    deposit_minor bigint,
    cancellation_policy_id {uuid},
    reminders {json} NOT NULL,
    questions {json} NOT NULL,
    strategy text,
    hosts_required bigint,
    zone_intent text NOT NULL,
    is_active boolean NOT NULL,
    metadata {json} NOT NULL,
    search text NOT NULL,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT services_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT services_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT services_cancellation_policy_fkey FOREIGN KEY (organization_id, cancellation_policy_id)
        REFERENCES cancellation_policies (organization_id, id),
    CONSTRAINT services_duration_check CHECK (duration_minutes BETWEEN 1 AND 1440),
    CONSTRAINT services_interval_check CHECK (interval_minutes BETWEEN 1 AND 1440),
    CONSTRAINT services_buffers_check CHECK (buffer_before_minutes BETWEEN 0 AND 1440 AND buffer_after_minutes BETWEEN 0 AND 1440),
    CONSTRAINT services_notice_check CHECK (notice_minutes BETWEEN 0 AND 527040),
    CONSTRAINT services_horizon_check CHECK ((horizon IN ('ROLLING', 'CALENDAR')
        AND horizon_days IS NOT NULL AND horizon_days BETWEEN 1 AND 1830)
        OR (horizon = 'NONE' AND horizon_days IS NULL)),
    CONSTRAINT services_seats_check CHECK (seats BETWEEN 1 AND 500),
    CONSTRAINT services_confirmation_check CHECK (confirmation IN ('AUTO', 'MANUAL')),
    CONSTRAINT services_confirmation_timeout_check CHECK (confirmation_timeout_minutes BETWEEN 15 AND 43200),
    CONSTRAINT services_location_check CHECK (location IN ('IN_PERSON', 'VIDEO', 'PHONE', 'CUSTOM')),
    CONSTRAINT services_price_check CHECK (price_mode IN ('FIXED', 'HOST_RATE') AND price_minor >= 0),
    CONSTRAINT services_payment_check CHECK ((payment_terms = 'PERCENT') = (payment_percent IS NOT NULL)
        AND (payment_terms = 'DEPOSIT') = (deposit_minor IS NOT NULL)
        AND payment_terms IN ('NONE', 'FULL', 'PERCENT', 'DEPOSIT')
        AND (payment_percent IS NULL OR payment_percent BETWEEN 1 AND 100)
        AND (deposit_minor IS NULL OR deposit_minor >= 1)),
    CONSTRAINT services_strategy_check CHECK (strategy IS NULL OR strategy IN ('ROUND_ROBIN', 'COLLECTIVE', 'MANAGED', 'FIXED')),
    CONSTRAINT services_hosts_required_check CHECK (hosts_required IS NULL OR hosts_required BETWEEN 1 AND 20),
    CONSTRAINT services_zone_intent_check CHECK (zone_intent IN ('WALL_CLOCK', 'INSTANT'))
);
CREATE UNIQUE INDEX services_slug_unique ON services (organization_id, slug) WHERE archived_at IS NULL;
CREATE INDEX services_list_index ON services (organization_id, title, id);
CREATE INDEX services_cancellation_policy_index ON services (organization_id, cancellation_policy_id);

-- What one booking needs: rows of one part and need are alternatives.
CREATE TABLE service_hosts (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    part text NOT NULL,
    need bigint NOT NULL,
    resource_id {uuid},
    team_id {uuid},
    priority bigint NOT NULL,
    weight bigint NOT NULL,
    is_fixed boolean NOT NULL,
    price_minor bigint,
    CONSTRAINT service_hosts_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT service_hosts_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT service_hosts_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT service_hosts_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT service_hosts_team_fkey FOREIGN KEY (organization_id, team_id)
        REFERENCES teams (organization_id, id),
    CONSTRAINT service_hosts_part_check CHECK (part IN ('HOST', 'ROOM', 'EQUIPMENT')),
    CONSTRAINT service_hosts_need_check CHECK (need BETWEEN 0 AND 9 AND (part <> 'HOST' OR need = 0)),
    CONSTRAINT service_hosts_who_check CHECK ((resource_id IS NULL) <> (team_id IS NULL)),
    CONSTRAINT service_hosts_priority_check CHECK (priority BETWEEN 0 AND 1000),
    CONSTRAINT service_hosts_weight_check CHECK (weight BETWEEN 0 AND 1000),
    CONSTRAINT service_hosts_price_check CHECK (price_minor IS NULL OR price_minor >= 0)
);
CREATE UNIQUE INDEX service_hosts_service_id_part_need_resource_id_unique
    ON service_hosts (organization_id, service_id, part, need, resource_id);
CREATE UNIQUE INDEX service_hosts_service_id_part_need_team_id_unique
    ON service_hosts (organization_id, service_id, part, need, team_id);
CREATE INDEX service_hosts_resource_index ON service_hosts (organization_id, resource_id);
CREATE INDEX service_hosts_team_index ON service_hosts (organization_id, team_id);

CREATE TABLE availability_rules (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    service_id {uuid},
    starts_on {date} NOT NULL,
    rrule text NOT NULL,
    start_minute bigint NOT NULL,
    end_minute bigint NOT NULL,
    timezone text,
    valid_from {date},
    valid_until {date},
    except_on {json} NOT NULL,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT availability_rules_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT availability_rules_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT availability_rules_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT availability_rules_service_fkey FOREIGN KEY (organization_id, service_id)
        REFERENCES services (organization_id, id),
    CONSTRAINT availability_rules_hours_check CHECK (start_minute BETWEEN 0 AND 1439 AND end_minute BETWEEN 0 AND 1440),
    CONSTRAINT availability_rules_valid_check CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from <= valid_until)
);
CREATE INDEX availability_rules_resource_index ON availability_rules (organization_id, resource_id);
CREATE INDEX availability_rules_service_index ON availability_rules (organization_id, service_id);

CREATE TABLE availability_overrides (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    on_date {date} NOT NULL,
    kind text NOT NULL,
    start_minute bigint,
    end_minute bigint,
    reason text,
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT availability_overrides_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT availability_overrides_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT availability_overrides_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT availability_overrides_kind_check CHECK (kind IN ('REPLACE', 'ADD', 'BLOCK')),
    CONSTRAINT availability_overrides_hours_check CHECK ((start_minute IS NULL) = (end_minute IS NULL)
        AND (start_minute IS NOT NULL OR kind = 'BLOCK')
        AND (start_minute IS NULL OR (start_minute BETWEEN 0 AND 1439 AND end_minute BETWEEN 0 AND 1440)))
);
CREATE INDEX availability_overrides_resource_index
    ON availability_overrides (organization_id, resource_id, on_date);

CREATE TABLE out_of_office (
    organization_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    resource_id {uuid} NOT NULL,
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    reason text,
    redirect_to {uuid},
    version bigint NOT NULL,
    archived_at {instant},
    created_at {instant} NOT NULL,
    updated_at {instant} NOT NULL,
    CONSTRAINT out_of_office_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT out_of_office_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT out_of_office_resource_fkey FOREIGN KEY (organization_id, resource_id)
        REFERENCES resources (organization_id, id),
    CONSTRAINT out_of_office_redirect_fkey FOREIGN KEY (organization_id, redirect_to)
        REFERENCES resources (organization_id, id),
    CONSTRAINT out_of_office_span_check CHECK (starts_at < ends_at),
    CONSTRAINT out_of_office_redirect_check CHECK (redirect_to IS NULL OR redirect_to <> resource_id)
);
CREATE INDEX out_of_office_resource_index ON out_of_office (organization_id, resource_id, ends_at);
CREATE INDEX out_of_office_redirect_index ON out_of_office (organization_id, redirect_to);
