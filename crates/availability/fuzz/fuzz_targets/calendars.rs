//! Any calendar is answered within 50 ms, in order, the same in one piece and in two, and as it is explained.
//!
//! An input is text: a line for each fact, in words and numbers (see `line`); what cannot be read is passed over.

#![no_main]

use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use availability::recurrence::Rule;
use availability::{
    Absence, Ask, Calendar, Change, Counted, Facts, Horizon, HoursRule, Limit, Most, Occupancy, Override, Owner, Per,
    Policy, Scope, Session, StartRange, Tag, Team,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{Span, Zone};
use libfuzzer_sys::fuzz_target;

const PATIENCE: Duration = Duration::from_millis(50);

/// A busy machine may take longer by chance, but not every time.
const TRIES: usize = 3;

/// More rules than this no resource has.
const RULES_MAX: usize = 16;

/// Rules begin in this year or later: one that counts from year 1 is slow by its own count.
const FIRST_YEAR: &str = "1900-01-01";

const SERVICE: Tag = Tag(1);

struct World {
    facts: Facts,
    policy: Policy,
    now: DateTime<Utc>,
    range: StartRange,
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Some(world) = world(text) else { return };
    let calendar = Calendar::new(world.facts.clone());
    let team = Team::one(&calendar);
    let ask = Ask::new(&world.policy, &team, world.now);
    let starts: Vec<DateTime<Utc>> = ask.starts(world.range).collect();
    let taken = (0..TRIES).map(|_| time(&world)).find(|it| *it <= PATIENCE);
    assert!(taken.is_some(), "takes more than {PATIENCE:?} for {} starts", starts.len());
    assert!(starts.is_sorted_by(|a, b| a < b), "ascending and unique");
    for at in starts.iter().take(20) {
        for near in [*at, *at + TimeDelta::minutes(1), *at + TimeDelta::hours(7)] {
            let inside = starts.last().is_some_and(|last| near <= *last);
            let listed = starts.binary_search(&near).is_ok();
            assert!(!inside || ask.is_offered(near) == listed, "{near} is listed: {listed}");
        }
    }
});

/// How long it takes from facts to the last start.
fn time(world: &World) -> Duration {
    let facts = world.facts.clone();
    let begun = Instant::now();
    let calendar = Calendar::new(facts);
    let team = Team::one(&calendar);
    black_box(Ask::new(&world.policy, &team, world.now).starts(world.range).count());
    begun.elapsed()
}

fn world(text: &str) -> Option<World> {
    let mut lines = text.lines();
    let mut first = lines.next()?.split_ascii_whitespace();
    let zone: Zone = first.next()?.parse().ok()?;
    let (now, from, days) = (minute(first.next())?, minute(first.next())?, number::<u16>(first.next())?);
    let until = from.checked_add_signed(TimeDelta::days(i64::from(days % 367)))?;
    let range = StartRange::new(from, until).ok()?;
    let policy = Policy::new(SERVICE, number(first.next())?, number(first.next())?);
    let mut world = World { facts: Facts::new(Tag(2), zone), policy, now, range };
    for (index, text) in (3..).zip(lines) {
        let _passed_over: Option<()> = line(&mut world, Tag(index), text);
    }
    Some(world)
}

/// `rule 2026-01-01 09:00-17:00 - FREQ=DAILY`, `replace 2026-01-01 09:00-10:00`, `close 2026-01-01`, `away 29000000 60`,
/// `busy 29000000 60 0`, `count 29000000 60`, `session 29000000 60 3 1`, `buffers 10 5`, `notice 60`, `rolling 3`,
/// `calendar 3`, `day 4`, `week 9`, `lanes 2`. Instants are minutes since 1970.
fn line(world: &mut World, tag: Tag, text: &str) -> Option<()> {
    let mut words = text.split_ascii_whitespace();
    let kind = words.next()?;
    let (facts, policy) = (&mut world.facts, &mut world.policy);
    let most = |per, most| Limit { tag, scope: Scope::Resource, per, most: Most::Bookings(most) };
    match kind {
        "rule" if facts.rules.len() < RULES_MAX => {
            let starts_on = date(words.next())?.max(date(Some(FIRST_YEAR))?);
            let (hours, zone) = (words.next()?.parse().ok()?, words.next()?.parse::<Zone>().ok());
            let rule = HoursRule::new(tag, Rule::for_dates(words.next()?).ok()?, starts_on, hours);
            facts.rules.push(HoursRule { zone, ..rule });
        }
        "replace" | "add" | "block" | "close" => {
            let date = date(words.next())?;
            let hours = words.next().and_then(|it| it.parse().ok());
            let change = match kind {
                "replace" => Change::Replace(hours?),
                "add" => Change::Add(hours?),
                "block" => Change::Block(hours?),
                _ => Change::Close,
            };
            facts.overrides.push(Override { tag, date, change });
        }
        "away" => facts.absences.push(Absence { tag, span: span(&mut words)? }),
        "busy" => {
            let (span, lane) = (span(&mut words)?, number(words.next()));
            facts.occupancies.push(Occupancy { owner: tag, kind: Owner::Booking, lane, span });
        }
        "count" => {
            let span = span(&mut words)?;
            let minutes = u32::try_from(span.length().num_minutes()).ok()?;
            facts.counted.push(Counted { owner: tag, service: SERVICE, starts_at: span.start(), minutes });
        }
        "session" => {
            let span = span(&mut words)?;
            let (seats, taken) = (number(words.next())?, number(words.next())?);
            facts.sessions.push(Session { booking: tag, service: SERVICE, span, seats, taken });
        }
        "buffers" => (policy.buffer_before, policy.buffer_after) = (number(words.next())?, number(words.next())?),
        "notice" => policy.notice = number(words.next())?,
        "rolling" => policy.horizon = Some(Horizon::Rolling { days: number(words.next())? }),
        "calendar" => policy.horizon = Some(Horizon::Calendar { days: number(words.next())? }),
        "day" => policy.limits.push(most(Per::Day, number(words.next())?)),
        "week" => policy.limits.push(most(Per::Week, number(words.next())?)),
        "lanes" => facts.lanes = number::<NonZeroU16>(words.next())?,
        _ => {}
    }
    Some(())
}

fn number<T: std::str::FromStr>(word: Option<&str>) -> Option<T> {
    word?.parse().ok()
}

fn date(word: Option<&str>) -> Option<NaiveDate> {
    number(word)
}

fn minute(word: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(number::<i64>(word)?.checked_mul(60)?, 0)
}

fn span<'t>(words: &mut impl Iterator<Item = &'t str>) -> Option<Span> {
    let start = minute(words.next())?;
    let length = TimeDelta::minutes(i64::from(number::<u32>(words.next())?));
    Span::new(start, start.checked_add_signed(length)?).ok()
}
