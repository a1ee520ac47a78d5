//! From rules and overrides to windows: the stretches of one date within which a booking must lie (S1 to S6).

use chrono::NaiveDate;

use crate::calendar::Calendar;
use crate::facts::{Change, HoursRule, Override};
use crate::hours::Hours;
use crate::offsets::Offsets;
use crate::{Source, seconds};

/// Dates further than this from a start have no window that holds it: hours begin on their date, last at most 24 hours
/// of wall clock, and no gap is longer than a day.
const DATES_BACK: u64 = 2;

/// A rule of another zone can have its date this far from the resource's.
const ZONES_APART: u64 = 2;

/// Hours of one rule or override, mapped to instants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) date: NaiveDate,
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) source: Source,
}

/// Pieces of one date that overlap or touch, merged. The grid is anchored at `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) date: NaiveDate,
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// False if its date is closed: then it offers nothing, but tells why.
    pub(crate) open: bool,
}

/// Which dates are asked, and how their hours become instants.
pub(crate) struct Dates<'c, 'o> {
    calendar: &'c Calendar,
    offsets: &'o Offsets,
    /// The overrides of these dates.
    overrides: &'c [Override],
    first: NaiveDate,
    last: NaiveDate,
    /// Whether having no rules means being open always (rooms and equipment) or never (hosts).
    open_without_rules: bool,
}

impl<'c, 'o> Dates<'c, 'o> {
    /// All dates whose windows can hold a start in `[from, until)`.
    pub(crate) fn around(calendar: &'c Calendar, offsets: &'o Offsets, from: i64, until: i64) -> Self {
        let first = seconds::days_before(offsets.date(from), DATES_BACK);
        let last = offsets.date(until);
        let overrides = calendar.overrides(first, last);
        Self {
            calendar,
            offsets,
            overrides,
            first,
            last,
            open_without_rules: false,
        }
    }

    /// The same dates of something that is always open unless it has rules (S15).
    pub(crate) fn open_without_rules(mut self) -> Self {
        self.open_without_rules = true;
        self
    }

    /// The windows of these dates in order of their beginning.
    pub(crate) fn windows(&self) -> Vec<Window> {
        let closes = self.overrides.iter().any(|it| it.change == Change::Close);
        let mut windows: Vec<Window> = Vec::new();
        for Piece {
            date, from, until, ..
        } in self.pieces()
        {
            match windows.last_mut() {
                Some(last) if last.date == date && from <= last.until => last.until = last.until.max(until),
                _ => {
                    let open = !closes || self.on(date).all(|it| it.change != Change::Close);
                    windows.push(Window {
                        date,
                        from,
                        until,
                        open,
                    });
                }
            }
        }
        windows.sort_by_key(|it| it.from);
        windows
    }

    /// What the windows are merged from, in order of date and beginning.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for rule in &self.calendar.facts.rules {
            self.expand(rule, &mut pieces);
        }
        if self.open_without_rules && self.calendar.facts.rules.is_empty() {
            let dates = self.first.iter_days().take_while(|it| *it <= self.last);
            pieces
                .extend(dates.filter_map(|date| place(self.offsets, date, Hours::WHOLE_DAY, Source::Always)));
        }
        let replaces = |it: &Override| matches!(it.change, Change::Replace(_));
        if self.overrides.iter().any(replaces) {
            pieces.retain(|piece| !self.on(piece.date).any(replaces));
        }
        pieces.extend(self.overrides.iter().filter_map(|it| match it.change {
            Change::Replace(hours) | Change::Add(hours) => {
                place(self.offsets, it.date, hours, Source::Override(it.tag))
            }
            Change::Block(_) | Change::Close => None,
        }));
        pieces.sort_by_key(|it| (it.date, it.from));
        pieces
    }

    /// Spans that overrides take out, with the override that does.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (Piece, &'c Override)> + '_ {
        self.overrides.iter().filter_map(|it| match it.change {
            Change::Block(hours) => {
                place(self.offsets, it.date, hours, Source::Override(it.tag)).map(|piece| (piece, it))
            }
            Change::Replace(_) | Change::Add(_) | Change::Close => None,
        })
    }

    /// The overrides of one of these dates.
    pub(crate) fn on(&self, date: NaiveDate) -> impl Iterator<Item = &'c Override> + use<'c> {
        let from = self.overrides.partition_point(|it| it.date < date);
        let rest = self.overrides.get(from..).unwrap_or_default();
        rest.iter().take_while(move |it| it.date == date)
    }

    /// One rule's pieces (S1 to S5).
    fn expand(&self, rule: &HoursRule, into: &mut Vec<Piece>) {
        let source = Source::Rule(rule.tag);
        let foreign = rule.zone.filter(|zone| *zone != self.offsets.zone());
        let Some(zone) = foreign else {
            let series = rule.dates.dates(rule.starts_on);
            let dates = series.between(self.first, self.last);
            let held = dates.filter(|date| rule.holds_on(*date));
            into.extend(held.filter_map(|date| place(self.offsets, date, rule.hours, source)));
            return;
        };
        let from = seconds::midnight(self.first);
        let offsets = Offsets::around(zone, from, seconds::midnight(self.last));
        let first = seconds::days_before(self.first, ZONES_APART);
        let last = seconds::days_after(self.last, ZONES_APART);
        let series = rule.dates.dates(rule.starts_on);
        for date in series.between(first, last).filter(|date| rule.holds_on(*date)) {
            let Some(piece) = place(&offsets, date, rule.hours, source) else {
                continue;
            };
            let date = self.offsets.date(piece.from);
            if (self.first..=self.last).contains(&date) {
                into.push(Piece { date, ..piece });
            }
        }
    }
}

/// Hours on a date as instants; none if the zone skipped the date or nothing remains of the hours (S2, S3).
fn place(offsets: &Offsets, date: NaiveDate, hours: Hours, source: Source) -> Option<Piece> {
    if !offsets.has(date) {
        return None;
    }
    let (from, until) = hours.on(date);
    let (from, until) = (offsets.instant(from), offsets.instant(until));
    (from < until).then_some(Piece {
        date,
        from,
        until,
        source,
    })
}
