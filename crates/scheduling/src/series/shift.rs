//! Moving a series: one occurrence, it and those after it, or all that are to come.

use availability::recurrence::Rule;
use chrono::{NaiveDateTime, NaiveTime};
use db::{Tenant, Work};
use kernel::id::{BookingId, ResourceId, SeriesId};
use kernel::{EventType, Right};
use serde_json::json;

use super::cancel::{may_change, rest};
use super::recurrence::{Part, Recurrence};
use super::replace::Replacing;
use super::{Occurrence, Policy, Scope, Series, SeriesChanged, extend};
use crate::booking::{self, Booking, Closing, Overrides, Reassign, Shift};
use crate::error::Refusal;
use crate::patch::{expect_version, write_down};
use crate::store;
use crate::store::series::Dates;

/// What becomes of a series. What is left out stays.
#[derive(Debug, Clone)]
pub struct SeriesShift {
    /// How much of it.
    pub scope: Scope,
    /// From which occurrence on; only ALL needs none.
    pub from: Option<BookingId>,
    /// When it is to take place, on the wall.
    pub start_time: Option<NaiveTime>,
    /// How it is to recur; it is counted from the date of the first occurrence that changes.
    pub rule: Option<Rule>,
    /// Who is to give it.
    pub host: Option<ResourceId>,
    /// What becomes of it if there are conflicts; as the series says, unless said.
    pub policy: Option<Policy>,
    /// What is overruled for it.
    pub overrides: Overrides,
    /// The version of the series that the caller has read, and what is said about it.
    pub how: Closing,
}

/// Staff move a series, or a part of it. Bookings keep their ids, prices and links and go to their new times; where the rule
/// is another, in order: what is left over is called off, what is missing is made. What was moved or called off on its own
/// stays so, unless the rule is another. From one occurrence on, a new series continues the old; all of it is changed in its
/// place. What has begun is a fact.
///
/// # Errors
/// If a right is missing, nothing is to change, nothing of it is to come, or there are conflicts that the policy does not
/// bear.
pub async fn shift(work: &Work<Tenant>, id: SeriesId, ask: SeriesShift) -> Result<SeriesChanged, Refusal> {
    let series = super::read::held(work, id).await?;
    expect_version(ask.how.expected_version, series.version)?;
    if ask.overrides.any() {
        work.need(Right::BookingsOverride)?;
    }
    if ask.host.is_some() {
        work.need(Right::DiaryWrite)?;
    }
    let (from, rest) = rest(work, &series, (ask.scope, ask.from)).await?;
    may_change(work, &series, &rest).await?;
    if ask.start_time.is_none() && ask.rule.is_none() && ask.host.is_none() {
        return Err(Refusal::wanted(
            "startTime",
            "a startTime, a rrule or a hostId",
            "none",
        ));
    }
    if ask.scope == Scope::This {
        return one(work, &series, (&rest, ask)).await;
    }
    let recurrence = series.recurrence()?;
    let from = match ask.scope {
        Scope::ThisAndFollowing | Scope::This => Some(from),
        Scope::All => recurrence.next_local(series.part(), work.now()),
    };
    let from = from.ok_or(Refusal::SeriesOver)?;
    let course = Course::of(&series, &recurrence, (from, &ask))?;
    let splits =
        ask.scope == Scope::ThisAndFollowing && store::series_occurrence::any_before(work, id, from).await?;
    let replacing = Replacing {
        series: &series,
        from,
        ask: &ask,
        course: &course,
        rest: &rest,
    };
    let placed = replacing.place(work).await?;
    let target = if splits {
        split(work, &series, from).await?
    } else {
        series.clone()
    };
    let target = course.write(work, target, (&ask, placed.until)).await?;
    let bookings = replacing.write(work, &target, placed).await?;
    let diff = json!({ "from": from, "into": target.id, "rrule": target.rrule, "bookings": bookings.len() });
    // Whether it ends there or goes by another rule, it was changed once.
    write_down(work, EventType::SeriesMoved, (id, series.version + 1), diff).await?;
    Ok(SeriesChanged {
        series: target.id,
        bookings,
    })
}

