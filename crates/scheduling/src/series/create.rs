//! Making a series: by a client, or by staff on their behalf.

use db::{Tenant, Work};
use kernel::id::{ResourceId, ServiceId};
use kernel::{EventType, Prose, Right};
use serde_json::json;

use super::plan::{can_recur, fresh};
use super::recurrence::{Part, Recurrence};
use super::season::Verdict;
use super::write::{Making, bear, season};
use super::{EXTENDED_EVERY, Policy, Series, SeriesMade, extend};
use crate::booking::{self, AttendeeDraft, Overrides, Source};
use crate::error::Refusal;
use crate::metadata::Metadata;
use crate::needs::{Needs, Who};
use crate::patch::write_down;
use crate::store;
use crate::store::series::{Dates, Given};

/// What a series is made from.
#[derive(Debug, Clone)]
pub struct SeriesDraft {
    /// What is booked.
    pub service: ServiceId,
    /// Given by this one; by whoever's turn it is, each time, unless said.
    pub host: Option<ResourceId>,
    /// When.
    pub recurrence: Recurrence,
    /// What becomes of it if there are conflicts.
    pub policy: Policy,
    /// Who takes part.
    pub attendee: AttendeeDraft,
    /// How it came in.
    pub source: Source,
    /// What is overruled for it, now and when it is extended.
    pub overrides: Overrides,
    /// What the client wrote.
    pub notes: Option<Prose>,
    /// The integrator's own words.
    pub metadata: Metadata,
}

/// Books a series: all of it or what can be had of it, as its policy says, in one transaction.
///
/// # Errors
/// As [`super::plan()`]; if an occurrence is in conflict and the policy is ALL, or every one is; if an answer is missing,
/// there is nowhere to reach whoever takes part, or a right is missing.
pub async fn create(work: &Work<Tenant>, mut draft: SeriesDraft) -> Result<SeriesMade, Refusal> {
    booking::may_book(work, draft.source, &draft.attendee)?;
    // Whoever stands at the door today does not stand there next week.
    draft.attendee.need_reachable()?;
    if draft.overrides.any() {
        work.need(Right::BookingsOverride)?;
    }
    let part = fresh(&draft.recurrence, work.now())?;
    let stretch = draft.recurrence.beginning(part, work.now())?;
    let who = draft.host.map_or(Who::Anybody, Who::With);
    let needs = Needs::hold(work, draft.service, &who).await?;
    can_recur(&needs.service)?;
    let (mut season, shifts) = season(work, &needs, &stretch.moments, draft.overrides).await?;
    let (placed, stopped_at) = season.place_all(&stretch.moments)?;
    for (_, verdict) in &placed {
        if let Verdict::Free(picked) = verdict {
            booking::may_give(work, draft.source, &picked.choice).await?;
        }
    }
    let verdicts = placed.iter().map(|(moment, verdict)| (*moment, verdict));
    bear(&season, draft.policy, verdicts)?;
    let answers = std::mem::take(&mut draft.attendee.answers);
    let answers = Given(booking::answered(work, &needs.service, answers)?);
    let until = stopped_at.or(stretch.until);
    let series = Series {
        answers,
        materialised_until: until,
        extend_at: until.map(|_| work.now() + EXTENDED_EVERY),
        ..row(work, draft, part)
    };
    store::insert(work, series.clone()).await?;
    extend::promise(work, &series).await?;
    let making = Making {
        series: &series,
        needs: Some(&needs),
        is_agreed: false,
    };
    let bookings = making.make(work, placed).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    let diff = json!({ "rrule": series.rrule, "policy": series.policy, "bookings": bookings.len() });
    write_down(work, EventType::SeriesCreated, (series.id, series.version), diff).await?;
    Ok(SeriesMade {
        series: series.id,
        bookings,
    })
}

/// A series of which nothing is made yet.
fn row(work: &Work<Tenant>, draft: SeriesDraft, part: Part) -> Series {
    let recurrence = &draft.recurrence;
    Series {
        organization_id: work.organization(),
        id: work.mint(),
        service_id: draft.service,
        host_id: draft.host,
        client_id: draft.attendee.client,
        conflicting_client_id: draft.attendee.conflicting_client,
        continues_id: None,
        rrule: recurrence.rule().to_string(),
        local_start: recurrence.local_start(),
        timezone: recurrence.timezone(),
        added_on: Dates(recurrence.added_on().to_vec()),
        except_on: Dates(recurrence.except_on().to_vec()),
        begins_from: part.begins_from,
        ended_from: part.ended_from,
        policy: draft.policy,
        overrides: draft.overrides,
        source: draft.source,
        attendee_name: draft.attendee.name,
        attendee_email: draft.attendee.email,
        attendee_phone: draft.attendee.phone,
        answers: Given::default(),
        notes: draft.notes,
        metadata: draft.metadata,
        materialised_until: None,
        extend_at: None,
        version: 1,
        created_at: work.now(),
        updated_at: work.now(),
    }
}
