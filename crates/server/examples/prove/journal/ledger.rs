//! What followed from what, counted when nobody is killed any more: everything once in the database, and outside at least
//! once, under the id that it had.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::receiver::Receiver;
use super::rows::{self, Event, Letter};
use crate::Outcome;
use crate::client::Client;
use crate::place::Place;

/// Where what is made is told of, and of which types that is.
pub(super) const MADE: (&str, [&str; 2]) = ("/made", ["hold.placed", "booking.*"]);

/// Where it is told that a hold has lapsed.
pub(super) const LAPSED: (&str, [&str; 1]) = ("/lapsed", ["hold.expired"]);

/// The letters that follow from a booking.
const LETTERS: [&str; 2] = ["BOOKING_CONFIRMED", "BOOKING_REMINDER"];

/// The promise that stays: that a booking is noted as having taken place.
const STAYS: &str = "booking.course";

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Holds that lapsed.
    pub(super) holds: usize,
    /// Bookings that were reminded of.
    pub(super) reminders: usize,
    /// Events that arrived at endpoints.
    pub(super) deliveries: usize,
    /// Letters that were sent.
    pub(super) letters: usize,
    /// Requests beyond the first about the same event at the same endpoint.
    pub(super) sent_again: usize,
    /// What should have followed and did not.
    pub(super) undone: usize,
    /// What is there more than once, or though nothing asks for it.
    pub(super) doubled: usize,
    /// What was given up.
    pub(super) given_up: usize,
}

impl Ledger {
    /// Reads it.
    pub(super) async fn read(desk: &mut Client, receiver: &Receiver, place: &Place) -> Outcome<Self> {
        let mut ledger = Self::default();
        let events = rows::events(desk, None).await?;
        ledger.holds = ledger.follow(&events, ("HOLD_PLACED", "HOLD_EXPIRED"));
        ledger.reminders = ledger.follow(&events, ("BOOKING_CREATED", "BOOKING_REMINDED"));
        ledger.tell(desk, receiver, &events).await?;
        let bookings = events.iter().filter(|it| it.kind == "BOOKING_CREATED").count();
        ledger.write(rows::letters(desk).await?, bookings, place.folder.path());
        let waiting = rows::timers(desk, "WAITING").await?;
        ledger.undone += waiting.iter().filter(|it| it.kind != STAYS).count();
        ledger.given_up += rows::timers(desk, "DEAD").await?.len();
        Ok(ledger)
    }

    /// The second of two events follows once from each of the first; says how often it did.
    fn follow(&mut self, events: &[Event], (first, second): (&str, &str)) -> usize {
        let of = |kind: &str| {
            let things = events.iter().filter(|it| it.kind == kind);
            count(things.map(|it| it.aggregate.id.clone()))
        };
        self.once(&of(first).into_keys().collect(), &of(second))
    }

    /// Each of these once, and nothing else; says how many there are.
    fn once<K: Ord>(&mut self, wanted: &BTreeSet<K>, there: &BTreeMap<K, usize>) -> usize {
        let found = there.keys().filter(|it| wanted.contains(*it)).count();
        self.undone += wanted.len() - found;
        self.doubled += there.values().sum::<usize>() - found;
        found
    }

    /// Every event is told to the endpoint that wants it.
    async fn tell(&mut self, desk: &mut Client, receiver: &Receiver, events: &[Event]) -> Outcome<()> {
        let wanted = events
            .iter()
            .filter_map(|it| Some((path(&it.kind)?, it.id.clone())));
        let wanted: BTreeSet<(String, String)> = wanted.collect();
        let (arrived, rest): (Vec<_>, Vec<_>) = rows::deliveries(desk)
            .await?
            .into_iter()
            .partition(|it| it.state == "DELIVERED");
        self.given_up += rest.iter().filter(|it| it.state != "WAITING").count();
        let arrived = count(arrived.into_iter().map(|it| (it.path, it.event_id)));
        self.deliveries = self.once(&wanted, &arrived);
        let came = count(receiver.came().into_iter().map(|it| (it.path, it.id)));
        // The receiver may have seen it and the log not; the other way round is a lie, and so is an id that nobody knows.
        self.undone += arrived.keys().filter(|it| !came.contains_key(*it)).count();
        self.doubled += came.keys().filter(|it| !wanted.contains(*it)).count();
        self.sent_again = came.values().map(|times| times - 1).sum();
        Ok(())
    }

    /// Each booking has its letters, and they lie in the folder.
    fn write(&mut self, letters: Vec<Letter>, bookings: usize, folder: &Path) {
        let (sent, rest): (Vec<Letter>, Vec<Letter>) = letters.into_iter().partition(|it| it.state == "SENT");
        self.given_up += rest.iter().filter(|it| it.state != "WAITING").count();
        let lies_there = |it: &&Letter| folder.join("mail").join(format!("{}.eml", it.id)).is_file();
        let kept = sent.iter().filter(lies_there).count();
        self.undone += sent.len() - kept;
        let wanted =
            (0..bookings).flat_map(|number| LETTERS.map(|template| (recipient(number), template.to_owned())));
        let there = count(sent.into_iter().map(|it| (it.recipient, it.template)));
        self.letters = self.once(&wanted.collect(), &there);
    }
}

/// Who made a booking, each their own.
pub(super) fn recipient(number: usize) -> String {
    format!("ana.{number}@example.com")
}

/// Where an event of this kind is told.
fn path(kind: &str) -> Option<String> {
    let path = match kind {
        "HOLD_EXPIRED" => LAPSED.0,
        "HOLD_PLACED" => MADE.0,
        kind if kind.starts_with("BOOKING_") => MADE.0,
        _ => return None,
    };
    Some(path.to_owned())
}

fn count<K: Ord>(things: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut count = BTreeMap::new();
    for thing in things {
        *count.entry(thing).or_default() += 1;
    }
    count
}
