//! A database that was tampered with: the audit finds what is planted, and the list of guards what was taken away.

use kernel::Id as _;
use kernel::id::{HoldId, OccupancyId};
use migration::guards;
use scheduling::proof::Audit;
use scheduling::service::ServiceEdit;

use crate::world::practice::{Practice, at};
use crate::world::{Database, World, run, stories};

stories! { both: [
    a_whole_database_lacks_nothing,
    a_planted_overlap_and_the_missing_guard_that_let_it_in_are_found,
    planted_orphans_of_every_kind_are_found,
    a_planted_attendee_too_many_is_found,
] }

const TEN: &str = "2026-03-03T10:00:00Z";

async fn lacking(world: &World) -> Vec<String> {
    guards::missing(&world.owner_url()).await.unwrap().0
}

async fn a_whole_database_lacks_nothing(world: World) {
    let (missing, count) = guards::missing(&world.url()).await.unwrap();
    assert_eq!(missing, [""; 0]);
    assert!(count > 150, "{count}");
}

/// Copies what takes the time of a booking, as if nothing guarded it.
async fn plant(practice: &Practice, sql: &str) {
    let work = practice.staff().await;
    let id: OccupancyId = work.mint();
    let other: HoldId = work.mint();
    run(&work, sql, [id.uuid().into(), other.uuid().into()])
        .await
        .unwrap();
    work.commit().await.unwrap();
}

async fn a_planted_overlap_and_the_missing_guard_that_let_it_in_are_found(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    practice.books(service, at(TEN)).await.unwrap();
    let (open, guard) = match world.database {
        Database::Postgres => (
            "ALTER TABLE occupancies DROP CONSTRAINT occupancies_overlap_excludes",
            "occupancies_overlap_excludes",
        ),
        Database::Sqlite => (
            "DROP TRIGGER occupancies_overlap_insert",
            "occupancies_overlap_insert",
        ),
    };
    world.admin_sql(open).await;
    assert_eq!(lacking(&world).await, [guard]);
    let twice = "INSERT INTO occupancies SELECT organization_id, $1, resource_id, lane, starts_at, ends_at, owner_kind, \
                 owner_id, expires_at FROM occupancies WHERE owner_id <> $2";
    plant(&practice, twice).await;
    let found = practice.audit().await;
    assert_eq!((found.overlaps, found.is_clean()), (1, false));
}

async fn planted_orphans_of_every_kind_are_found(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    practice.books(service, at(TEN)).await.unwrap();
    practice.holds(service, at("2026-03-03T11:00:00Z")).await.unwrap();
    let orphans = async || practice.audit().await.orphans;
    assert_eq!(orphans().await, 0);
    // Time of a hold that is not there, in another lane.
    let of_nobody = "INSERT INTO occupancies SELECT organization_id, $1, resource_id, 7, starts_at, ends_at, 'HOLD', $2, NULL \
                     FROM occupancies WHERE owner_kind = 'BOOKING'";
    plant(&practice, of_nobody).await;
    assert_eq!(orphans().await, 1);
    // A booking that ended and keeps its time, then one that stands and has none.
    world
        .admin_sql("UPDATE occupancies SET owner_kind = 'BLOCK' WHERE owner_kind = 'BOOKING'")
        .await;
    assert_eq!(orphans().await, 2, "a block that nobody made");
    world
        .admin_sql("DELETE FROM occupancies WHERE owner_kind = 'BLOCK'")
        .await;
    assert_eq!(orphans().await, 2, "a booking without time");
    world.admin_sql("DELETE FROM booking_hosts").await;
    assert_eq!(orphans().await, 2, "a booking without time or hosts");
    world.admin_sql("DELETE FROM occupancies WHERE lane = 0").await;
    assert_eq!(orphans().await, 3, "a hold without time");
}

async fn a_planted_attendee_too_many_is_found(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let class = ServiceEdit {
        seats: Some(2),
        ..ServiceEdit::default()
    };
    let service = practice.service("yoga", &hosts, class).await;
    practice.books(service, at(TEN)).await.unwrap();
    practice.books(service, at(TEN)).await.unwrap();
    let index = "attendees_booking_id_seat_no_unique";
    world.admin_sql(&format!("DROP INDEX {index}")).await;
    assert_eq!(lacking(&world).await, [index]);
    let third = "INSERT INTO attendees SELECT organization_id, $1, booking_id, seats, seat_no, status, name, email, phone, \
                 client_id, conflicting_client_id, hold_id, search, price_minor, currency, expires_at, created_at, \
                 updated_at FROM attendees WHERE seat_no = 1 AND id <> $2";
    plant(&practice, third).await;
    let expected = Audit {
        seats_over: 1,
        ..Audit::default()
    };
    assert_eq!(practice.audit().await, expected);
}
