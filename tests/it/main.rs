//! The stories, on both databases, and the checks of the house itself.
//!
//! `cargo test -p tests` runs everything: SQLite always, PostgreSQL wherever a server can be found or started (see
//! [`harness`]). A story is an async function that takes a [`world::World`] and whose name is a sentence; [`stories!`] makes
//! a test of it on each database. To add a story, write the function and name it in the file's list: one that is not
//! listed does not compile without a warning.

#![expect(clippy::unwrap_used, reason = "a story that is surprised has failed")]

mod api_accounts;
mod api_bookings;
mod api_bookings_staff;
mod api_cancellation;
mod api_clients;
mod api_desk;
mod api_identity;
mod api_journal;
mod api_limits;
mod api_messaging;
mod api_organizations;
mod api_providers;
mod api_races;
mod api_replays;
mod api_secrets;
mod api_series;
mod api_slots;
mod api_subscription;
mod api_teams;
mod api_views;
mod booking_blocks;
mod booking_clients;
mod booking_cover;
mod booking_history;
mod booking_lifecycle;
mod booking_pairs;
mod booking_races;
mod booking_seats;
mod booking_swap;
mod booking_teams;
mod catalogue_answers;
mod catalogue_calendar;
mod catalogue_cast;
mod catalogue_hours;
mod catalogue_isolation;
mod catalogue_limits;
mod catalogue_people;
mod catalogue_resources;
mod catalogue_services;
mod catalogue_slots;
mod catalogue_speed;
mod catalogue_teams;
mod db_audit;
mod db_faults;
mod db_guards;
mod db_idempotency;
mod db_isolation;
mod db_paging;
mod db_rate;
mod db_work;
mod harness;
mod house;
mod journal_crashes;
mod journal_events;
mod journal_promises;
mod journal_timers;
mod locked;
mod locked_knocks;
mod locked_scene;
mod messaging_letters;
mod messaging_webhooks;
mod migrations;
mod seed_booking_kit;
mod seed_odys;
mod seed_preply;
mod seed_safestories;
mod series_clocks;
mod series_extending;
mod series_making;
mod series_moving;
mod series_races;
mod series_waiting;
mod tenancy_accounts;
mod tenancy_cast;
mod tenancy_codes;
mod tenancy_identities;
mod tenancy_invitations;
mod tenancy_keys;
mod tenancy_members;
mod tenancy_organizations;
mod tenancy_sessions;
mod tenancy_sweep;
mod waiting_list;
mod waiting_list_api;
mod waiting_list_races;
mod waiting_requests;
mod waiting_routing;
mod waiting_walk_ins;
mod world;
