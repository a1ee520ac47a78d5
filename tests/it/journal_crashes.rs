//! Whoever works on the journal is stopped wherever they wait for anything: nothing is lost, and nothing is done twice.

use std::future::{Future, poll_fn};
use std::task::Poll;

use chrono::TimeDelta;
use db::journal::number::number;
use db::journal::{Event, after};
use db::timer::{LEASE, claim};
use flows::promises::{Ended, Keepers};
use scheduling::service::{Reminders, ServiceEdit};

use crate::world::practice::{Practice, at};
use crate::world::{World, stories};

stories! { both: [
    a_dispatcher_that_stops_anywhere_numbers_every_event_once,
    a_hold_is_freed_once_wherever_its_keeper_stops,
    a_reminder_is_told_once_wherever_its_keeper_stops,
] }

/// After how many waits somebody dies: 0, 1, 2 and so on. How often a piece of work waits is the machine's affair, so the last
/// of them live.
const DEATHS: usize = 25;

/// Runs something that dies when it has waited so often; nothing if it died.
async fn dying_after<F: Future>(waits: usize, work: F) -> Option<F::Output> {
    let (mut work, mut left) = (Box::pin(work), waits);
    poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn journal(practice: &Practice) -> Vec<Event> {
    let work = practice.staff().await;
    after(&work, 0, 100_000).await.unwrap()
}

fn count(events: &[Event], kind: &str) -> usize {
    events.iter().filter(|it| it.type_ == kind).count()
}

/// Keeps what is due, dying at one point after the other; whoever comes after has to wait for the lease.
async fn dying_everywhere(world: &World, mut next: impl AsyncFnMut()) {
    for waits in 0..DEATHS {
        next().await;
        let claims = claim(&world.store, 1).await.unwrap();
        let [due] = claims.as_slice() else {
            panic!("{claims:?}")
        };
        let keepers = Keepers::default();
        let ended = dying_after(waits, keepers.keep(&world.store, due)).await;
        assert!(matches!(ended, None | Some(Ended::Kept)), "{ended:?}");
        world.clock.advance(LEASE + TimeDelta::seconds(1));
        world.settle().await;
    }
}

async fn a_hold_is_freed_once_wherever_its_keeper_stops(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let service = practice.service("consulta", &hosts, ServiceEdit::default()).await;
    let ten = at("2026-03-05T10:00:00Z");
    dying_everywhere(&world, async || {
        // It is free again, whatever became of whoever freed it.
        practice.holds(service, ten).await.unwrap();
        world.clock.advance(TimeDelta::minutes(10));
    })
    .await;
    let events = journal(&practice).await;
    assert_eq!(count(&events, "hold.placed"), DEATHS);
    assert_eq!(count(&events, "hold.expired"), DEATHS);
    assert!(practice.audit().await.is_clean());
}

async fn a_reminder_is_told_once_wherever_its_keeper_stops(world: World) {
    let practice = world.practice("aurora").await;
    let hosts = practice.people(&["bea"]).await;
    let reminds = ServiceEdit {
        // A minute before whatever else falls due at the half hours.
        reminders: Some(Reminders::new(vec![61]).unwrap()),
        ..ServiceEdit::default()
    };
    let service = practice.service("consulta", &hosts, reminds).await;
    let mut start = at("2026-03-02T10:30:00Z");
    dying_everywhere(&world, async || {
        start += TimeDelta::minutes(30);
        practice.books(service, start).await.unwrap();
        world
            .clock
            .advance(start - TimeDelta::minutes(60) - world.store.now());
    })
    .await;
    assert_eq!(count(&journal(&practice).await, "booking.reminded"), DEATHS);
}

async fn a_dispatcher_that_stops_anywhere_numbers_every_event_once(world: World) {
    let practice = world.practice("aurora").await;
    for waits in 0..DEATHS {
        practice.people(&[&format!("p{waits}")]).await;
        let numbered = dying_after(waits, number(&world.store)).await;
        assert!(matches!(numbered, None | Some(Ok(_))), "{numbered:?}");
        world.settle().await;
    }
    let events = journal(&practice).await;
    assert_eq!(count(&events, "resource.created"), DEATHS);
    let positions: Vec<i64> = events.iter().filter_map(|it| it.position).collect();
    let wanted: Vec<i64> = (1..).take(events.len()).collect();
    assert_eq!(positions, wanted);
}
