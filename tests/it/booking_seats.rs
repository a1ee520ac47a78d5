//! Classes: seats that are kept, taken and given up, and names that stay among those they are for.

use chrono::TimeDelta;
use kernel::Refuse as _;
use scheduling::booking::{self, Closing, Status};
use scheduling::hold;
use scheduling::service::ServiceEdit;
use scheduling::token::{self, Purpose};

use crate::world::practice::{Practice, at, draft, end};
use crate::world::{World, stories};

stories! { both: [a_class_ends_with_its_last_seat_and_keeps_names_to_itself] }

async fn swept(practice: &Practice) -> u64 {
    let work = practice.staff().await;
    let done = booking::expire_lapsed(&work).await;
    end(work, done).await.unwrap()
}

async fn a_class_ends_with_its_last_seat_and_keeps_names_to_itself(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let class = |shows| ServiceEdit {
        seats: Some(3),
        shows_attendees: Some(shows),
        ..ServiceEdit::default()
    };
    let quiet = practice.service("yoga", &hosts, class(false)).await;
    let open = practice.service("danca", &hosts, class(true)).await;
    let time = at("2026-03-03T10:00:00Z");
    let held = practice.holds(quiet, time).await.unwrap();
    let second = practice.books(quiet, time).await.unwrap();
    let first = practice.books_held(held, draft(quiet, time)).await.unwrap();
    assert_eq!(first.booking, second.booking, "one session, two seats");
    assert_eq!(practice.booking(first.booking).await.status, Status::Confirmed);
    let names = async |practice: &Practice, link| {
        let work = practice.stranger().await;
        let link = token::link(work.key(), link, Purpose::Manage);
        scheduling::attendee::fellow_attendees(&work, &link)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(names(&practice, first.link).await, 0);
    for link in [first.link, second.link] {
        let work = practice.stranger().await;
        let link = token::link(work.key(), link, Purpose::Manage);
        let done = booking::cancel_by_token(&work, &link, Closing::default()).await;
        end(work, done).await.unwrap();
    }
    assert_eq!(practice.booking(first.booking).await.status, Status::Cancelled);
    let one = practice.books(open, time).await.unwrap();
    practice.books(open, time).await.unwrap();
    assert_eq!(names(&practice, one.link).await, 1);
    // A session that began with a kept seat ends with it.
    let held = practice.holds(quiet, time + TimeDelta::hours(1)).await.unwrap();
    world.clock.advance(hold::LASTS);
    let late = practice
        .books_held(held, draft(quiet, time + TimeDelta::hours(1)))
        .await
        .unwrap_err();
    assert_eq!(late.code().word(), "HOLD_INVALID");
    practice.books(open, time + TimeDelta::hours(1)).await.unwrap();
    // So does one whose only taken seat was given up before the kept one lapsed: the sweep says so.
    let late = time + TimeDelta::hours(2);
    let taken = practice.books(quiet, late).await.unwrap();
    practice.holds(quiet, late).await.unwrap();
    let work = practice.stranger().await;
    let link = token::link(work.key(), taken.link, Purpose::Manage);
    let done = booking::cancel_by_token(&work, &link, Closing::default()).await;
    end(work, done).await.unwrap();
    assert_eq!(practice.booking(taken.booking).await.status, Status::Confirmed);
    world.clock.advance(hold::LASTS);
    assert_eq!(swept(&practice).await, 1);
    assert_eq!(practice.booking(taken.booking).await.status, Status::Cancelled);
    assert!(practice.audit().await.is_clean());
}
