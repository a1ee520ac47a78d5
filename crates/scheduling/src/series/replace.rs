//! Putting the bookings of a series in the places of its new rule, all at once: first every old place is given back, then
//! the new ones are taken, so that they may overlap.

use std::collections::{BTreeMap, VecDeque};

use availability::BlockerCode;
use chrono::{DateTime, NaiveDateTime, Utc};
use db::{Tenant, Work};
use kernel::Id as _;
use kernel::id::{BookingId, ResourceId};
use serde_json::json;
use uuid::Uuid;

use super::cancel::{WaitedFor, call_off, offer, waited_for};
use super::plan::reasons;
use super::recurrence::Moment;
use super::season::{Judged, Season, Verdict, Wanted};
use super::shift::{Course, SeriesShift};
use super::write::{Making, bear, blocked, occurrence, season};
use super::{Occurrence, OccurrenceStatus, Reason, Series};
use crate::booking::{Booking, BookingHost, Change, Closing, What, hand_over, moved, put, settle};
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::needs::{Needs, Who};
use crate::pick::Picked;
use crate::plan;
use crate::service::Part as Place;
use crate::store;

/// A series that is held, from when on it changes, and how.
pub(super) struct Replacing<'a> {
    pub series: &'a Series,
    pub from: NaiveDateTime,
    pub ask: &'a SeriesShift,
    pub course: &'a Course,
    /// What is to come of it, as it was before any of it is held.
    pub rest: &'a [(Occurrence, Booking)],
}

/// What becomes of one moment of the new rule.
enum Fate {
    /// What became of it before stays: somebody decided so.
    Stays(Occurrence),
    /// This booking goes there, if it can.
    Goes(Box<Booking>, Verdict),
    /// A new booking is made, if it can be.
    Made(Verdict),
}

/// Everything that was decided, under the locks that writing it needs.
pub(super) struct Placed {
    needs: Needs,
    fates: Vec<(Moment, Fate)>,
    /// Bookings that go somewhere, or nowhere.
    bookings: Vec<Booking>,
    hosts: Vec<BookingHost>,
    shifts: Shifts,
    waited_for: Vec<WaitedFor>,
    is_agreed: bool,
    /// Until when the new rule was looked at.
    pub until: Option<DateTime<Utc>>,
}

