//! A year at ten places of the world: bookings are made, moved and called off, clocks are put forward and back, and now and
//! then nobody works for six hours. Whoever is to be reminded is, once, when it is time.

mod life;
mod place;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use db::journal::{Event, after};
use db::paging::Asked;
use kernel::id::ServiceId;
use messaging::mail::delivery::{Deliveries, deliveries};
use messaging::mail::{Key, Mail};
use scheduling::booking::{self, Closing, Overrides, Shift};
use scheduling::resource::ResourceKind;
use scheduling::service::{Ahead, Reminders, ServiceEdit};
use serde_json::json;

use crate::world::practice::{Practice, end};
use crate::world::telling::Teller;
use crate::world::{World, at_length, proved, stories};
use life::{Due, Life, Pause, Reminder};
use place::PLACES;
use plan::{Act, plan};

stories! { both: [whoever_is_to_be_reminded_is_once_and_when_it_is_time] }

/// How many minutes before, by the place.
const REMINDERS: [&[u32]; 3] = [
    &[7 * 1_440, 1_440, 180, 30],
    &[3 * 1_440, 300, 240, 60, 5],
    &[28 * 1_440, 2 * 1_440, 1_440, 120],
];

/// A year, as far as it has come.
struct Year<'a> {
    world: &'a World,
    practice: Practice,
    services: Vec<ServiceId>,
    teller: Teller,
    lives: BTreeMap<usize, Life>,
    pauses: Vec<Pause>,
    /// Since when nobody works.
    idle: Option<DateTime<Utc>>,
    moves: u64,
    refused: u64,
}

/// What was told, held against what was to be.
#[derive(Debug, Default)]
struct Tally {
    due: u64,
    late: u64,
    dropped: u64,
    lost: u64,
    twice: u64,
    early: u64,
    of_cancelled: u64,
    /// Told, and neither due nor any of these.
    not_due: u64,
    /// Reminders of which not one letter went out, or more.
    unwritten: u64,
    /// Letters that do not say what the clock on the wall shows when it begins.
    wrong_clock: u64,
}

async fn whoever_is_to_be_reminded_is_once_and_when_it_is_time(world: World) {
    let bookings = if at_length() { 600 } else { 16 };
    let mut year = Year::new(&world).await;
    for (at, act) in plan(world.store.now(), bookings) {
        year.goes_to(at).await;
        year.sees(act).await;
    }
    let over = year.lives.values().flat_map(|it| it.agreed.last());
    let over = over.map(|(_, starts_at)| *starts_at).max().unwrap();
    year.goes_to(over).await;
    let tally = year.tally().await;
    let cancelled = year.lives.values().filter(|it| it.ended.is_some()).count();
    proved(
        "reminders",
        world.database,
        &[
            ("lost", json!(tally.lost)),
            ("early", json!(tally.early)),
            ("twice", json!(tally.twice)),
            ("of_cancelled", json!(tally.of_cancelled)),
            ("not_due", json!(tally.not_due)),
            ("due", json!(tally.due)),
            ("told_late", json!(tally.late)),
            ("dropped_late", json!(tally.dropped)),
            ("bookings", json!(year.lives.len())),
            ("moves", json!(year.moves)),
            ("cancellations", json!(cancelled)),
            ("pauses", json!(year.pauses.len())),
            ("zones", json!(PLACES.len())),
            ("letters_missing_or_twice", json!(tally.unwritten)),
            ("letters_with_another_time", json!(tally.wrong_clock)),
        ],
    );
    let wrong = [
        tally.lost,
        tally.early,
        tally.twice,
        tally.of_cancelled,
        tally.not_due,
        tally.unwritten,
        tally.wrong_clock,
    ];
    assert_eq!(wrong, [0; 7], "{tally:?}");
    let met = [tally.late, tally.dropped, year.moves, cancelled as u64];
    assert!(met.iter().all(|it| *it > 0), "everything happened: {tally:?}");
    assert!(year.refused * 10 < year.moves, "{} were refused", year.refused);
}

impl<'a> Year<'a> {
    async fn new(world: &'a World) -> Self {
        let practice = world.practice("aurora").await;
        let mut services = Vec::new();
        for (at, place) in PLACES.iter().enumerate() {
            let many = (ResourceKind::Person, 500);
            let slug = format!("host-{at}");
            let host = practice.resource_in(place.zone, &slug, many).await;
            let details = ServiceEdit {
                reminders: Some(Reminders::new(reminders(at).to_vec()).unwrap()),
                ahead: Some(Ahead::Any),
                ..ServiceEdit::default()
            };
            let slug = format!("service-{at}");
            services.push(practice.service(&slug, &[host], details).await);
        }
        Self {
            world,
            practice,
            services,
            teller: Teller::new(),
            lives: BTreeMap::new(),
            pauses: Vec::new(),
            idle: None,
            moves: 0,
            refused: 0,
        }
    }

    /// Time passes until a moment, with or without anybody who works.
    async fn goes_to(&mut self, at: DateTime<Utc>) {
        let time = at - self.world.store.now();
        if self.idle.is_none() {
            self.teller.passes(self.world, time).await;
        } else {
            self.world.clock.advance(time);
        }
    }

