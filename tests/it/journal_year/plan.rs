//! What dice want to happen in a year.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::place::{PLACES, Place};
use crate::world::Dice;

/// How long nobody works, now and then.
const PAUSE: TimeDelta = TimeDelta::hours(6);

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Somebody books; which booking it is, where, and when it is to begin.
    Books(usize, DateTime<Utc>),
    /// Staff move a booking.
    Moves(usize, DateTime<Utc>),
    /// Staff call a booking off.
    CallsOff(usize),
    /// Nobody works from now on.
    Stops,
    /// Somebody does.
    GoesOn,
}

/// Whoever decides what happens.
pub(super) struct Planner {
    dice: Dice,
    begins: DateTime<Utc>,
    acts: Vec<(DateTime<Utc>, Act)>,
}

/// What happens in the year after a moment to so many bookings, in order.
pub(super) fn plan(begins: DateTime<Utc>, bookings: usize) -> Vec<(DateTime<Utc>, Act)> {
    let mut planner = Planner {
        dice: Dice::new(2_026),
        begins,
        acts: Vec::new(),
    };
    let mut before = Vec::new();
    for booking in 0..bookings {
        let starts_at = planner.life(booking);
        if booking % 3 == 0 {
            before.push(starts_at);
        }
    }
    planner.pauses(before);
    planner.acts.sort_by_key(|(at, _)| *at);
    planner.acts
}

impl Planner {
    /// Plans what becomes of a booking; says when it begins at last.
    fn life(&mut self, booking: usize) -> DateTime<Utc> {
        let place = &PLACES[booking % PLACES.len()];
        let year = (
            self.begins + TimeDelta::days(2),
            self.begins + TimeDelta::days(365),
        );
        let mut starts_at = match self.dice.pick(&place.changes()) {
            // Whoever's reminders lie on the one side of the change and whose start on the other.
            Some(change) if change < year.1 && change > year.0 && self.dice.below(3) == 0 => self.start(
                place,
                (change - TimeDelta::hours(3), change + TimeDelta::hours(26)),
            ),
            _ => self.start(place, year),
        };
        let ahead = [1, 5, 30, 49, 200, 700, 1_000][self.dice.below(7)];
        let mut now = self.between(
            starts_at - TimeDelta::hours(ahead),
            starts_at - TimeDelta::minutes(20),
        );
        self.acts.push((now, Act::Books(booking, starts_at)));
        for _ in 0..self.dice.below(4) {
            now = self.between(now, starts_at);
            let soon = self.dice.below(2) == 0;
            let until = now
                + if soon {
                    TimeDelta::hours(8)
                } else {
                    TimeDelta::days(30)
                };
            starts_at = self.start(place, (now + TimeDelta::minutes(40), until));
            self.acts.push((now, Act::Moves(booking, starts_at)));
        }
        if self.dice.below(5) == 0 {
            let at = self.between(now, starts_at);
            self.acts.push((at, Act::CallsOff(booking)));
        }
        starts_at
    }

    /// Nobody works for some hours before each of these.
    fn pauses(&mut self, mut before: Vec<DateTime<Utc>>) {
        before.sort();
        let mut awake = self.begins;
        for start in before {
            let earlier = TimeDelta::minutes(200 + self.dice.below(360) as i64);
            let from = odd(start - earlier, 41);
            if from > awake {
                awake = from + PAUSE;
                self.acts.extend([(from, Act::Stops), (awake, Act::GoesOn)]);
            }
        }
    }

    /// A full or half hour of the place's clocks within a stretch of time.
    fn start(&mut self, place: &Place, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> DateTime<Utc> {
        loop {
            let wall = place.wall(self.between(from, until));
            let half_hour = wall.duration_trunc(TimeDelta::minutes(30)).unwrap();
            if let Some(at) = place.instant(half_hour).filter(|it| *it >= from) {
                return at;
            }
        }
    }

    /// A moment within a stretch of time, and never a full minute, on which anything may fall due.
    fn between(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
        let from = from.max(self.begins);
        let seconds = (until - from).num_seconds().max(1) as usize;
        let at = odd(from + TimeDelta::seconds(self.dice.below(seconds) as i64), 17);
        if at > from { at } else { at + TimeDelta::minutes(1) }
    }
}

/// The moment at such a second of its minute.
fn odd(at: DateTime<Utc>, second: i64) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::minutes(1)).unwrap() + TimeDelta::seconds(second)
}
