//! The offsets of one zone from the beginning of time to its end, as a table.
//!
//! The database states a zone's past as a list of changes and its future as a yearly rule. Both become one list
//! here, once, when the zone is first asked for; after that an offset is one binary search over plain numbers.
//! The Gregorian calendar repeats every 400 years to the weekday, and so does a yearly rule: the table ends
//! after one such cycle and every later instant is read at its image in the last cycle.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds in 400 Gregorian years.
const CYCLE: i64 = 146_097 * 86_400;
/// 2500-01-01: the table holds every change before.
const TABLE_END: i64 = 16_725_225_600;
/// 2100-01-01: every zone follows its yearly rule from here on.
const CYCLE_START: i64 = TABLE_END - CYCLE;
/// No offset is as large as this, in seconds.
const OFFSET_LIMIT: i64 = 26 * 3_600;

/// A time during which the offset does not change; it lasts until the next one begins.
#[derive(Clone, Copy)]
struct Stretch {
    from: i64,
    offset: i32,
}

/// All stretches of a zone, in order. The first begins at the beginning of time.
pub(super) struct Timeline {
    stretches: &'static [Stretch],
    /// The index of the first stretch that begins in the last cycle.
    cycle: usize,
}

/// Which offsets give a wall-clock time.
#[derive(Clone, Copy)]
pub(super) enum Fit {
    Once { offset: i32 },
    Twice { first: i32, last: i32 },
    Never { before: i32, resumes: i64 },
}

impl Timeline {
    pub(super) const UTC: Self = Self {
        stretches: &[Stretch {
            from: i64::MIN,
            offset: 0,
        }],
        cycle: 1,
    };

    /// Reads a zone of the database. The table lives as long as the process.
    pub(super) fn read(zone: &TimeZone) -> Self {
        let mut last = zone.to_offset(Timestamp::MIN).seconds();
        let mut stretches = vec![Stretch {
            from: i64::MIN,
            offset: last,
        }];
        for change in zone.following(Timestamp::MIN) {
            let (from, offset) = (change.timestamp().as_second(), change.offset().seconds());
            if from >= TABLE_END {
                break;
            }
            if offset != last {
                stretches.push(Stretch { from, offset });
                last = offset;
            }
        }
        let cycle = stretches.partition_point(|it| it.from < CYCLE_START);
        Self {
            stretches: stretches.leak(),
            cycle,
        }
    }

    pub(super) fn offset_at(&self, instant: i64) -> i32 {
        let image = if instant < TABLE_END {
            instant
        } else {
            CYCLE_START + (instant - CYCLE_START).rem_euclid(CYCLE)
        };
        self.stretches[self.stretches.partition_point(|it| it.from <= image) - 1].offset
    }

    pub(super) fn fit(&self, wall: i64) -> Fit {
        let mut index = self.index_at(wall - OFFSET_LIMIT);
        let mut found: Option<(i32, i32)> = None;
        let mut gap = None;
        let mut here = self.stretch(index);
        loop {
            let next = self.stretch(index + 1);
            let instant = wall - i64::from(here.offset);
            let ended = next.from <= instant;
            if here.from <= instant && !ended {
                found = Some((found.map_or(here.offset, |(first, _)| first), here.offset));
            }
            if ended && wall - i64::from(next.offset) < next.from {
                gap = Some((here.offset, next.from));
            }
            if next.from > wall + OFFSET_LIMIT {
                break;
            }
            (here, index) = (next, index + 1);
        }
        match (found, gap) {
            (Some((first, last)), _) if first == last => Fit::Once { offset: first },
            (Some((first, last)), _) => Fit::Twice { first, last },
            (None, Some((before, resumes))) => Fit::Never { before, resumes },
            // A wall clock without a gap shows every time.
            (None, None) => Fit::Once { offset: here.offset },
        }
    }

    /// The wall-clock stretch `[from, until)` around `wall` in which every time is shown once, and its offset.
    pub(super) fn steady(&self, wall: i64) -> Option<(i64, i64, i32)> {
        let Fit::Once { offset } = self.fit(wall) else {
            return None;
        };
        let index = self.index_at(wall - i64::from(offset));
        let (here, next) = (self.stretch(index), self.stretch(index + 1));
        let before = index.checked_sub(1).map_or(here, |it| self.stretch(it));
        let from = here.from.saturating_add(i64::from(offset.max(before.offset)));
        let until = next.from.saturating_add(i64::from(offset.min(next.offset)));
        (from..until).contains(&wall).then_some((from, until, offset))
    }

    /// Wall-clock stretches `[from, until)` that are skipped, from about `wall` on.
    pub(super) fn gaps(&self, wall: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        let first = self.index_at(wall - OFFSET_LIMIT);
        (first..)
            .map(|index| (self.stretch(index), self.stretch(index + 1)))
            .take_while(|(_, next)| next.from != i64::MAX)
            .filter(|(here, next)| next.offset > here.offset)
            .map(|(here, next)| {
                (
                    next.from + i64::from(here.offset),
                    next.from + i64::from(next.offset),
                )
            })
    }

    /// When each stretch begins and its offset, from the one in force at an instant on.
    pub(super) fn stretches_from(&self, instant: i64) -> impl Iterator<Item = (i64, i32)> + '_ {
        (self.index_at(instant)..)
            .map(|index| self.stretch(index))
            .take_while(|it| it.from != i64::MAX)
            .map(|it| (it.from, it.offset))
    }

    /// The stretch with this index, in a table that goes on for ever; after the last comes one at the end of time.
    fn stretch(&self, index: usize) -> Stretch {
        if let Some(known) = self.stretches.get(index) {
            return *known;
        }
        let per_cycle = self.stretches.len() - self.cycle;
        if per_cycle == 0 {
            return Stretch {
                from: i64::MAX,
                offset: self.stretches[self.stretches.len() - 1].offset,
            };
        }
        let beyond = index - self.cycle;
        let image = self.stretches[self.cycle + beyond % per_cycle];
        Stretch {
            from: image.from + CYCLE * (beyond / per_cycle) as i64,
            offset: image.offset,
        }
    }

    /// The index of the stretch in force at an instant.
    fn index_at(&self, instant: i64) -> usize {
        let cycles = if instant < TABLE_END {
            0
        } else {
            (instant - CYCLE_START).div_euclid(CYCLE)
        };
        let image = instant - cycles * CYCLE;
        let per_cycle = self.stretches.len() - self.cycle;
        self.stretches.partition_point(|it| it.from <= image) - 1 + cycles as usize * per_cycle
    }
}
