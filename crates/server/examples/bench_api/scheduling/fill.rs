//! Years of bookings, written past the API: other organizations with providers, everybody booked three times a day.
//!
//! Of each booking there is its row, who gives it and the time it takes: what the requests that are measured look at. What
//! only says what has happened is left out.

use sea_orm::{ConnectionTrait, DatabaseBackend};

use super::sql::Words;

/// Organizations that have bookings beside the practice.
pub(super) const ORGANIZATIONS: i64 = 200;
/// Providers of each of them.
const PROVIDERS: i64 = 10;
/// From one booking of a provider to the next.
const APART: i64 = 8 * 3_600;
/// How far ahead the others are booked.
const AHEAD: i64 = 60 * 86_400;
/// How long ago the practice's own bookings end: what is ahead is the same whatever lies behind.
const BEHIND: i64 = 2 * 86_400;

/// What of an organization, a provider, a service and a booking is like that of the practice.
const ORGANIZATION: &str =
    "name, timezone, locale, currency, branding, settings, version, created_at, updated_at";
const RESOURCE: &str =
    "kind, name, slug, timezone, capacity, is_active, metadata, search, version, created_at, updated_at";
const SERVICE: &str = "slug, title, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, \
    notice_minutes, horizon, horizon_days, limits, seats, shows_attendees, confirmation, confirmation_timeout_minutes, \
    pending_occupies, location, price_mode, price_minor, currency, payment_terms, reminders, questions, zone_intent, \
    is_active, metadata, search, version, created_at, updated_at";
const BOOKING: &str = "buffer_before_minutes, buffer_after_minutes, timezone, zone_intent, status, version, source, seats, \
    pending_occupies, price_minor, currency, payment_terms, due_minor, cancellation_tiers, reminders, location, metadata, created_at, \
    updated_at";

/// What fills a database with so many bookings, going back from two months ahead, and, for the practice's own providers, as
/// many for each as the others have, going back from the day before yesterday.
pub(super) fn statements(db: &impl ConnectionTrait, from: i64, bookings: i64) -> Vec<String> {
    let words = Words::of(db);
    let givers = ORGANIZATIONS * PROVIDERS;
    let giver = format!("(s.i % {givers})");
    let elsewhere = Filled {
        words,
        organization: words.id(0x11, &format!("{giver} / {PROVIDERS}")),
        service: words.id(0x12, &format!("{giver} / {PROVIDERS}")),
        resource: words.id(0x13, &giver),
        number: "s.i".to_owned(),
        starts: format!("({from} + {AHEAD} - s.i / {givers} * {APART})"),
        giver: words.series(bookings),
    };
    let own = "(SELECT organization_id, service_id, resource_id, row_number() OVER (ORDER BY id) AS n FROM service_hosts) h";
    let here = Filled {
        words,
        organization: "h.organization_id".to_owned(),
        service: "h.service_id".to_owned(),
        resource: "h.resource_id".to_owned(),
        number: format!("({bookings} + s.i * 100 + h.n)"),
        starts: format!("({from} - {BEHIND} - s.i * {APART})"),
        giver: format!("{own}, {}", words.series(bookings / givers)),
    };
    let postgres = words.0 == DatabaseBackend::Postgres;
    let mut all = Vec::new();
    if postgres {
        // The rows refer to each other as they must; to look each of them up would take hours.
        all.push("SET session_replication_role = replica".to_owned());
    }
    all.extend(foundation(words));
    all.extend(elsewhere.statements());
    all.extend(here.statements());
    all.push(if postgres { "VACUUM ANALYZE" } else { "ANALYZE" }.to_owned());
    all
}

/// The others, each like the practice.
fn foundation(words: Words) -> [String; 3] {
    let (organizations, providers) = (
        words.series(ORGANIZATIONS),
        words.series(ORGANIZATIONS * PROVIDERS),
    );
    let (organization, service) = (words.id(0x11, "s.i"), words.id(0x12, "s.i"));
    let (employer, provider) = (
        words.id(0x11, &format!("s.i / {PROVIDERS}")),
        words.id(0x13, "s.i"),
    );
    let own_slug = |columns: &str| columns.replacen("slug", "'other-' || s.i", 1);
    [
        format!(
            "INSERT INTO organizations (id, slug, {ORGANIZATION}) SELECT {organization}, 'other-' || s.i, {ORGANIZATION} \
             FROM organizations, {organizations} WHERE slug = 'practice'"
        ),
        format!(
            "INSERT INTO services (organization_id, id, {SERVICE}) SELECT {organization}, {service}, {SERVICE} \
             FROM services, {organizations} WHERE slug = 'listed'"
        ),
        format!(
            "INSERT INTO resources (organization_id, id, {RESOURCE}) SELECT {employer}, {provider}, {} \
             FROM resources, {providers} WHERE slug = 'listed'",
            own_slug(RESOURCE)
        ),
    ]
}

/// Bookings of some providers: what stands for each of their parts.
struct Filled {
    words: Words,
    organization: String,
    service: String,
    resource: String,
    /// Tells one booking from every other.
    number: String,
    /// When it starts, in seconds.
    starts: String,
    /// Where all this comes from.
    giver: String,
}

impl Filled {
    fn statements(&self) -> [String; 3] {
        let Self {
            words,
            organization,
            service,
            resource,
            number,
            starts,
            giver,
        } = self;
        let (booking, host, occupancy) = (
            words.id(0x21, number),
            words.id(0x22, number),
            words.id(0x23, number),
        );
        let (starts_at, ends_at) = (
            words.instant(starts),
            words.instant(&format!("({starts} + 1800)")),
        );
        let local = words.local(starts);
        [
            format!(
                "INSERT INTO bookings (organization_id, id, service_id, starts_at, ends_at, local_start, {BOOKING}) \
                 SELECT {organization}, {booking}, {service}, {starts_at}, {ends_at}, {local}, {BOOKING} \
                 FROM {giver}, (SELECT {BOOKING} FROM bookings LIMIT 1) b"
            ),
            format!(
                "INSERT INTO booking_hosts (organization_id, id, booking_id, resource_id, part, starts_at) \
                 SELECT {organization}, {host}, {booking}, {resource}, 'HOST', {starts_at} FROM {giver}"
            ),
            format!(
                "INSERT INTO occupancies (organization_id, id, resource_id, lane, starts_at, ends_at, owner_kind, owner_id) \
                 SELECT {organization}, {occupancy}, {resource}, 0, {starts_at}, {ends_at}, 'BOOKING', {booking} FROM {giver}"
            ),
        ]
    }
}
