//! One zone over one stretch of time, as a short table, so that mapping thousands of local times costs arithmetic
//! and not a search each. What the offsets *are* only [`kernel::Zone`] knows.

use chrono::NaiveDate;
use kernel::Zone;

use crate::seconds::{DAY, date, instant, midnight};

/// How far around a stretch of starts anything local can matter: a window is at most 24 hours of wall clock, its rule
/// may be read in a zone 26 hours away, and a week limit looks six dates each way.
const MARGIN: i64 = 9 * DAY;

/// A time during which a zone's offset does not change.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    until: i64,
    offset: i64,
}

/// The offsets of a zone around a stretch of starts.
pub(crate) struct Offsets {
    zone: Zone,
    stretches: Vec<Stretch>,
}

impl Offsets {
    /// The table for starts in `[from, until)`.
    pub(crate) fn around(zone: Zone, from: i64, until: i64) -> Self {
        let (from, until) = (from.saturating_sub(MARGIN), until.saturating_add(MARGIN));
        let mut stretches: Vec<Stretch> = Vec::with_capacity(4);
        for (begins, offset) in zone.offsets(instant(from), instant(until)) {
            let from = begins.timestamp();
            if let Some(last) = stretches.last_mut() {
                last.until = from;
            }
            stretches.push(Stretch {
                from,
                until: i64::MAX,
                offset: i64::from(offset),
            });
        }
        if let Some(first) = stretches.first_mut() {
            first.from = i64::MIN;
        }
        Self { zone, stretches }
    }

    /// Which zone this is.
    pub(crate) fn zone(&self) -> Zone {
        self.zone
    }

    /// The instant of a wall-clock second, "compatible" (S3): the first of two, and in a gap by the offset before it.
    pub(crate) fn instant(&self, wall: i64) -> i64 {
        let mut before = 0;
        for stretch in &self.stretches {
            let here = wall.saturating_sub(stretch.offset);
            if here < stretch.until {
                return if here < stretch.from {
                    wall.saturating_sub(before)
                } else {
                    here
                };
            }
            before = stretch.offset;
        }
        wall.saturating_sub(before)
    }

    /// The date that the wall clock shows at an instant.
    pub(crate) fn date(&self, at: i64) -> NaiveDate {
        let offset = self
            .stretches
            .iter()
            .find(|it| at < it.until)
            .map_or(0, |it| it.offset);
        date(at.saturating_add(offset))
    }

    /// When the wall clock shows a date from `first` to `last`: usually one stretch, two where it goes back across
    /// midnight, none for a date that the zone skipped.
    pub(crate) fn spans(&self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = (i64, i64)> + '_ {
        let (begins, ends) = (midnight(first), midnight(last).saturating_add(DAY));
        self.stretches.iter().filter_map(move |it| {
            let from = begins.saturating_sub(it.offset).max(it.from);
            let until = ends.saturating_sub(it.offset).min(it.until);
            (from < until).then_some((from, until))
        })
    }

    /// Whether any instant carries this date (S2).
    pub(crate) fn has(&self, date: NaiveDate) -> bool {
        self.spans(date, date).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Days, NaiveDateTime, TimeDelta};

    /// Compares every half hour of wall clock within three days with what the zone itself says.
    fn agrees(zone: &str, around: &str) {
        let zone: Zone = zone.parse().unwrap();
        let at = around.parse::<DateTime<chrono::Utc>>().unwrap();
        let table = Offsets::around(zone, at.timestamp(), at.timestamp() + 1);
        for half_hours in -144..144 {
            let near = at + TimeDelta::minutes(30 * half_hours);
            let wall: NaiveDateTime = near.naive_utc();
            let expected = zone.instant(wall).timestamp();
            assert_eq!(
                table.instant(wall.and_utc().timestamp()),
                expected,
                "{zone} {wall}"
            );
            assert_eq!(
                table.date(near.timestamp()),
                zone.local(near).date(),
                "{zone} {near}"
            );
            assert_eq!(
                table.has(wall.date()),
                zone.has_date(wall.date()),
                "{zone} {wall}"
            );
        }
    }

    #[test]
    fn the_table_says_what_the_zone_says() {
        for (zone, around) in [
            ("America/New_York", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01T06:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
            ("Pacific/Apia", "2011-12-30T10:00:00Z"),
            ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
            ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
            ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
            ("UTC", "2026-01-01T00:00:00Z"),
        ] {
            agrees(zone, around);
        }
    }

    #[test]
    fn a_date_that_the_clock_enters_twice_has_two_spans() {
        // St. John's fell back from 00:01 to 23:01, so Saturday went on after a minute of Sunday.
        let zone: Zone = "America/St_Johns".parse().unwrap();
        let sunday = NaiveDate::from_ymd_opt(2010, 11, 7).unwrap();
        let at = midnight(sunday);
        let table = Offsets::around(zone, at, at + DAY);
        let lengths = |date| {
            table
                .spans(date, date)
                .map(|(from, until)| until - from)
                .collect::<Vec<_>>()
        };
        assert_eq!(lengths(sunday), [60, DAY]);
        assert_eq!(lengths(sunday - Days::new(1)), [DAY, 59 * 60]);
    }
}