/// Moves one booking, or gives it to somebody else.
async fn one(
    work: &Work<Tenant>,
    series: &Series,
    (rest, ask): (&[(Occurrence, Booking)], SeriesShift),
) -> Result<SeriesChanged, Refusal> {
    let (_, booking) = rest.first().ok_or(Refusal::NotFound("booking"))?;
    let how = Closing {
        expected_version: None,
        ..ask.how
    };
    match (ask.start_time, ask.host, ask.rule) {
        (Some(time), None, None) => {
            let date = series.timezone.local(booking.starts_at).date();
            let to = Shift {
                starts_at: series.timezone.instant(date.and_time(time)),
                expected_version: None,
                overrides: ask.overrides,
                reason: how.reason,
            };
            booking::shift(work, booking.id, to).await?;
        }
        (None, Some(to), None) => {
            let to = Reassign {
                from: None,
                to,
                overrides: ask.overrides,
                how,
            };
            booking::reassign(work, booking.id, to).await?;
        }
        _ => {
            let wanted = "of one occurrence, either another time or another host";
            return Err(Refusal::wanted("scope", wanted, ask.scope));
        }
    }
    Ok(SeriesChanged {
        series: series.id,
        bookings: vec![booking.id],
    })
}

/// Ends a series before a local time, and gives the one that continues it.
async fn split(work: &Work<Tenant>, series: &Series, from: NaiveDateTime) -> Result<Series, Refusal> {
    let mut before = series.clone();
    before.ended_from = Some(before.ended_from.map_or(from, |end| end.min(from)));
    (before.materialised_until, before.extend_at) = (None, None);
    before.touch(work.now());
    store::save(work, before).await?;
    let rest = Series {
        id: work.mint(),
        continues_id: Some(series.id),
        begins_from: from,
        version: 0,
        created_at: work.now(),
        ..series.clone()
    };
    store::insert(work, rest.clone()).await?;
    Ok(rest)
}

/// What is to come of a series once it is changed.
#[derive(Debug)]
pub(super) struct Course {
    pub recurrence: Recurrence,
    pub part: Part,
    /// The time of day at which an occurrence was before, if that is all that tells the old from the new.
    was_at: Option<NaiveTime>,
}

impl Course {
    /// Says what is to come from a local time of the old rule on.
    fn of(
        series: &Series,
        old: &Recurrence,
        (from, ask): (NaiveDateTime, &SeriesShift),
    ) -> Result<Self, Refusal> {
        let time = ask.start_time.unwrap_or(old.local_start().time());
        let anew = |it: NaiveDateTime| it.date().and_time(time);
        let same = Part {
            begins_from: from,
            ended_from: series.ended_from,
        };
        let moved = Part {
            begins_from: anew(from),
            ended_from: series.ended_from.map(anew),
        };
        Ok(match (ask.rule, ask.start_time) {
            (Some(rule), _) => Self {
                recurrence: Recurrence::new(rule, (anew(from), old.timezone()), (Vec::new(), Vec::new()))?,
                part: moved,
                was_at: None,
            },
            (None, Some(time)) if old.names_times() => {
                let wanted = "a rrule that names the new times, because the old one names its own";
                return Err(Refusal::wanted("startTime", wanted, time));
            }
            (None, Some(time)) => Self {
                recurrence: old.at(time)?,
                part: moved,
                was_at: Some(old.local_start().time()),
            },
            (None, None) => Self {
                recurrence: old.clone(),
                part: same,
                was_at: None,
            },
        })
    }

    /// Where the old rule had what the new one has at a local time.
    pub(super) fn before(&self, local: NaiveDateTime) -> NaiveDateTime {
        self.was_at.map_or(local, |time| local.date().and_time(time))
    }

    /// Writes it into a series that is held or new.
    async fn write(
        &self,
        work: &Work<Tenant>,
        mut series: Series,
        (ask, until): (&SeriesShift, Option<chrono::DateTime<chrono::Utc>>),
    ) -> Result<Series, Refusal> {
        series.rrule = self.recurrence.rule().to_string();
        series.local_start = self.recurrence.local_start();
        series.added_on = Dates(self.recurrence.added_on().to_vec());
        series.except_on = Dates(self.recurrence.except_on().to_vec());
        (series.begins_from, series.ended_from) = (self.part.begins_from, self.part.ended_from);
        series.host_id = ask.host.or(series.host_id);
        series.materialised_until = until;
        series.extend_at = until.map(|_| work.now() + super::EXTENDED_EVERY);
        series.touch(work.now());
        store::save(work, series.clone()).await?;
        extend::promise(work, &series).await?;
        Ok(series)
    }
}
