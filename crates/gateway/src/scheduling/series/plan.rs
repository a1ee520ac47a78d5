//! What would become of a series.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::NaiveTime;
use kernel::Refuse as _;
use kernel::id::{ResourceId, ServiceId};
use scheduling::Refusal;
use scheduling::rule::{LocalTime as Time, Rule};
use scheduling::series::{PlanStatus, Reason, Recurrence, SeriesAsk};
use scheduling::slots::HOSTS_SHOWN;

use super::super::slots::SlotReason;
use crate::errors::{Form, UserError, coded, found};
use crate::reads::Reads;
use crate::scalars::{Date, Instant, LocalTime, Rrule, TimeZone};

/// When a series takes place, as it was asked for.
pub(super) struct When {
    pub(super) rrule: Rrule,
    pub(super) starts_on: Date,
    pub(super) start_time: LocalTime,
    pub(super) time_zone: TimeZone,
    pub(super) added_on: Option<Vec<Date>>,
    pub(super) except_on: Option<Vec<Date>>,
}

impl When {
    /// Reads what was asked for.
    pub(super) fn read(self, form: &mut Form) -> Option<Recurrence> {
        let rule = form.read("rrule", Rule::for_series(&self.rrule.0));
        let time = time(form, "startTime", &self.start_time);
        let zone = form.parse("timeZone", &self.time_zone.0);
        let dates = |of: Option<Vec<Date>>| of.unwrap_or_default().into_iter().map(|it| it.0).collect();
        let lists = (dates(self.added_on), dates(self.except_on));
        let start = self.starts_on.0.and_time(time?);
        match Recurrence::new(rule?, (start, zone?), lists) {
            Ok(recurrence) => Some(recurrence),
            Err(refusal) => {
                let field = refusal.field().unwrap_or("startsOn").to_owned();
                form.read(&field, Err(refusal))
            }
        }
    }
}

/// Reads a time of day at which something can begin.
pub(super) fn time(form: &mut Form, field: &str, text: &LocalTime) -> Option<NaiveTime> {
    let time: Time = form.parse(field, &text.0)?;
    let minutes = u32::from(time.minutes());
    let begins = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0);
    form.read(field, begins.ok_or("expected a time from 00:00 to 23:59"))
}

/// What would become of one occurrence.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PlannedOccurrence {
    /// The date on which the rule has it, in the zone that was asked for.
    falls_on: Date,
    /// The time at which the rule has it, on the wall.
    local_time: LocalTime,
    /// When it would start; null if the wall clock never shows its time, or its date is left out.
    starts_at: Option<Instant>,
    /// When it would end, without buffers.
    ends_at: Option<Instant>,
    /// What can be made of it.
    status: PlanStatus,
    /// Why nothing can.
    reasons: Vec<Reason>,
    /// Of a conflict: the same with its numbers, without owners and names.
    blockers: Vec<SlotReason>,
    /// Of a conflict: the free start nearest to it, a week before or after at most.
    nearest_starts_at: Option<Instant>,
    /// The ids of those who would give it, as far as that is known now; 20 at most.
    host_ids: Vec<ResourceId>,
}

impl From<scheduling::series::PlannedOccurrence> for PlannedOccurrence {
    fn from(it: scheduling::series::PlannedOccurrence) -> Self {
        let (starts_at, ends_at) = it.times.unzip();
        Self {
            falls_on: Date(it.local_start.date()),
            local_time: LocalTime::of(&it.local_start.format("%H:%M")),
            starts_at: starts_at.map(Instant),
            ends_at: ends_at.map(Instant),
            status: it.status,
            reasons: it.reasons,
            blockers: it.blockers.into_iter().map(SlotReason::from).collect(),
            nearest_starts_at: it.nearest.map(Instant),
            host_ids: it.hosts.into_iter().take(HOSTS_SHOWN).collect(),
        }
    }
}

/// What would become of a series.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SeriesPlan {
    /// Its occurrences, in order; 104 at most.
    occurrences: Vec<PlannedOccurrence>,
    /// Until when these are all of them; the others are made as time comes. Null if there are no others.
    stopped_at: Option<Instant>,
}

/// Planning series.
#[derive(Debug, Default)]
pub(crate) struct SeriesPlanQuery;

/// Planning series.
#[expect(
    clippy::too_many_arguments,
    reason = "a question has many sides, and an argument is read where it is asked"
)]
#[Object]
impl SeriesPlanQuery {
    /// What would become of a series: each occurrence beside those before it. One that ends within a year and 104 occurrences
    /// is planned to its end, any other eight weeks ahead. Public; null if there is no such service.
    async fn series_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service.")] service_id: ServiceId,
        #[graphql(desc = "Given by this one; by whoever can if absent.")] host_id: Option<ResourceId>,
        #[graphql(desc = "How it recurs: DAILY, WEEKLY, MONTHLY or YEARLY.")] rrule: Rrule,
        #[graphql(desc = "The date from which the rule is counted. It is an occurrence only if it matches.")]
        starts_on: Date,
        #[graphql(desc = "When it takes place, on the wall.")] start_time: LocalTime,
        #[graphql(desc = "The zone of that wall.")] time_zone: TimeZone,
        #[graphql(desc = "Dates beside those of the rule, 104 at most.")] added_on: Option<Vec<Date>>,
        #[graphql(desc = "Dates to leave out, 104 at most.")] except_on: Option<Vec<Date>>,
    ) -> Option<Result<SeriesPlan>> {
        let when = When {
            rrule,
            starts_on,
            start_time,
            time_zone,
            added_on,
            except_on,
        };
        plan(ctx, (service_id, host_id), when).await.transpose()
    }
}

async fn plan(
    ctx: &Context<'_>,
    (service, host): (ServiceId, Option<ResourceId>),
    when: When,
) -> Result<Option<SeriesPlan>> {
    let mut form = Form::default();
    let recurrence = when.read(&mut form);
    let recurrence = form.done(recurrence).map_err(|errors| told(&errors))?;
    let ask = SeriesAsk {
        service,
        host,
        recurrence,
    };
    let reading = Reads::of(ctx).public().await?;
    let planned: std::result::Result<_, Refusal> = scheduling::series::plan(&reading, &ask).await;
    let planned = found(planned)?;
    Ok(planned.map(|it| SeriesPlan {
        occurrences: it.occurrences.into_iter().map(PlannedOccurrence::from).collect(),
        stopped_at: it.until.map(Instant),
    }))
}

/// What is wrong with an argument, where there is no payload to say so.
fn told(errors: &[UserError]) -> async_graphql::Error {
    let words = errors.iter().map(|it| match it {
        UserError::Plain(said) => said.message.clone(),
        UserError::SlotTaken(error) => error.said.message.clone(),
    });
    coded(kernel::Code::InvalidInput, &words.collect::<Vec<_>>().join("; "))
}
