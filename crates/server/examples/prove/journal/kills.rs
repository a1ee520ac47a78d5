//! Two nodes that are killed at random while holds lapse, bookings are reminded of, letters are written and webhooks carried.

use std::time::{Duration, Instant};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use kernel::{Clock as _, SystemClock};
use serde_json::json;

use super::house::{self, House};
use super::ledger::{self, Ledger};
use super::receiver::{Arrival, Receiver, Reply, When};
use super::start::{hold, service};
use crate::Outcome;
use crate::client::Client;
use crate::dice::Dice;
use crate::place::Place;
use crate::process::Server;
use crate::scene::run;

/// How long before its start a booking is reminded of: the shortest there is.
const REMINDED: TimeDelta = TimeDelta::minutes(5);

/// How long a hold lasts; the bookings are reminded of about when the last of them lapses.
const LASTS: TimeDelta = TimeDelta::minutes(1);

/// How long nodes are killed after the last thing was due.
const STILL: TimeDelta = TimeDelta::seconds(10);

/// From one kill to the next in milliseconds, at least and at most.
const PAUSE: (usize, usize) = (500, 3_000);

/// How long it may take until everything is done when nobody is killed any more: what died with a node is tried again when
/// its lease has run out, and five seconds after a refusal.
const PATIENCE: Duration = Duration::from_secs(150);

/// One of so many deliveries is refused when it comes first.
const REFUSED: usize = 20;

/// How long the receiver takes for its answers at most, in milliseconds.
const ANSWERED: usize = 150;

/// What has been found.
pub(super) struct Found {
    /// How often a node was killed.
    pub(super) kills: usize,
    /// What followed from what.
    pub(super) ledger: Ledger,
}

/// Kills both nodes again and again while so many holds and bookings have their course.
pub(super) async fn prove(
    place: &Place,
    (serving, worker): (Server, Server),
    (holds, bookings): (usize, usize),
) -> Outcome<Found> {
    let mut house = House::found(serving.address, &format!("kills-{}", place.name)).await?;
    let details = json!({ "interval": "PT1M", "reminders": ["PT5M"] });
    let service = service(&mut house.furnisher, details).await?;
    let receiver = Receiver::open(reply).await?;
    let mut desk = house.desk(serving.address);
    for (path, types) in [
        (ledger::MADE.0, &ledger::MADE.1[..]),
        (ledger::LAPSED.0, &ledger::LAPSED.1[..]),
    ] {
        house::endpoint(&mut desk, receiver.at(path), types).await?;
    }
    let opening = crate::scene::opening()?;
    for _ in 0..holds {
        hold(&mut desk, &service, opening).await?;
    }
    let lapsed = SystemClock.now() + LASTS;
    // Starts are at whole minutes.
    let minute = TimeDelta::minutes(1);
    let starts_at = (lapsed + REMINDED).duration_trunc(minute)? + minute;
    for number in 0..bookings {
        book(&mut desk, (&service, starts_at), number).await?;
    }
    let until = starts_at - REMINDED + STILL;
    let ((serving, _worker), kills) = kill(place, (serving, worker), until).await?;
    let mut desk = house.desk(serving.address);
    let began = Instant::now();
    loop {
        let ledger = Ledger::read(&mut desk, &receiver, place).await?;
        if ledger.undone == 0 || began.elapsed() > PATIENCE {
            return Ok(Found { kills, ledger });
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// Some are refused when they come first, and all wait a while, so that a kill finds them under way.
fn reply(arrival: &Arrival) -> Reply {
    let sum: usize = arrival.id.bytes().map(usize::from).sum();
    let is_refused = arrival.time == 1 && sum.is_multiple_of(REFUSED);
    Reply {
        status: if is_refused { 503 } else { 200 },
        words: "thanks",
        when: When::After(Duration::from_millis((sum % ANSWERED) as u64)),
    }
}

async fn book(desk: &mut Client, (service, starts_at): (&str, DateTime<Utc>), number: usize) -> Outcome<()> {
    let document = "mutation($input: BookingCreateInput!) { bookingCreate(input: $input) {
        booking { id } userErrors { code message } } }";
    let attendee = json!({ "name": "Ana Prado", "email": ledger::recipient(number) });
    let input = json!({ "serviceId": service, "startsAt": starts_at, "attendee": attendee });
    run(desk, document, input).await.map(drop)
}

/// Kills one or the other until then, and starts it again; gives both as they are then, and how often it was.
async fn kill(
    place: &Place,
    (mut serving, mut worker): (Server, Server),
    until: DateTime<Utc>,
) -> Outcome<((Server, Server), usize)> {
    let (mut kills, mut dice) = (0, Dice::new(11));
    while SystemClock.now() < until {
        let pause = PAUSE.0 + dice.below(PAUSE.1 - PAUSE.0);
        tokio::time::sleep(Duration::from_millis(pause as u64)).await;
        if dice.below(2) == 0 {
            drop(serving);
            serving = Server::start(place).await?;
        } else {
            drop(worker);
            worker = Server::worker(place).await?;
        }
        kills += 1;
    }
    Ok(((serving, worker), kills))
}
