//! Slots: rules as text and plain facts in, starts out.
//!
//! A provider in New York works Monday to Friday from nine to five and offers 30 minutes every 15. Providers of a team
//! have 20 bookings each in their 14 days.

use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{Ask, Calendar, Facts, HoursRule, Occupancy, Owner, Policy, StartRange, Tag, Team};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{Span, Zone};

use crate::Case;

const BOOKINGS_OF_A_PROVIDER: usize = 20;

/// What is known of one provider before the engine is asked.
struct Provider {
    zone: Zone,
    starts_on: NaiveDate,
    bookings: Vec<Span>,
}

impl Provider {
    /// Bookings of half an hour, spread over working hours as chance would.
    fn new(days: i64, bookings: usize, seed: usize) -> Self {
        let zone: Zone = "America/New_York".parse().expect("a zone");
        let starts_on = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
        let booking = |index: usize| {
            let thrown = (index + 1)
                .wrapping_mul(2_654_435_761)
                .wrapping_add(seed.wrapping_mul(40_503))
                >> 8;
            let (day, slot) = (thrown as i64 % days, (thrown / 1_000) as i64 % 32);
            let start = from() + TimeDelta::days(day) + TimeDelta::minutes(14 * 60 + 15 * slot);
            Span::new(start, start + TimeDelta::minutes(30)).expect("half an hour")
        };
        Self {
            zone,
            starts_on,
            bookings: (0..bookings).map(booking).collect(),
        }
    }

    fn calendar(&self, resource: Tag) -> Calendar {
        let rule = Rule::for_dates("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR").expect("a rule");
        let hours = "09:00-17:00".parse().expect("hours");
        let mut facts = Facts::new(resource, self.zone);
        facts
            .rules
            .push(HoursRule::new(Tag(1), rule, self.starts_on, hours));
        let occupied = |span: &Span| Occupancy {
            owner: Tag(2),
            kind: Owner::Booking,
            lane: None,
            span: *span,
        };
        facts.occupancies = self.bookings.iter().map(occupied).collect();
        Calendar::new(facts)
    }
}

fn from() -> DateTime<Utc> {
    "2026-01-05T00:00:00Z".parse().expect("an instant")
}

fn policy() -> Policy {
    let minutes = |count| NonZeroU16::new(count).expect("a length");
    Policy::new(Tag(3), minutes(30), minutes(15))
}

fn range(days: i64) -> StartRange {
    StartRange::new(from(), from() + TimeDelta::days(days)).expect("a range")
}

/// One provider for so many days with so many bookings; teams for two weeks; and one start explained.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let one = [
        ("slots_30d_0b", 30, 0),
        ("slots_30d_100b", 30, 100),
        ("slots_30d_1000b", 30, 1_000),
        ("slots_60d_0b", 60, 0),
        ("slots_60d_100b", 60, 100),
        ("slots_60d_1000b", 60, 1_000),
        ("slots_365d_0b", 365, 0),
        ("slots_365d_100b", 365, 100),
        ("slots_365d_1000b", 365, 1_000),
    ];
    for (name, days, bookings) in one {
        let provider = Provider::new(days, bookings, 0);
        cases.push((name, Box::new(move || starts(&provider, days))));
    }
    let teams = [
        ("providers_10_14d_first20", 10, 20),
        ("providers_10_14d_full", 10, usize::MAX),
        ("providers_1000_14d_first20", 1_000, 20),
        ("providers_1000_14d_full", 1_000, usize::MAX),
    ];
    for (name, providers, most) in teams {
        let team: Vec<Provider> = (0..providers)
            .map(|seed| Provider::new(14, BOOKINGS_OF_A_PROVIDER, seed))
            .collect();
        cases.push((name, Box::new(move || offers(&team, most))));
    }
    let provider = Provider::new(60, 100, 0);
    let calendar = provider.calendar(Tag(10));
    let (again, policy_again) = (calendar.clone(), policy());
    cases.push((
        "list_of_one_day",
        Box::new(move || list(&again, &policy_again, 1)),
    ));
    let policy = policy();
    cases.push(("explain_one_start", Box::new(move || explain(&calendar, &policy))));
    cases
}

fn starts(provider: &Provider, days: i64) -> usize {
    list(&provider.calendar(Tag(10)), &policy(), days)
}

fn list(calendar: &Calendar, policy: &Policy, days: i64) -> usize {
    let team = Team::one(calendar);
    let ask = Ask::new(policy, &team, from());
    ask.starts(range(days)).collect::<Vec<_>>().len()
}

/// Any of many, each start with everybody who is free then.
fn offers(team: &[Provider], most: usize) -> usize {
    let tags = (1..).map(Tag);
    let calendars: Vec<Calendar> = team.iter().zip(tags).map(|(it, tag)| it.calendar(tag)).collect();
    let (policy, team) = (policy(), Team::any(&calendars));
    let ask = Ask::new(&policy, &team, from());
    let mut offers = ask.offers(range(14));
    let mut found: Vec<(DateTime<Utc>, Vec<Tag>)> = Vec::new();
    while found.len() < most {
        let Some(offer) = offers.advance() else { break };
        found.push((offer.at(), offer.hosts().map(|it| it.0).collect()));
    }
    found.len()
}

/// A start at night: what stands against it.
fn explain(calendar: &Calendar, policy: &Policy) -> usize {
    let team = Team::one(calendar);
    let ask = Ask::new(policy, &team, from());
    ask.explain(from() + TimeDelta::hours(2)).blockers().count()
}