impl Replacing<'_> {
    /// Locks, and decides what becomes of every moment.
    pub(super) async fn place(&self, work: &Work<Tenant>) -> Result<Placed, Refusal> {
        let stretch = self.course.recurrence.beginning(self.course.part, work.now())?;
        let who = self.ask.host.map_or(Who::Anybody, Who::With);
        let waited_for = waited_for(work, self.rest).await?;
        let needs = Needs::hold(work, self.series.service_id, &who).await?;
        let overrides = self.ask.overrides.and(self.series.overrides);
        let (season, shifts) = season(work, &needs, &stretch.moments, overrides).await?;
        let wished: Vec<ResourceId> = self.ask.host.or(self.series.host_id).into_iter().collect();
        let mut season = season.around(needs.cast.with(&wished).unwrap_or_else(|| needs.cast.clone()));
        let (rows, bookings) = self.standing(work).await?;
        let ids: Vec<BookingId> = bookings.iter().map(|it| it.id).collect();
        let hosts = store::booking_host::of(work, &ids).await?;
        season.forget(&ids.iter().map(|it| it.uuid()).collect::<Vec<Uuid>>());
        let mut puzzle = Puzzle {
            now: work.now(),
            needs: &needs,
            season: &mut season,
            hosts: &hosts,
            named: self.ask.host,
            wished: &wished,
        };
        let (fates, stopped_at) = self.fates(&stretch.moments, (rows, &bookings), &mut puzzle)?;
        self.bear(&season, &fates)?;
        Ok(Placed {
            fates,
            bookings,
            hosts,
            shifts,
            waited_for,
            is_agreed: store::series_occurrence::is_agreed(work, self.series.id).await?,
            until: stopped_at.or(stretch.until),
            needs,
        })
    }

    /// The occurrences from there on, and those of their bookings that are to be moved, which are held.
    async fn standing(&self, work: &Work<Tenant>) -> Result<(Vec<Occurrence>, Vec<Booking>), Refusal> {
        let rows = store::series_occurrence::from(work, self.series.id, self.from).await?;
        let ids: Vec<BookingId> = rows.iter().filter_map(|it| it.booking_id).collect();
        let held: Vec<Booking> = store::hold_all::<store::booking::Entity>(work, &ids).await?;
        // What happened to them on their own until they were held is in the rows now.
        let rows = store::series_occurrence::from(work, self.series.id, self.from).await?;
        let goes = |it: &Occurrence| match it.status {
            OccurrenceStatus::Booked => true,
            OccurrenceStatus::Moved => self.ask.rule.is_some(),
            OccurrenceStatus::Skipped | OccurrenceStatus::Conflict => false,
        };
        let to_come = |it: &&Booking| {
            let row = rows.iter().find(|row| row.booking_id == Some(it.id));
            row.is_some_and(goes) && work.now() < it.starts_at && it.state().seen(work.now()).is_open()
        };
        let bookings = held.iter().filter(to_come).cloned().collect();
        Ok((rows, bookings))
    }

    /// Decides moment by moment, each beside those before it. Says where it stopped for being beyond the horizon.
    fn fates(
        &self,
        moments: &[Moment],
        (rows, bookings): (Vec<Occurrence>, &[Booking]),
        puzzle: &mut Puzzle<'_>,
    ) -> Result<Judged<Fate>, Refusal> {
        let mut rows: BTreeMap<NaiveDateTime, Occurrence> =
            rows.into_iter().map(|it| (it.local_start, it)).collect();
        let mut in_order: VecDeque<&Booking> = bookings.iter().collect();
        in_order.make_contiguous().sort_by_key(|it| (it.starts_at, it.id));
        let mut fates = Vec::with_capacity(moments.len());
        for moment in moments {
            let row = rows.remove(&self.course.before(moment.local()));
            let of_row = |row: &Occurrence| bookings.iter().find(|it| Some(it.id) == row.booking_id);
            let fate = match (self.ask.rule, row) {
                (Some(_), _) => match (moment, in_order.front()) {
                    (Moment::At(_, at), Some(booking)) => {
                        let verdict = puzzle.moves(booking, *at)?;
                        let booking = Box::new((*booking).clone());
                        if matches!(verdict, Verdict::Free(_)) {
                            in_order.pop_front();
                            Fate::Goes(booking, verdict)
                        } else {
                            Fate::Made(verdict)
                        }
                    }
                    _ => Fate::Made(puzzle.begins(*moment)?),
                },
                (None, Some(row)) => match (of_row(&row), moment) {
                    (Some(booking), Moment::At(_, at)) => {
                        Fate::Goes(Box::new(booking.clone()), puzzle.moves(booking, *at)?)
                    }
                    (None, _) if row.booking_id.is_some() => Fate::Stays(row),
                    _ => Fate::Made(puzzle.begins(*moment)?),
                },
                (None, None) => Fate::Made(puzzle.begins(*moment)?),
            };
            fates.push((*moment, fate));
        }
        let stopped_at = trim(&mut fates);
        Ok((fates, stopped_at))
    }

    fn bear(&self, season: &Season, fates: &[(Moment, Fate)]) -> Result<(), Refusal> {
        let verdicts = fates.iter().filter_map(|(moment, fate)| match fate {
            Fate::Goes(_, verdict) | Fate::Made(verdict) => Some((*moment, verdict)),
            Fate::Stays(_) => None,
        });
        bear(season, self.ask.policy.unwrap_or(self.series.policy), verdicts)
    }

    /// Writes what was decided into the series that it belongs to now.
    pub(super) async fn write(
        &self,
        work: &Work<Tenant>,
        target: &Series,
        mut placed: Placed,
    ) -> Result<Vec<BookingId>, Refusal> {
        store::series_occurrence::forget(work, self.series.id, self.from).await?;
        let ids: Vec<Uuid> = placed.bookings.iter().map(|it| it.id.uuid()).collect();
        store::occupancy::release(work, &ids).await?;
        let (mut changed, left) = self.leave(work, &placed).await?;
        let fates = std::mem::take(&mut placed.fates);
        let mut shifts = std::mem::take(&mut placed.shifts);
        shifts.join(left);
        let making = Making {
            series: target,
            needs: Some(&placed.needs),
            is_agreed: placed.is_agreed,
        };
        let mut rows = Vec::with_capacity(fates.len());
        for (moment, fate) in fates {
            let at = moment.instant().unwrap_or_default();
            let (become_, booking) = match fate {
                Fate::Stays(row) => ((row.status, row.reasons.0), row.booking_id),
                Fate::Goes(before, Verdict::Free(picked)) => {
                    let moved = self.send(work, &placed, (&before, at, picked)).await?;
                    shifts.join(moved);
                    changed.push(before.id);
                    ((OccurrenceStatus::Booked, Vec::new()), Some(before.id))
                }
                Fate::Made(Verdict::Free(picked)) => {
                    let made = making.book(work, &placed.needs, (at, picked)).await?;
                    changed.push(made.booking);
                    ((OccurrenceStatus::Booked, Vec::new()), Some(made.booking))
                }
                Fate::Goes(before, Verdict::Conflict(why)) => {
                    ((OccurrenceStatus::Conflict, reasons(&why)), Some(before.id))
                }
                Fate::Made(Verdict::Conflict(why)) => ((OccurrenceStatus::Conflict, reasons(&why)), None),
                Fate::Goes(_, Verdict::Skipped(why)) | Fate::Made(Verdict::Skipped(why)) => {
                    ((OccurrenceStatus::Skipped, vec![why]), None)
                }
            };
            rows.push(occurrence(work, (target, moment), become_, booking));
        }
        store::insert_many(work, rows).await?;
        store::fairness_balance::shift(work, &shifts).await?;
        offer(work, &placed.waited_for, &changed).await?;
        Ok(changed)
    }

    /// Calls off the bookings that have no place in the new rule.
    async fn leave(&self, work: &Work<Tenant>, placed: &Placed) -> Result<(Vec<BookingId>, Shifts), Refusal> {
        let goes = |it: &Booking| {
            placed
                .fates
                .iter()
                .any(|(_, fate)| matches!(fate, Fate::Goes(booking, Verdict::Free(_)) if booking.id == it.id))
        };
        let left: Vec<BookingId> = placed
            .bookings
            .iter()
            .filter(|it| !goes(it))
            .map(|it| it.id)
            .collect();
        let said = Closing {
            expected_version: None,
            ..self.ask.how.clone()
        };
        call_off(work, &left, &said).await
    }

    /// Moves one booking to where it goes.
    async fn send(
        &self,
        work: &Work<Tenant>,
        placed: &Placed,
        (before, at, picked): (&Booking, DateTime<Utc>, Picked),
    ) -> Result<Shifts, Refusal> {
        let was: Vec<ResourceId> = placed.of(before.id, |it| it == Place::Host);
        let to = picked.choice.hosts.iter().filter(|it| it.part == Place::Host);
        let to: Vec<ResourceId> = to.map(|it| it.resource).collect();
        let span = placed.needs.span(at)?;
        let plan = plan::finish(work, &placed.needs, span, (picked, Shifts::default())).await?;
        let is_given_anew = to.iter().any(|it| !was.contains(it));
        let what = if before.starts_at == at {
            What::Reassigned
        } else {
            What::Moved
        };
        let facts = json!({
            "from": { "startsAt": before.starts_at, "endsAt": before.ends_at, "hosts": was },
            "to": { "startsAt": span.start(), "endsAt": span.end() },
            "hosts": plan.choice.hosts,
        });
        let change = Change {
            reason: self.ask.how.reason.clone(),
            ..Change::new(what, facts)
        };
        if before.starts_at == at && !is_given_anew {
            plan.alone()?;
            settle(work, &moved(before, &plan), &plan).await?;
            return Ok(Shifts::default());
        }
        put(work, before, (&plan, change)).await?;
        if is_given_anew {
            hand_over(work, before.id, &plan.choice).await
        } else {
            Ok(Shifts::default())
        }
    }
}

