//! Draws the picture of `docs/availability.md` from what the engine says about one week.
//!
//! ```text
//! cargo run --example picture > docs/availability.svg
//! ```

use std::error::Error;
use std::fmt::Write;
use std::num::NonZeroU16;

use availability::recurrence::Rule;
use availability::{
    Absence, Ask, Calendar, Change, Facts, HoursRule, Occupancy, Override, Owner, Policy, Session,
    StartRange, Tag, Team,
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use kernel::{Span, Zone};

const SERVICE: Tag = Tag(1);
const SESSION: Tag = Tag(2);

/// The picture shows these hours of each day.
const HOURS: std::ops::RangeInclusive<u32> = 8..=20;
const LEFT: f64 = 150.0;
const HOUR_WIDTH: f64 = 62.0;
const TOP: f64 = 64.0;
const DAY_HEIGHT: f64 = 92.0;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#334}.day{font-weight:600}.small{font-size:10.5px;fill:#667}
.grid{stroke:#e3e6ec}.hours{fill:#e8eefc;stroke:#b8c7ee}.override{fill:#fdf0d0;stroke:#e3b94d}.cut{fill:#d9dce3}
.busy{fill:#8d99b3}.buffer{fill:#c9cfdd}.hold{fill:#b48ead}.away{fill:#d9dce3}.soon{fill:#fbe3e3}.start{fill:#2e9e63}.seat{fill:#1d6fd1}";

fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", draw()?);
    Ok(())
}

/// A week in Berlin, and a service of 45 minutes every 30 that wants 15 minutes free after it and two hours' notice.
struct Week {
    zone: Zone,
    monday: NaiveDate,
    now: DateTime<Utc>,
    calendar: Calendar,
    policy: Policy,
}

impl Week {
    fn new() -> Result<Self, Box<dyn Error>> {
        let zone: Zone = "Europe/Berlin".parse()?;
        let monday = NaiveDate::from_ymd_opt(2026, 3, 2).ok_or("no date")?;
        let at = |day: u64, time: &str| -> Result<DateTime<Utc>, Box<dyn Error>> {
            Ok(zone.instant((monday + Days::new(day)).and_time(time.parse::<NaiveTime>()?)))
        };
        let span = |day, from, until| -> Result<Span, Box<dyn Error>> {
            Ok(Span::new(at(day, from)?, at(day, until)?)?)
        };
        let mut facts = Facts::new(Tag(10), zone);
        let weekdays = Rule::for_dates("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")?;
        facts
            .rules
            .push(HoursRule::new(Tag(11), weekdays, monday, "09:00-17:00".parse()?));
        let change = |day, change| Override {
            tag: Tag(20),
            date: monday + Days::new(day),
            change,
        };
        facts.overrides = vec![
            change(1, Change::Replace("11:20-16:00".parse()?)),
            change(2, Change::Block("12:00-13:00".parse()?)),
            change(3, Change::Close),
            change(4, Change::Add("18:00-20:00".parse()?)),
        ];
        facts.absences = vec![Absence {
            tag: Tag(30),
            span: span(2, "15:00", "20:00")?,
        }];
        let occupied = |kind, span| Occupancy {
            owner: SESSION,
            kind,
            lane: None,
            span,
        };
        facts.occupancies = vec![
            occupied(Owner::Booking, span(0, "14:00", "15:15")?),
            occupied(Owner::Hold, span(1, "13:20", "14:05")?),
            occupied(Owner::External, span(2, "09:40", "10:10")?),
            occupied(Owner::Booking, span(4, "10:10", "11:25")?),
        ];
        let span = span(4, "10:10", "11:10")?;
        facts.sessions = vec![Session {
            booking: SESSION,
            service: SERVICE,
            span,
            seats: 6,
            taken: 4,
        }];
        let minutes = |count| NonZeroU16::new(count).ok_or("no length");
        let mut policy = Policy::new(SERVICE, minutes(45)?, minutes(30)?);
        (policy.buffer_after, policy.notice) = (15, 120);
        Ok(Self {
            zone,
            monday,
            now: at(0, "08:40:00")?,
            calendar: Calendar::new(facts),
            policy,
        })
    }

    /// Where an instant lies in the picture: from the left, and the top of its day.
    fn place(&self, at: DateTime<Utc>) -> (f64, f64) {
        let local = self.zone.local(at);
        let hour = f64::from(local.time().num_seconds_from_midnight()) / 3_600.0;
        let shown = hour.clamp(f64::from(*HOURS.start()), f64::from(*HOURS.end()));
        let day = local.date().signed_duration_since(self.monday).num_days() as f64;
        (
            LEFT + (shown - f64::from(*HOURS.start())) * HOUR_WIDTH,
            TOP + day * DAY_HEIGHT,
        )
    }
}

/// The picture, as it is kept in `docs/availability.svg`.
pub(crate) fn draw() -> Result<String, Box<dyn Error>> {
    let week = Week::new()?;
    let (width, height) = (LEFT + 12.0 * HOUR_WIDTH + 30.0, TOP + 5.0 * DAY_HEIGHT + 58.0);
    let mut svg =
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n");
    writeln!(
        svg,
        "<title>From hours to starts: one week of one provider</title>\n<style>{STYLE}</style>"
    )?;
    writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>")?;
    axes(&mut svg, &week)?;
    let range = StartRange::new(
        week.zone.instant(week.monday.and_time(NaiveTime::MIN)),
        week.zone
            .instant((week.monday + Days::new(5)).and_time(NaiveTime::MIN)),
    )?;
    hours(&mut svg, &week, range)?;
    taken(&mut svg, &week)?;
    starts(&mut svg, &week, range)?;
    legend(&mut svg, height)?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn axes(svg: &mut String, week: &Week) -> std::fmt::Result {
    for hour in HOURS {
        let left = LEFT + f64::from(hour - HOURS.start()) * HOUR_WIDTH;
        let bottom = TOP + 5.0 * DAY_HEIGHT;
        writeln!(
            svg,
            "<path class=\"grid\" d=\"M{left} {}V{bottom}\"/>",
            TOP - 12.0
        )?;
        writeln!(
            svg,
            "<text class=\"small\" x=\"{left}\" y=\"{}\" text-anchor=\"middle\">{hour}:00</text>",
            TOP - 18.0
        )?;
    }
    writeln!(
        svg,
        "<text x=\"12\" y=\"24\">Monday to Friday 09:00-17:00; 45 min every 30, 15 min free after, 2 h notice</text>"
    )?;
    let notes = [
        "a booking; it is 08:40",
        "REPLACE 11:20-16:00; a hold",
        "BLOCK 12-13; outside event; away",
        "closed",
        "ADD 18-20; a session with seats",
    ];
    for (day, note) in (0_u32..).zip(notes) {
        let top = TOP + f64::from(day) * DAY_HEIGHT;
        let date = week.monday + Days::new(u64::from(day));
        writeln!(
            svg,
            "<text class=\"day\" x=\"12\" y=\"{}\">{}</text>",
            top + 20.0,
            date.format("%a %-d %b")
        )?;
        let (first, second) = note.split_once("; ").unwrap_or((note, ""));
        for (line, text) in (0..).zip([first, second]) {
            writeln!(
                svg,
                "<text class=\"small\" x=\"12\" y=\"{}\">{text}</text>",
                top + 37.0 + 14.0 * f64::from(line)
            )?;
        }
    }
    Ok(())
}

/// A bar from one instant to another, at some depth below the top of its day.
fn bar(
    svg: &mut String,
    week: &Week,
    class: &str,
    (from, until, depth, tall): (DateTime<Utc>, DateTime<Utc>, f64, f64),
) -> std::fmt::Result {
    let ((left, top), (right, _)) = (week.place(from), week.place(until));
    let (top, wide) = (top + depth, right - left);
    writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" rx=\"2\"/>"
    )
}

/// What rules and overrides make, as the engine merges it.
fn hours(svg: &mut String, week: &Week, range: StartRange) -> std::fmt::Result {
    let soon = week.now + TimeDelta::minutes(i64::from(week.policy.notice));
    bar(svg, week, "soon", (week.now, soon, 0.0, 74.0))?;
    for window in week.calendar.hours(range) {
        let changed = window
            .by
            .iter()
            .any(|it| matches!(it, availability::Source::Override(_)));
        let class = if changed { "override" } else { "hours" };
        bar(
            svg,
            week,
            class,
            (window.span.start(), window.span.end(), 4.0, 18.0),
        )?;
    }
    Ok(())
}

/// What takes time away.
fn taken(svg: &mut String, week: &Week) -> std::fmt::Result {
    let facts = week.calendar.facts();
    for it in &facts.absences {
        bar(svg, week, "away", (it.span.start(), it.span.end(), 28.0, 18.0))?;
    }
    for it in &facts.overrides {
        if let Change::Block(hours) = it.change {
            let at = |minutes: u16| {
                let midnight = it.date.and_time(NaiveTime::MIN);
                week.zone
                    .instant(midnight + TimeDelta::minutes(i64::from(minutes)))
            };
            bar(
                svg,
                week,
                "cut",
                (at(hours.from().minutes()), at(hours.to().minutes()), 28.0, 18.0),
            )?;
        }
    }
    for it in &facts.occupancies {
        let free_before = it.span.start() - TimeDelta::minutes(i64::from(week.policy.buffer_after));
        bar(svg, week, "buffer", (free_before, it.span.start(), 32.0, 10.0))?;
        let class = if it.kind == Owner::Hold { "hold" } else { "busy" };
        bar(svg, week, class, (it.span.start(), it.span.end(), 28.0, 18.0))?;
    }
    Ok(())
}

/// What remains: the engine's own list.
fn starts(svg: &mut String, week: &Week, range: StartRange) -> std::fmt::Result {
    let team = Team::one(&week.calendar);
    let ask = Ask::new(&week.policy, &team, week.now);
    let mut offers = ask.offers(range);
    while let Some(offer) = offers.advance() {
        let class = if offer.seats_left().is_some() {
            "seat"
        } else {
            "start"
        };
        bar(
            svg,
            week,
            class,
            (offer.at(), offer.at() + TimeDelta::minutes(6), 52.0, 20.0),
        )?;
        if let Some(left) = offer.seats_left() {
            let (x, top) = week.place(offer.at());
            writeln!(
                svg,
                "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\">{left} seats left</text>",
                x + 10.0,
                top + 66.0
            )?;
        }
    }
    Ok(())
}

fn legend(svg: &mut String, height: f64) -> std::fmt::Result {
    let entries = [
        ("hours", "hours by rule"),
        ("override", "hours by override"),
        ("busy", "taken"),
        ("hold", "held"),
        ("buffer", "must stay free"),
        ("cut", "taken out, away"),
        ("soon", "too soon"),
        ("start", "start"),
        ("seat", "start with seats"),
    ];
    let mut left = 12.0;
    for (class, text) in entries {
        let top = height - 30.0;
        writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"12\" height=\"12\" rx=\"2\"/>"
        )?;
        writeln!(
            svg,
            "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>",
            left + 17.0,
            top + 10.0
        )?;
        left += 36.0 + 6.0 * text.len() as f64;
    }
    Ok(())
}
