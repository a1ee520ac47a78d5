//! Making bookings of occurrences, and noting what became of each.

use availability::{BlockerCode, PublicBlocker};
use chrono::{DateTime, Utc};
use db::{Fault, Tenant, Work};
use kernel::id::{BookingId, ResourceId};

use super::plan::{reasons, told};
use super::recurrence::{Moment, Part, Recurrence};
use super::season::{Season, Verdict};
use super::{Occurrence, OccurrenceStatus, Policy, Reason, Series};
use crate::booking::{self, AttendeeDraft, BookingDraft, BookingMade, Overrides, What};
use crate::calendar::Board;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::needs::{Needs, Who};
use crate::occupancy;
use crate::pick::Picked;
use crate::plan;
use crate::service::Confirmation;
use crate::store;
use crate::store::series_occurrence::Reasons;

impl Series {
    /// How it recurs.
    ///
    /// # Errors
    /// If the stored rule is none.
    pub fn recurrence(&self) -> Result<Recurrence, Fault> {
        let corrupt = || Fault::Corrupt(self.id.to_string());
        let rule = availability::recurrence::Rule::for_series(&self.rrule).map_err(|_| corrupt())?;
        let lists = (self.added_on.0.clone(), self.except_on.0.clone());
        Recurrence::new(rule, (self.local_start, self.timezone), lists).map_err(|_| corrupt())
    }

    /// Which part of its recurrence is its own.
    pub(super) fn part(&self) -> Part {
        Part {
            begins_from: self.begins_from,
            ended_from: self.ended_from,
        }
    }

    /// Who is to give it.
    pub(super) fn who(&self) -> Who {
        self.host_id.map_or(Who::Anybody, Who::With)
    }

    /// A booking of it.
    fn draft(&self) -> BookingDraft {
        BookingDraft {
            service: self.service_id,
            starts_at: self.created_at,
            host: self.host_id,
            hold: None,
            request: None,
            attendee: AttendeeDraft {
                name: self.attendee_name.clone(),
                email: self.attendee_email.clone(),
                phone: self.attendee_phone.clone(),
                client: self.client_id,
                conflicting_client: self.conflicting_client_id,
                answers: self.answers.0.clone(),
            },
            source: self.source,
            overrides: self.overrides,
            timezone: Some(self.timezone),
            notes: self.notes.clone(),
            metadata: self.metadata.clone(),
        }
    }
}

/// The board on which some moments are placed, with what has lapsed in their way cleared. The resources are held.
pub(super) async fn season(
    work: &Work<Tenant>,
    needs: &Needs,
    moments: &[Moment],
    overrides: Overrides,
) -> Result<(Season, Shifts), Refusal> {
    let span = Season::span(moments)?;
    let resources: Vec<ResourceId> = needs.resources.iter().map(|it| it.id).collect();
    let shifts = occupancy::clear(work, &resources, span).await?;
    let known = (&needs.service, needs.cast.clone(), needs.resources.as_slice());
    let board = Board::among(work, known, span).await?;
    let turns = (needs.pool, plan::balances(work, needs.pool).await?);
    Ok((Season::new(board, turns, overrides), shifts))
}

/// Refuses a plan whose conflicts the policy does not bear, naming every one, and one of which nothing is left.
pub(super) fn bear<'a>(
    season: &Season,
    policy: Policy,
    placed: impl Iterator<Item = (Moment, &'a Verdict)>,
) -> Result<(), Refusal> {
    let (mut conflicts, mut is_any_free) = (Vec::new(), false);
    for (moment, verdict) in placed {
        match verdict {
            Verdict::Free(_) => is_any_free = true,
            Verdict::Conflict(why) => conflicts.push(told(season, (moment, Verdict::Conflict(why.clone())))?),
            Verdict::Skipped(_) => {}
        }
    }
    if conflicts.is_empty() || policy == Policy::AvailableOnly && is_any_free {
        return Ok(());
    }
    Err(Refusal::SeriesConflict(conflicts))
}

/// A series that is held, with what its bookings need.
pub(super) struct Making<'a> {
    pub series: &'a Series,
    /// Nothing if nobody can give it any more.
    pub needs: Option<&'a Needs>,
    /// Whether staff have said yes to it before, so that nobody asks again.
    pub is_agreed: bool,
}

