-- The two roles, made before any table and idempotently: roles belong to the cluster, so two databases may race for them,
-- and an owner who may make none finds them made.
DO $$ BEGIN
    IF to_regrole('horarium_app') IS NULL THEN
        CREATE ROLE horarium_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN
    IF to_regrole('horarium_worker') IS NULL THEN
        CREATE ROLE horarium_worker NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
