//! Placing the occurrences of one series, one after the other, each beside those before it.

use std::collections::BTreeMap;

use availability::{BlockerCode, PublicBlocker, StartRange, Tag};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Span;
use kernel::id::ResourceId;
use uuid::Uuid;

use super::recurrence::Moment;
use crate::booking::Overrides;
use crate::calendar::{Board, Cast};
use crate::error::Refusal;
use crate::fairness::{self, Reason};
use crate::hold::Pool;
use crate::pick::{Picked, Question};

/// How far from an occurrence another start is looked for, before and after.
pub(super) const NEAR: TimeDelta = TimeDelta::days(7);

/// What can be made of a moment.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It can be booked so.
    Free(Picked),
    /// It cannot, and why, as far as the public may know.
    Conflict(Vec<PublicBlocker>),
    /// It does not take place.
    Skipped(super::Reason),
}

/// What was decided of each moment, and where it stopped if it did.
pub(super) type Judged<T> = (Vec<(Moment, T)>, Option<DateTime<Utc>>);

/// Who could give an occurrence, and how that is decided.
pub(super) struct Wanted<'a> {
    pub cast: &'a Cast,
    /// These rooms and pieces of equipment if they can.
    pub prefer: &'a [ResourceId],
    /// Who keeps the ledger of turns, if there are turns.
    pub pool: Option<Uuid>,
    /// Whether it is booked already: then how soon and how far ahead is not asked again.
    pub is_booked: bool,
}

/// A board on which a series is placed.
pub(super) struct Season {
    board: Board,
    /// Among whom other starts are looked for.
    around: Cast,
    pool: Option<Uuid>,
    balances: BTreeMap<ResourceId, i64>,
    overrides: Overrides,
    placed: u128,
    /// Whether there were occurrences before these.
    goes_on: bool,
}

impl Season {
    pub(super) fn new(
        board: Board,
        (pool, balances): (Option<Uuid>, BTreeMap<ResourceId, i64>),
        overrides: Overrides,
    ) -> Self {
        Self {
            around: board.cast().clone(),
            board,
            pool,
            balances,
            overrides,
            placed: 0,
            goes_on: false,
        }
    }

    /// The same, after others of the series that were placed before.
    pub(super) fn going_on(self) -> Self {
        Self {
            goes_on: true,
            ..self
        }
    }

    /// The same, looking for other starts among these only.
    pub(super) fn around(self, around: Cast) -> Self {
        Self { around, ..self }
    }

    /// The starts that a board must know to place these moments and to look around them.
    pub(super) fn span(moments: &[Moment]) -> Result<Span, Refusal> {
        let mut instants = moments.iter().filter_map(|it| it.instant());
        let first = instants.next().unwrap_or_default();
        let last = instants.next_back().unwrap_or(first);
        let around = first.checked_sub_signed(NEAR).zip(last.checked_add_signed(NEAR));
        let wrong = || Refusal::wanted("startsOn", "a date within the calendar", first);
        let (from, until) = around.ok_or_else(wrong)?;
        Span::new(from, until).map_err(|wrong| Refusal::invalid("startsOn", wrong))
    }

    /// Places moments in order, and stops where the service does not take bookings yet: what lies beyond its horizon is
    /// planned when it comes nearer. Says where it stopped.
    pub(super) fn place_all(&mut self, moments: &[Moment]) -> Result<Judged<Verdict>, Refusal> {
        let cast = self.board.cast().clone();
        let wanted = Wanted {
            cast: &cast,
            prefer: &[],
            pool: self.pool,
            is_booked: false,
        };
        let mut placed: Vec<(Moment, Verdict)> = Vec::with_capacity(moments.len());
        for moment in moments {
            let verdict = match moment {
                Moment::At(_, at) => self.place(*at, &wanted)?,
                Moment::NoSuchTime(_) => Verdict::Skipped(super::Reason::NoSuchTime),
                Moment::Excluded(_) => Verdict::Skipped(super::Reason::Excluded),
            };
            // Whoever plans a new one beyond the horizon hears so.
            let is_first = !self.goes_on && !placed.iter().any(|(it, _)| it.instant().is_some());
            if let (Verdict::Conflict(why), Some(at), false) = (&verdict, moment.instant(), is_first)
                && why.iter().any(|it| it.code == BlockerCode::Horizon)
            {
                return Ok((placed, Some(at)));
            }
            placed.push((*moment, verdict));
        }
        Ok((placed, None))
    }

    /// Places one occurrence, given by some of the cast.
    pub(super) fn place(&mut self, at: DateTime<Utc>, wanted: &Wanted<'_>) -> Result<Verdict, Refusal> {
        let explanation = self.board.ask_of(wanted.cast, |ask| ask.explain(at));
        let overrides = Overrides {
            notice: self.overrides.notice || wanted.is_booked,
            ..self.overrides
        };
        let question = Question {
            cast: wanted.cast,
            pool: wanted.pool,
            prefer: wanted.prefer,
            overrides,
            explanation: &explanation,
        };
        let Ok(picked) = question.pick(&self.balances) else {
            let mut why = explanation.redacted();
            why.retain(|it| !overrides.overrule(it.code));
            return Ok(Verdict::Conflict(why));
        };
        self.placed += 1;
        let span = self.board.span(at)?;
        self.board.add(Tag(self.placed), &picked.choice.hosts, span)?;
        if let Some(pool) = &picked.choice.pool {
            self.count(pool);
        }
        Ok(Verdict::Free(picked))
    }

    /// As if these bookings were not there.
    pub(super) fn forget(&mut self, owners: &[Uuid]) {
        owners.iter().for_each(|it| self.board.forget(*it));
    }

    /// Moves the balances as writing the booking will.
    fn count(&mut self, pool: &Pool) {
        let mut left = pool.candidates.clone();
        for winner in &pool.winners {
            for entry in fairness::award(&left, *winner, Reason::Turn) {
                *self.balances.entry(entry.resource).or_default() += entry.change;
            }
            left.retain(|it| it.resource != *winner);
        }
    }

    /// The free start that is nearest to an occurrence, beside everything that was placed.
    pub(super) fn nearest(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        [TimeDelta::days(1), NEAR].into_iter().find_map(|reach| {
            let after = StartRange::new(at, at + reach).ok()?;
            let before = StartRange::new(at - reach, at).ok()?;
            self.board.ask_of(&self.around, |ask| {
                let near = [ask.starts(before).last(), ask.starts(after).next()];
                near.into_iter()
                    .flatten()
                    .min_by_key(|it| ((*it - at).abs(), *it))
            })
        })
    }

    /// When an occurrence would end.
    pub(super) fn ends_at(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        Ok(self.board.span(at)?.end())
    }
}