impl Making<'_> {
    /// Makes the bookings that can be made, in order, and notes what became of every moment.
    pub(super) async fn make(
        &self,
        work: &Work<Tenant>,
        placed: Vec<(Moment, Verdict)>,
    ) -> Result<Vec<BookingMade>, Refusal> {
        let (mut rows, mut bookings) = (Vec::with_capacity(placed.len()), Vec::new());
        for (moment, verdict) in placed {
            let row = match (verdict, moment.instant().zip(self.needs)) {
                (Verdict::Free(picked), Some((at, needs))) => {
                    let made = self.book(work, needs, (at, picked)).await?;
                    bookings.push(made);
                    let booked = (OccurrenceStatus::Booked, Vec::new());
                    occurrence(work, (self.series, moment), booked, Some(made.booking))
                }
                (Verdict::Conflict(why), _) => {
                    let conflict = (OccurrenceStatus::Conflict, reasons(&why));
                    occurrence(work, (self.series, moment), conflict, None)
                }
                (Verdict::Skipped(reason), _) => {
                    let skipped = (OccurrenceStatus::Skipped, vec![reason]);
                    occurrence(work, (self.series, moment), skipped, None)
                }
                (Verdict::Free(_), None) => continue,
            };
            rows.push(row);
        }
        store::insert_many(work, rows).await?;
        Ok(bookings)
    }

    /// Makes one booking.
    pub(super) async fn book(
        &self,
        work: &Work<Tenant>,
        needs: &Needs,
        (at, picked): (DateTime<Utc>, Picked),
    ) -> Result<BookingMade, Refusal> {
        let span = needs.span(at)?;
        let mut plan = plan::finish(work, needs, span, (picked, Shifts::default())).await?;
        if self.is_agreed {
            plan.service.confirmation = Confirmation::Auto;
        }
        let answers = self.series.answers.0.clone();
        let (made, _) = booking::write(work, &plan, (&self.series.draft(), None), answers).await?;
        Ok(made)
    }
}

/// What became of a moment.
pub(super) fn occurrence(
    work: &Work<Tenant>,
    (series, moment): (&Series, Moment),
    (status, reasons): (OccurrenceStatus, Vec<Reason>),
    booking: Option<BookingId>,
) -> Occurrence {
    Occurrence {
        organization_id: work.organization(),
        id: work.mint(),
        series_id: series.id,
        local_start: moment.local(),
        status,
        reasons: Reasons(reasons),
        booking_id: booking,
        created_at: work.now(),
        updated_at: work.now(),
    }
}

/// A reason with nothing to add to its code.
pub(super) fn blocked(code: BlockerCode) -> PublicBlocker {
    PublicBlocker {
        code,
        needs_minutes: None,
        nearby: [None, None],
        last_date: None,
    }
}

/// Nobody can give these any more: every one is a conflict.
pub(super) fn given_by_nobody(moments: &[Moment]) -> Vec<(Moment, Verdict)> {
    let inactive = blocked(BlockerCode::Inactive);
    let conflict = |it: &Moment| match it {
        Moment::At(..) => (*it, Verdict::Conflict(vec![inactive])),
        Moment::NoSuchTime(_) => (*it, Verdict::Skipped(Reason::NoSuchTime)),
        Moment::Excluded(_) => (*it, Verdict::Skipped(Reason::Excluded)),
    };
    moments.iter().map(conflict).collect()
}

/// Notes at its occurrence what happened to a booking on its own, if it is one of a series.
pub(crate) async fn note(work: &Work<Tenant>, booking: BookingId, what: What) -> Result<(), Refusal> {
    let skipped = |reason| (OccurrenceStatus::Skipped, Reasons(vec![reason]));
    let noted = match what {
        What::Moved => (OccurrenceStatus::Moved, Reasons::default()),
        What::Cancelled => skipped(Reason::Cancelled),
        What::Rejected => skipped(Reason::Rejected),
        What::Expired => skipped(Reason::Expired),
        What::Created
        | What::Confirmed
        | What::PaymentRequired
        | What::Completed
        | What::NoShow
        | What::Reassigned
        | What::AttendeeAdded
        | What::AttendeeRemoved => return Ok(()),
    };
    store::series_occurrence::note(work, booking, noted).await?;
    Ok(())
}