impl Placed {
    fn of(&self, booking: BookingId, part: fn(Place) -> bool) -> Vec<ResourceId> {
        let of_it = self
            .hosts
            .iter()
            .filter(|it| it.booking_id == booking && part(it.part));
        of_it.map(|it| it.resource_id).collect()
    }
}

/// Leaves out what lies beyond the horizon after everything that has a booking: it is looked at when it comes nearer.
fn trim(fates: &mut Vec<(Moment, Fate)>) -> Option<DateTime<Utc>> {
    let beyond = |fate: &Fate| match fate {
        Fate::Made(Verdict::Conflict(why)) => why.iter().any(|it| it.code == BlockerCode::Horizon),
        Fate::Made(_) | Fate::Goes(..) | Fate::Stays(_) => false,
    };
    let has_booking = |fate: &Fate| !matches!(fate, Fate::Made(_));
    let last = fates
        .iter()
        .rposition(|(_, it)| has_booking(it))
        .map_or(0, |it| it + 1);
    let first = fates.iter().skip(last).position(|(_, it)| beyond(it))? + last;
    let at = fates.get(first).and_then(|(moment, _)| moment.instant());
    fates.truncate(first);
    at
}

/// What decides where bookings can go.
struct Puzzle<'a> {
    now: DateTime<Utc>,
    needs: &'a Needs,
    season: &'a mut Season,
    hosts: &'a [BookingHost],
    /// Who is to give them from now on.
    named: Option<ResourceId>,
    /// Who gives those that are new.
    wished: &'a [ResourceId],
}

