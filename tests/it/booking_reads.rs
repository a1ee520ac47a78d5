//! What a question reads of years of bookings: as much as it answers. PostgreSQL counts the rows that every statement of a
//! transaction has looked at, whatever its plan calls it.

use db::paging::Asked;
use db::{Asker, Tenant};
use kernel::SystemKind;
use scheduling::booking::{self, BookingFilter, Bookings, Status};
use scheduling::calendar::Candidates;
use scheduling::slots::{self, SlotsAsk};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, looked_at, run, stories};

stories! { both: [], postgres: [
    a_page_of_a_long_diary_reads_a_page,
    a_long_past_is_read_by_nobody_who_books,
] }

/// Bookings of one host, hour by hour, back from the first one.
const PAST: i64 = 20_000;

/// What a page of ten may look at: the ten, the one that says whether there are more, their hosts and attendees, and what the
/// planner looks up at the ends of the indexes, which is counted too and depends on the ids: some sixty rows at times. It is
/// less than the 168 bookings of the narrowest list, a week.
const PAGE: i64 = 150;

/// Of each booking what the lists look at; one in a thousand has not been answered, is of another service and has a client.
const BOOKINGS: &str = "INSERT INTO bookings SELECT r.* FROM bookings b, generate_series(1, $2) n, LATERAL \
    jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'starts_at', b.starts_at - n * interval '1 hour', \
    'ends_at', b.ends_at - n * interval '1 hour', 'local_start', b.local_start - n * interval '1 hour', \
    'status', CASE WHEN n % 1000 = 0 THEN 'PENDING' ELSE 'CONFIRMED' END, \
    'service_id', CASE WHEN n % 1000 = 0 THEN $3 ELSE b.service_id END)) r WHERE b.organization_id = $1";
const HOSTS: &str = "INSERT INTO booking_hosts SELECT r.* FROM booking_hosts h, bookings b, LATERAL \
    jsonb_populate_record(h, jsonb_build_object('id', gen_random_uuid(), 'booking_id', b.id, 'starts_at', b.starts_at)) r \
    WHERE h.organization_id = $1 AND b.organization_id = $1 AND b.id <> h.booking_id";
const ATTENDEES: &str = "INSERT INTO attendees SELECT r.* FROM attendees a, bookings b, LATERAL \
    jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'booking_id', b.id, \
    'client_id', CASE WHEN b.status = 'PENDING' THEN a.client_id END)) r \
    WHERE a.organization_id = $1 AND b.organization_id = $1 AND b.id <> a.booking_id";
const OCCUPANCIES: &str = "INSERT INTO occupancies SELECT r.* FROM occupancies o, bookings b, LATERAL \
    jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'owner_id', b.id, 'starts_at', b.starts_at, \
    'ends_at', b.ends_at)) r WHERE o.organization_id = $1 AND b.organization_id = $1 AND b.id <> o.owner_id";

/// A practice with a long past, and what its bookings are narrowed to.
struct Diary {
    practice: Practice,
    filter: BookingFilter,
}

impl Diary {
    /// One host, one booking ahead, and what lies behind it.
    async fn of(world: &World) -> Self {
        let practice = world.practice("aurora").await;
        let hosts = practice.people(&["bea"]).await;
        let service = practice.service("consulta", &hosts, Default::default()).await;
        let other = practice.service("retorno", &hosts, Default::default()).await;
        let made = practice.books(service, at("2026-03-09T10:00:00Z")).await.unwrap();
        let organization = kernel::Id::uuid(practice.organization);
        let work = practice.staff().await;
        let other = kernel::Id::uuid(other);
        run(&work, BOOKINGS, [organization.into(), PAST.into(), other.into()])
            .await
            .unwrap();
        for all in [HOSTS, ATTENDEES, OCCUPANCIES] {
            run(&work, all, [organization.into()]).await.unwrap();
        }
        work.commit().await.unwrap();
        world.admin_sql("ANALYZE").await;
        let client = practice.booking(made.booking).await.client_id;
        let filter = BookingFilter {
            resource: Some(hosts[0]),
            client,
            service: Some(service),
            ..BookingFilter::default()
        };
        Self { practice, filter }
    }
}

/// The lists that people look at: all of it, and narrowed to one thing.
fn lists(by: &BookingFilter) -> Vec<(&'static str, BookingFilter)> {
    let all = BookingFilter::default;
    let of_host = || BookingFilter {
        resource: by.resource,
        ..all()
    };
    let of_service = BookingFilter {
        service: by.service,
        ..all()
    };
    let of_client = BookingFilter {
        client: by.client,
        ..all()
    };
    let unanswered = BookingFilter {
        statuses: vec![Status::Pending],
        ..all()
    };
    let of_a_week = BookingFilter {
        from: Some(at("2026-01-05T00:00:00Z")),
        until: Some(at("2026-01-12T00:00:00Z")),
        ..of_host()
    };
    vec![
        ("all", all()),
        ("of a host", of_host()),
        ("of a service", of_service),
        ("of a client", of_client),
        ("in a state", unanswered),
        ("of a host within a week", of_a_week),
    ]
}

async fn a_page_of_a_long_diary_reads_a_page(world: World) {
    let Diary { practice, filter } = Diary::of(&world).await;
    let asker = Asker::system(SystemKind::Operator);
    let ten = |from_the_end: bool| Asked {
        first: (!from_the_end).then_some(10),
        last: from_the_end.then_some(10),
        ..Asked::default()
    };
    for ((what, filter), from_the_end) in lists(&filter)
        .into_iter()
        .flat_map(|it| [(it.clone(), false), (it, true)])
    {
        let page = ten(from_the_end).page::<Bookings>().unwrap();
        let reading = world
            .store
            .read(Tenant(practice.organization), &asker)
            .await
            .unwrap();
        let found = booking::bookings(&reading, &filter, &page).await.unwrap();
        assert_eq!(found.rows.len(), 10, "{what}");
        for table in ["bookings", "booking_hosts", "attendees"] {
            let read = looked_at(&reading, table).await;
            assert!(
                read <= PAGE,
                "{what}, from the end {from_the_end}: {read} rows of {table}"
            );
        }
    }
}

async fn a_long_past_is_read_by_nobody_who_books(world: World) {
    let Diary { practice, filter } = Diary::of(&world).await;
    let service = filter.service.unwrap();
    let reading = world
        .store
        .read(Tenant(practice.organization), &Asker::anonymous())
        .await
        .unwrap();
    let ask = SlotsAsk {
        service,
        candidates: Candidates::All,
        from: at("2026-03-09T00:00:00Z"),
        to: at("2026-03-16T00:00:00Z"),
        zone: "Europe/Lisbon".parse().unwrap(),
        first: Some(50),
    };
    let found = slots::slots(&reading, &ask).await.unwrap();
    assert_eq!(found.days.iter().map(|it| it.slots.len()).sum::<usize>(), 50);
    let read = looked_at(&reading, "occupancies").await;
    assert!(read <= PAGE, "a list of starts read {read} occupancies");
    drop(reading);
    let work = practice.stranger().await;
    let made = booking::create(&work, draft(service, at("2026-03-10T10:00:00Z"))).await;
    for table in ["occupancies", "bookings", "booking_hosts", "attendees"] {
        let read = looked_at(&work, table).await;
        assert!(read <= PAGE, "a booking read {read} rows of {table}");
    }
    end(work, made).await.unwrap();
}
