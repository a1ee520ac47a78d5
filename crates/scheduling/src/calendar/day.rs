//! The calendar of one resource as such: no service is asked.

use availability::Calendar;
use db::{Reading, Tenant};
use kernel::Span;

use super::load::{REACH, bare, occupancy};
use crate::error::Refusal;
use crate::overrides::AvailabilityOverride;
use crate::resource::Resource;
use crate::rule::AvailabilityRule;
use crate::store;

/// Everything that is known about a resource around a span: all its hours, whichever service they are for, its absences
/// and what takes its time.
pub(crate) async fn of_one(
    reading: &Reading<Tenant>,
    resource: &Resource,
    span: Span,
) -> Result<Calendar, Refusal> {
    let (id, mut facts) = ([resource.id], bare(resource, true)?);
    for row in store::rule::of(reading, &id).await? {
        facts.rules.push(AvailabilityRule::try_from(row)?.for_engine());
    }
    let (first, last) = (span.start() - REACH, span.end() + REACH);
    let dates = (first.date_naive(), last.date_naive());
    for row in store::overrides::between(reading, &id, dates).await? {
        facts
            .overrides
            .push(AvailabilityOverride::try_from(row)?.for_engine());
    }
    for it in store::absence::all_meeting(reading, &id, span).await? {
        facts.absences.push(it.for_engine()?);
    }
    for it in store::taken::occupied(reading, &id, span).await? {
        facts.occupancies.push(occupancy(&it)?);
    }
    Ok(Calendar::new(facts))
}