impl Puzzle<'_> {
    /// Whether a booking can go to an instant. It was booked in time: how soon and how far course is not asked again.
    fn moves(&mut self, booking: &Booking, at: DateTime<Utc>) -> Result<Verdict, Refusal> {
        let of = |host: bool| -> Vec<ResourceId> {
            let part = |it: &&BookingHost| it.booking_id == booking.id && (it.part == Place::Host) == host;
            self.hosts.iter().filter(part).map(|it| it.resource_id).collect()
        };
        let cast = match self.named {
            Some(_) => Some(self.needs.cast.clone()),
            None => self.needs.cast.with(&of(true)),
        };
        match cast {
            _ if at <= self.now => Ok(Verdict::Conflict(vec![blocked(BlockerCode::Notice)])),
            None => Ok(Verdict::Conflict(vec![blocked(BlockerCode::Inactive)])),
            Some(cast) => self.season.place(
                at,
                &Wanted {
                    cast: &cast,
                    prefer: &of(false),
                    pool: None,
                    is_booked: true,
                },
            ),
        }
    }

    /// What becomes of a moment that has no booking yet.
    fn begins(&mut self, moment: Moment) -> Result<Verdict, Refusal> {
        let at = match moment {
            Moment::At(_, at) => at,
            Moment::NoSuchTime(_) => return Ok(Verdict::Skipped(Reason::NoSuchTime)),
            Moment::Excluded(_) => return Ok(Verdict::Skipped(Reason::Excluded)),
        };
        let Some(cast) = self.needs.cast.with(self.wished) else {
            return Ok(Verdict::Conflict(vec![blocked(BlockerCode::Inactive)]));
        };
        let wanted = Wanted {
            cast: &cast,
            prefer: &[],
            pool: self.needs.pool.filter(|_| self.wished.is_empty()),
            is_booked: false,
        };
        self.season.place(at, &wanted)
    }
}
