//! What a series gives up is offered to whoever waits, once all of it is where it goes.

use chrono::TimeDelta;
use kernel::Span;
use kernel::id::{SeriesId, ServiceId, WaitlistEntryId};
use scheduling::booking::{Closing, Overrides};
use scheduling::series::{self, Scope, SeriesCancel, SeriesShift};
use scheduling::service::{Ahead, ServiceEdit};
use scheduling::waitlist::WaitDraft;
use scheduling::waitlist::WaitlistStatus::{Offered, Waiting};

use crate::world::practice::{Practice, at, end, repeated};
use crate::world::queue::{code, practice_of_one, waits};
use crate::world::{World, stories};

stories! { both: [
    every_time_of_a_series_that_is_called_off_is_offered,
    what_a_moved_series_still_takes_is_offered_to_nobody,
] }

/// Somebody comes at nine on four days, and for each somebody else waits.
async fn four_days(world: &World) -> (Practice, SeriesId, Vec<WaitlistEntryId>) {
    let far = ServiceEdit {
        ahead: Some(Ahead::Any),
        ..ServiceEdit::default()
    };
    let (practice, service) = practice_of_one(world, far).await;
    let draft = repeated(service, "FREQ=DAILY;COUNT=4", "2026-03-05T09:00:00");
    let made = practice.repeats(draft).await.unwrap().series;
    let mut queue = Vec::new();
    for day in 5..=8 {
        queue.push(practice.joins(waits_at_nine(service, day)).await.unwrap());
    }
    (practice, made, queue)
}

fn waits_at_nine(service: ServiceId, day: u8) -> WaitDraft {
    let nine = at(&format!("2026-03-0{day}T09:00:00Z"));
    WaitDraft {
        window: Span::new(nine, nine + TimeDelta::minutes(1)).unwrap(),
        ..waits(service, &format!("w{day}"))
    }
}

async fn every_time_of_a_series_that_is_called_off_is_offered(world: World) {
    let (practice, made, queue) = four_days(&world).await;
    let third = practice.recurring(made).await[2].id;
    for (from, stand) in [
        (third, [Waiting, Waiting, Offered, Offered]),
        (practice.recurring(made).await[0].id, [Offered; 4]),
    ] {
        let work = practice.staff().await;
        let ask = SeriesCancel {
            scope: Scope::ThisAndFollowing,
            from: Some(from),
            how: Closing::default(),
        };
        let done = series::cancel(&work, made, ask).await;
        end(work, done).await.unwrap();
        assert_eq!(practice.stand(&queue).await, stand);
    }
    practice.accepts(queue[3]).await.unwrap();
    assert_eq!(code(practice.accepts(queue[3]).await), "OFFER_GONE");
    assert!(practice.audit().await.is_clean());
}

async fn what_a_moved_series_still_takes_is_offered_to_nobody(world: World) {
    let (practice, made, queue) = four_days(&world).await;
    let work = practice.staff().await;
    // The second booking goes to where the fourth was, which is called off with the third.
    let ask = SeriesShift {
        scope: Scope::All,
        from: None,
        start_time: None,
        rule: availability::recurrence::Rule::for_series("FREQ=DAILY;INTERVAL=3;COUNT=2").ok(),
        host: None,
        policy: None,
        overrides: Overrides::default(),
        how: Closing::default(),
    };
    let done = series::shift(&work, made, ask).await;
    end(work, done).await.unwrap();
    assert_eq!(practice.stand(&queue).await, [Waiting, Offered, Offered, Waiting]);
    practice.accepts(queue[1]).await.unwrap();
    assert!(practice.audit().await.is_clean());
}
