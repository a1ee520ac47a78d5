-- What happened stays written. The guard's name travels where a constraint's would.
CREATE FUNCTION horarium_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'P0001', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION horarium_append_only();
CREATE TRIGGER account_events_append_only BEFORE UPDATE OR DELETE ON account_events
    FOR EACH ROW EXECUTE FUNCTION horarium_append_only();

-- Row-level security that binds the owner too. Without `app.organization` the query errs: forgetting fails closed.
CREATE FUNCTION horarium_seal(sealed text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', sealed);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', sealed);
    EXECUTE format(
        'CREATE POLICY tenant ON %I USING (organization_id = current_setting(''app.organization'')::uuid)', sealed);
END $$;
SELECT horarium_seal('invitations');
SELECT horarium_seal('api_keys');
SELECT horarium_seal('audit_log');

-- A person may see their own memberships before any organization is chosen, and change none of them.
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON memberships FOR SELECT
    USING (user_id = nullif(current_setting('app.user', true), '')::uuid);
CREATE POLICY tenant ON memberships
    USING (organization_id = nullif(current_setting('app.organization', true), '')::uuid);

-- Effects outside any organization stand under the nil id; founding one is such an effect, though it happens inside the
-- organization that it makes.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotency_keys USING (organization_id IN (
    nullif(current_setting('app.organization', true), '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid));
