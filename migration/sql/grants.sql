-- What the application's role may do: work with rows, never with tables.
GRANT USAGE ON SCHEMA public TO horarium_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO horarium_app;
REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM horarium_app;
GRANT USAGE ON SCHEMA public TO horarium_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON events, journal_marks, timers TO horarium_worker;
