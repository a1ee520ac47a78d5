//! When a series takes place: a rule on the wall clock of a zone, dates beside it, dates left out, and the part of all
//! that which is one series' own.
//!
//! The rule is counted from where it was first counted from, whatever is split off later: the two parts of a split share
//! one rule and divide its local times between them, so that together they are the whole, COUNT and INTERVAL included.
//!
//! **Invariant:** pure.

use availability::recurrence::{End, Planned, Rule, TimeSeries};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};
use kernel::Zone;

use super::{AHEAD, OCCURRENCES_MAX, REACH};
use crate::error::Refusal;
use crate::rule::within_calendar;

/// How a series recurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    rule: Rule,
    local_start: NaiveDateTime,
    timezone: Zone,
    added_on: Vec<NaiveDate>,
    except_on: Vec<NaiveDate>,
}

/// What a rule has at a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It takes place then.
    At(NaiveDateTime, DateTime<Utc>),
    /// The wall clock never shows this time.
    NoSuchTime(NaiveDateTime),
    /// The date is left out.
    Excluded(NaiveDateTime),
}

impl Moment {
    /// What the wall clock shows, or would.
    pub(crate) fn local(self) -> NaiveDateTime {
        match self {
            Self::At(local, _) | Self::NoSuchTime(local) | Self::Excluded(local) => local,
        }
    }

    /// When it takes place, if it does.
    pub(crate) fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(_, instant) => Some(instant),
            Self::NoSuchTime(_) | Self::Excluded(_) => None,
        }
    }
}

/// The part of a recurrence that is one series' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Nothing before this local time.
    pub begins_from: NaiveDateTime,
    /// Nothing from this one on.
    pub ended_from: Option<NaiveDateTime>,
}

impl Part {
    fn has(&self, local: NaiveDateTime) -> bool {
        self.begins_from <= local && self.ended_from.is_none_or(|end| local < end)
    }
}

/// Some of the moments of a series, and until when they are all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub moments: Vec<Moment>,
    /// The instant up to which there are no others; nothing if there are no others at all.
    pub until: Option<DateTime<Utc>>,
}

impl Recurrence {
    /// The most dates that can be added, and the most that can be left out.
    pub const DATES_MAX: usize = 104;

    /// A rule that is counted from a local time.
    ///
    /// # Errors
    /// If the time is not on a whole minute of the calendar, or there are too many dates.
    pub fn new(
        rule: Rule,
        (local_start, timezone): (NaiveDateTime, Zone),
        (added_on, except_on): (Vec<NaiveDate>, Vec<NaiveDate>),
    ) -> Result<Self, Refusal> {
        let added_on = dates("addedOn", added_on)?;
        let except_on = dates("exceptOn", except_on)?;
        within_calendar(local_start.date()).map_err(|wrong| Refusal::invalid("startsOn", wrong))?;
        if local_start.second() != 0 || local_start.nanosecond() != 0 {
            return Err(Refusal::wanted("startTime", "a whole minute", local_start.time()));
        }
        Ok(Self {
            rule,
            local_start,
            timezone,
            added_on,
            except_on,
        })
    }

    /// How it recurs.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// From when the rule is counted, on the wall of its zone.
    #[must_use]
    pub fn local_start(&self) -> NaiveDateTime {
        self.local_start
    }

    /// The zone of its wall.
    #[must_use]
    pub fn timezone(&self) -> Zone {
        self.timezone
    }

    /// Dates that it has beside those of the rule, in order.
    #[must_use]
    pub fn added_on(&self) -> &[NaiveDate] {
        &self.added_on
    }

    /// Dates that it leaves out, in order.
    #[must_use]
    pub fn except_on(&self) -> &[NaiveDate] {
        &self.except_on
    }

    /// Whether the rule names times of day, so that the start does not say them all.
    pub(crate) fn names_times(&self) -> bool {
        Rule::for_dates(&self.rule.to_string()).is_err()
    }

    /// The same dates at another time of day.
    pub(crate) fn at(&self, time: NaiveTime) -> Result<Self, Refusal> {
        let start = self.local_start.date().and_time(time);
        let lists = (self.added_on.clone(), self.except_on.clone());
        Self::new(self.rule, (start, self.timezone), lists)
    }

    fn times(&self) -> TimeSeries {
        let time = self.local_start.time();
        let added = self.added_on.iter().map(|it| it.and_time(time));
        self.rule.times(self.local_start, self.timezone).adding(added)
    }