    async fn sees(&mut self, act: Act) {
        let now = self.world.store.now();
        match act {
            Act::Books(which, starts_at) => {
                let place = which % PLACES.len();
                let made = self.practice.books(self.services[place], starts_at).await;
                let life = Life {
                    booking: made.unwrap().booking,
                    place,
                    reminders: reminders(place),
                    agreed: vec![(now, starts_at)],
                    ended: None,
                };
                self.lives.insert(which, life);
            }
            Act::Moves(which, starts_at) => self.moves(which, starts_at).await,
            Act::CallsOff(which) => self.calls_off(which).await,
            Act::Stops => self.idle = Some(now),
            Act::GoesOn => {
                let from = self.idle.take().expect("nobody works");
                self.pauses.push(Pause { from, until: now });
                self.teller.works(self.world).await;
            }
        }
    }

    async fn moves(&mut self, which: usize, starts_at: DateTime<Utc>) {
        let life = self.lives.get_mut(&which).expect("it was made");
        let to = Shift {
            starts_at,
            expected_version: None,
            reason: None,
            overrides: Overrides::default(),
        };
        let work = self.practice.staff().await;
        let moved = booking::shift(&work, life.booking, to).await;
        let now = work.now();
        if end(work, moved).await.is_ok() {
            self.moves += 1;
            life.agreed.push((now, starts_at));
        } else {
            self.refused += 1;
        }
    }

    async fn calls_off(&mut self, which: usize) {
        let life = self.lives.get_mut(&which).expect("it was made");
        let work = self.practice.staff().await;
        let done = booking::cancel(&work, life.booking, Closing::default()).await;
        life.ended = Some(work.now());
        end(work, done).await.unwrap();
    }

    async fn tally(&self) -> Tally {
        let work = self.practice.staff().await;
        let events = after(&work, 0, 1_000_000).await.unwrap();
        drop(work);
        let mut told: BTreeMap<String, Vec<Reminder>> = BTreeMap::new();
        for event in events.iter().filter(|it| it.type_ == "booking.reminded") {
            told.entry(event.aggregate_id.clone())
                .or_default()
                .push(reminder(event));
        }
        let mails = self.teller.postbox.got();
        let mails: BTreeMap<&str, &Mail> = mails.iter().map(|it| (it.id.as_str(), it)).collect();
        let mut tally = Tally::default();
        for life in self.lives.values() {
            let told = told.remove(&life.booking.to_string()).unwrap_or_default();
            tally.hold(life, (&told, life.due(&self.pauses)));
            self.reads(life, (&told, &mails), &mut tally).await;
        }
        assert!(told.is_empty(), "of bookings that nobody made: {told:?}");
        tally
    }

    /// Looks at the letters that a booking was reminded of by.
    async fn reads(
        &self,
        life: &Life,
        (told, mails): (&[Reminder], &BTreeMap<&str, &Mail>),
        tally: &mut Tally,
    ) {
        let work = self.practice.staff().await;
        let all = Asked {
            first: Some(100),
            ..Asked::default()
        };
        let page = all.page::<Deliveries>().unwrap();
        let letters = deliveries(&work, Some(life.booking), &page).await.unwrap();
        let letters = letters.rows.iter().map(|(_, it)| it);
        let letters = letters.filter(|it| it.template == Key::BookingReminder);
        let sent: Vec<&Mail> = letters
            .filter_map(|it| mails.get(it.id.to_string().as_str()).copied())
            .collect();
        tally.unwritten += told.len().abs_diff(sent.len()) as u64;
        for (reminder, mail) in told.iter().zip(sent) {
            let place = &PLACES[life.place];
            let wall = place.wall(reminder.starts_at).format("%H:%M").to_string();
            let says = mail.text.contains(&wall) && mail.text.contains(place.zone);
            tally.wrong_clock += u64::from(!says);
        }
    }
}

impl Tally {
    /// Holds what was told of a booking against what was to be.
    fn hold(&mut self, life: &Life, (told, due): (&[Reminder], Due)) {
        self.due += due.told.len() as u64;
        self.late += due.late;
        self.dropped += due.dropped;
        let lost = due.told.iter().filter(|it| !told.contains(it));
        self.lost += lost.count() as u64;
        let mut seen = BTreeSet::new();
        for it in told {
            if !seen.insert((it.starts_at, it.before)) {
                self.twice += 1;
            } else if it.is_early() {
                self.early += 1;
            } else if life.ended.is_some_and(|ended| ended <= it.at) {
                self.of_cancelled += 1;
            } else if !due.told.contains(it) {
                self.not_due += 1;
            }
        }
    }
}

fn reminders(place: usize) -> &'static [u32] {
    REMINDERS[place % REMINDERS.len()]
}

fn reminder(event: &Event) -> Reminder {
    Reminder {
        starts_at: event.payload["startsAt"].as_str().unwrap().parse().unwrap(),
        before: event.payload["minutesBefore"].as_u64().unwrap() as u32,
        at: event.occurred_at,
    }
}