    /// The moments of a part between two instants, in order.
    fn moments(&self, part: Part, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> Vec<Moment> {
        let times = self.times();
        let moment = |it: Planned| match it {
            _ if self.except_on.binary_search(&it.local().date()).is_ok() => Moment::Excluded(it.local()),
            Planned::At { local, instant } => Moment::At(local, instant),
            Planned::Skipped { local } => Moment::NoSuchTime(local),
        };
        let moments = times.plan(from, until).map(moment);
        let own = moments.filter(|it| part.has(it.local()));
        own.take(OCCURRENCES_MAX + 1).collect()
    }

    /// Whether a part has anything at or after an instant.
    fn goes_on(&self, part: Part, from: DateTime<Utc>) -> bool {
        let end = part.ended_from.map_or_else(last, |it| self.timezone.instant(it));
        from < end && self.times().between(from, end).next().is_some()
    }

    /// The first local time of a part that is to come, if it takes place within a year.
    pub(crate) fn next_local(&self, part: Part, now: DateTime<Utc>) -> Option<NaiveDateTime> {
        let from = self.timezone.instant(part.begins_from).max(now);
        let far = from.checked_add_signed(REACH).unwrap_or_else(last);
        let moments = self.moments(part, (from, far));
        let to_come = |it: &&Moment| it.instant().is_some_and(|at| now < at);
        moments.iter().find(to_come).map(|it| it.local())
    }

    /// What a new series, or the rest of one, begins with: all of it if it ends within [`REACH`] and
    /// [`OCCURRENCES_MAX`], and otherwise the next [`AHEAD`].
    ///
    /// # Errors
    /// If there is nothing, or too much in that time.
    pub(crate) fn beginning(&self, part: Part, now: DateTime<Utc>) -> Result<Stretch, Refusal> {
        let from = self.timezone.instant(part.begins_from);
        let far = from.max(now).checked_add_signed(REACH).unwrap_or_else(last);
        let moments = self.moments(part, (from, far));
        let first = moments.iter().find_map(|it| it.instant());
        let first = first.ok_or_else(|| {
            Refusal::wanted("rrule", "a rule that has an occurrence within a year", self.rule)
        })?;
        let ends = self.rule.end() != End::Never || part.ended_from.is_some();
        if ends && moments.len() <= OCCURRENCES_MAX && !self.goes_on(part, far) {
            return Ok(Stretch { moments, until: None });
        }
        let until = self.ahead_of(first.max(now));
        let near = self.moments(part, (from, until));
        if near.len() > OCCURRENCES_MAX {
            let wanted = format!("at most {OCCURRENCES_MAX} occurrences in eight weeks");
            return Err(Refusal::wanted("rrule", &wanted, self.rule));
        }
        Ok(Stretch {
            moments: near,
            until: Some(until),
        })
    }

    /// Eight weeks later, on the wall.
    fn ahead_of(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let until = self.timezone.local(at).checked_add_signed(AHEAD);
        until.map_or_else(last, |it| self.timezone.instant(it))
    }

    /// What comes next in a series that was made up to an instant: as much as lies within [`AHEAD`] of now, and no more than
    /// [`OCCURRENCES_MAX`] at once.
    pub(crate) fn next(&self, part: Part, (made, now): (DateTime<Utc>, DateTime<Utc>)) -> Stretch {
        let until = self.ahead_of(now).max(made);
        let mut moments = self.moments(part, (made, until));
        let cut = moments
            .get(OCCURRENCES_MAX)
            .map(|it| self.timezone.instant(it.local()));
        moments.truncate(OCCURRENCES_MAX);
        let until = cut.unwrap_or(until);
        Stretch {
            moments,
            until: self.goes_on(part, until).then_some(until),
        }
    }
}

/// The last instant that is asked about.
fn last() -> DateTime<Utc> {
    Rule::LAST_DATE.and_time(NaiveTime::MIN).and_utc()
}

/// Dates in order, each once, within the calendar and not too many.
fn dates(field: &'static str, mut dates: Vec<NaiveDate>) -> Result<Vec<NaiveDate>, Refusal> {
    dates.sort_unstable();
    dates.dedup();
    if dates.len() > Recurrence::DATES_MAX {
        let wanted = format!("at most {} dates", Recurrence::DATES_MAX);
        return Err(Refusal::wanted(field, &wanted, dates.len()));
    }
    let mut each = dates.iter().copied();
    each.try_for_each(within_calendar)
        .map_err(|wrong| Refusal::invalid(field, wrong))?;
    Ok(dates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: &[&str] = &[
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=TU,TH",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=-1,15",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU,-1FR",
        "FREQ=WEEKLY;BYHOUR=1,2,9;BYMINUTE=0,30",
    ];

    const ZONES: &[&str] = &["UTC", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe"];

    fn recurrences() -> impl Strategy<Value = Recurrence> {
        let ends = prop_oneof![
            Just(String::new()),
            (1_u32..60).prop_map(|it| format!(";COUNT={it}")),
            (1_u32..28).prop_map(|it| format!(";UNTIL=202609{it:02}")),
        ];
        let whole = (
            proptest::sample::select(RULES),
            ends,
            proptest::sample::select(ZONES),
            (0_u64..90, 0_u32..48),
            proptest::collection::vec(0_u64..200, 0..6),
        );
        whole.prop_map(|(rule, end, zone, (day, half_hour), dates)| {
            let first = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
            let on = |days: u64| first + chrono::Days::new(days);
            let time = NaiveTime::from_hms_opt(half_hour / 2, half_hour % 2 * 30, 0).unwrap();
            let (added, except) = dates.split_at(dates.len() / 2);
            let dates = |of: &[u64]| of.iter().map(|it| on(day + it)).collect();
            let rule = Rule::for_series(&format!("{rule}{end}")).unwrap();
            let start = (on(day).and_time(time), zone.parse().unwrap());
            Recurrence::new(rule, start, (dates(added), dates(except))).unwrap()
        })
    }

    fn all(
        recurrence: &Recurrence,
        begins_from: NaiveDateTime,
        ended_from: Option<NaiveDateTime>,
    ) -> Vec<Moment> {
        let part = Part {
            begins_from,
            ended_from,
        };
        // As far as a hundred moments go, whatever the rule is.
        let from = recurrence.timezone.instant(begins_from);
        recurrence.moments(part, (from, "2026-08-01T00:00:00Z".parse().unwrap()))
    }

    proptest! {
        #[test]
        fn what_is_split_is_together_the_whole(recurrence in recurrences(), at in 0_usize..60) {
            let start = recurrence.local_start();
            let whole = all(&recurrence, start, None);
            prop_assume!(whole.len() <= OCCURRENCES_MAX);
            let Some(cut) = whole.get(at).map(|it| it.local()) else { return Ok(()) };
            let mut both = all(&recurrence, start, Some(cut));
            both.extend(all(&recurrence, cut, None));
            prop_assert_eq!(both, whole);
        }

        #[test]
        fn what_is_made_in_turns_is_together_the_whole(recurrence in recurrences(), days in 1_i64..40) {
            let part = Part { begins_from: recurrence.local_start(), ended_from: None };
            let start = recurrence.timezone.instant(part.begins_from);
            let mut now = start;
            let (mut made, mut until) = (Vec::new(), Some(start));
            while let Some(at) = until.filter(|_| made.len() < OCCURRENCES_MAX) {
                let stretch = recurrence.next(part, (at, now));
                made.extend(stretch.moments);
                until = stretch.until;
                now += chrono::TimeDelta::days(days);
            }
            let end = until.unwrap_or_else(last);
            let whole = recurrence.moments(part, (start, end));
            made.truncate(OCCURRENCES_MAX);
            prop_assert_eq!(made, whole.into_iter().take(OCCURRENCES_MAX).collect::<Vec<_>>());
        }

        #[test]
        fn another_time_of_day_is_on_the_same_dates(recurrence in recurrences(), hour in 4_u32..22) {
            prop_assume!(!recurrence.names_times());
            let moved = recurrence.at(NaiveTime::from_hms_opt(hour, 15, 0).unwrap()).unwrap();
            // At hours that no clock skips, every date has one.
            let end = NaiveDate::from_ymd_opt(2026, 7, 30).unwrap();
            let dates = |it: &Recurrence| -> Vec<NaiveDate> {
                let dates = all(it, it.local_start(), None).into_iter().map(|it| it.local().date());
                dates.filter(|it| *it < end).collect()
            };
            let back = moved.at(recurrence.local_start().time()).unwrap();
            prop_assert_eq!(&back, &recurrence);
            if recurrence.rule().end() == End::Never {
                prop_assert_eq!(dates(&moved), dates(&recurrence));
            }
        }
    }

    #[test]
    fn a_series_is_on_whole_minutes_of_the_calendar_and_has_few_dates() {
        let weekly = Rule::for_series("FREQ=WEEKLY").unwrap();
        let new = |start: &str, dates: u64| {
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let dates: Vec<_> = (0..dates).map(|it| first + chrono::Days::new(it)).collect();
            let start = (start.parse().unwrap(), Zone::UTC);
            let both = Recurrence::new(weekly, start, (dates.clone(), Vec::new()));
            both.and_then(|_| Recurrence::new(weekly, start, (Vec::new(), dates)))
        };
        assert!(new("2026-03-05T09:00:00", 104).is_ok());
        assert!(new("2026-03-05T09:00:00", 105).is_err());
        assert!(new("2026-03-05T09:00:01", 0).is_err());
        assert!(new("1899-12-31T09:00:00", 0).is_err());
    }

    #[test]
    fn a_rule_that_never_matches_is_no_series() {
        let never = Rule::for_series("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").unwrap();
        let start: NaiveDateTime = "2026-03-05T09:00:00".parse().unwrap();
        let never = Recurrence::new(never, (start, Zone::UTC), (Vec::new(), Vec::new())).unwrap();
        let part = Part {
            begins_from: start,
            ended_from: None,
        };
        assert!(never.beginning(part, start.and_utc()).is_err());
        assert_eq!(never.next_local(part, start.and_utc()), None);
    }
}
