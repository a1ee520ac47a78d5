//! Hours that recur.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::{ResourceId, RuleId, ServiceId};
use scheduling::rule::{Hours, LocalTime as Time, Rule, RuleChanged, RuleDraft, RuleEdit};

use super::{act, shelf_inputs};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, found};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Instant, LocalTime, Rrule, TimeZone};

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct AvailabilityRule(pub(crate) scheduling::rule::AvailabilityRule);

/// Hours of a resource that recur: on which dates, and from when to when on each.
#[Object]
impl AvailabilityRule {
    /// The rule's global id.
    pub(crate) async fn id(&self) -> RuleId {
        self.0.id
    }

    /// Whose hours.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// For which service only; then the resource's general rules do not hold for it.
    async fn service_id(&self) -> Option<ServiceId> {
        self.0.service_id
    }

    /// On which dates.
    async fn rrule(&self) -> Rrule {
        Rrule::of(&self.0.dates)
    }

    /// The same in words, in English.
    async fn summary(&self) -> String {
        self.0.dates.summary(self.0.starts_on)
    }

    /// The date that the recurrence is anchored at.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// From when.
    async fn start_time(&self) -> LocalTime {
        LocalTime::of(&self.0.hours.from())
    }

    /// Until when; not after `startTime` is on the next date.
    async fn end_time(&self) -> LocalTime {
        LocalTime::of(&self.0.hours.to())
    }

    /// The zone of its dates and hours; null is the resource's.
    async fn time_zone(&self) -> Option<TimeZone> {
        self.0.timezone.as_ref().map(TimeZone::of)
    }

    /// The first date it holds on.
    async fn valid_from(&self) -> Option<Date> {
        self.0.valid_from.map(Date)
    }

    /// The last date it holds on.
    async fn valid_until(&self) -> Option<Date> {
        self.0.valid_until.map(Date)
    }

    /// Dates it does not hold on, in order.
    async fn except_on(&self) -> Vec<Date> {
        self.0.except_on.iter().copied().map(Date).collect()
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when it is put away.
    async fn archived_at(&self) -> Option<Instant> {
        self.0.archived_at.map(Instant)
    }
}

/// New hours that recur.
#[derive(InputObject)]
pub(crate) struct AvailabilityRuleCreateInput {
    /// Whose hours.
    resource_id: ResourceId,
    /// On which dates: DAILY, WEEKLY, MONTHLY or YEARLY.
    rrule: Rrule,
    /// The date that the recurrence is anchored at; it is one of the dates only if it matches.
    starts_on: Date,
    /// From when.
    start_time: LocalTime,
    /// Until when; not after `startTime` is on the next date.
    end_time: LocalTime,
    /// For which service only; then the resource's general rules do not hold for it.
    service_id: Option<ServiceId>,
    /// The zone of its dates and hours; the resource's if absent.
    time_zone: Option<TimeZone>,
    /// The first date it holds on.
    valid_from: Option<Date>,
    /// The last date it holds on.
    valid_until: Option<Date>,
    /// Dates it does not hold on, 366 at most.
    except_on: Option<Vec<Date>>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    rule_id: RuleId,
    /// Which rule no longer holds.
    AvailabilityRuleDeleteInput,
}

payload! {
    /// There are more hours.
    AvailabilityRuleCreatePayload(RuleChanged) {
        /// The rule.
        async fn availability_rule(&self, ctx: &Context<'_>) -> Option<Result<AvailabilityRule>> {
            load::<RuleId, AvailabilityRule>(ctx, self.0.done()?.rule).await.transpose()
        }
    }
}

payload! {
    /// A rule no longer holds.
    AvailabilityRuleDeletePayload(RuleChanged) {
        /// The rule that is no more.
        async fn deleted_rule_id(&self) -> Option<RuleId> {
            self.0.done().map(|done| done.rule)
        }
    }
}

/// Hours that recur.
#[derive(Debug, Default)]
pub(crate) struct RuleQuery;

/// Hours that recur.
#[Object]
impl RuleQuery {
    /// The rules of a resource that hold, by their beginning, 100 at most. Public: opening hours are no secret. Null if there
    /// is no such resource that you may see.
    async fn availability_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose hours.")] resource_id: ResourceId,
    ) -> Option<Result<Vec<AvailabilityRule>>> {
        list(ctx, resource_id).await.transpose()
    }
}

async fn list(ctx: &Context<'_>, resource: ResourceId) -> Result<Option<Vec<AvailabilityRule>>> {
    let reading = Reads::of(ctx).public().await?;
    let rules = found(scheduling::rule::rules_of(&reading, resource).await)?;
    Ok(rules.map(|it| it.into_iter().map(AvailabilityRule).collect()))
}

/// Changing hours that recur.
#[derive(Debug, Default)]
pub(crate) struct RuleMutation;

/// Changing hours that recur.
#[Object]
impl RuleMutation {
    /// Opens hours that recur. Needs the right `calendars:write`, or `own_calendar:write` for one's own.
    async fn availability_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "New hours that recur.")] input: AvailabilityRuleCreateInput,
    ) -> Option<Result<AvailabilityRuleCreatePayload>> {
        Some(create(ctx, input).await.map(AvailabilityRuleCreatePayload))
    }

    /// Takes a rule away: its hours are no longer open. What is booked stays booked. Needs the right `calendars:write`, or
    /// `own_calendar:write` for one's own.
    async fn availability_rule_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule no longer holds.")] input: AvailabilityRuleDeleteInput,
    ) -> Option<Result<AvailabilityRuleDeletePayload>> {
        Some(delete(ctx, input).await.map(AvailabilityRuleDeletePayload))
    }
}

/// Reads from when to when.
pub(super) fn hours(form: &mut Form, start: &LocalTime, end: &LocalTime) -> Option<Hours> {
    let start: Option<Time> = form.parse("startTime", &start.0);
    let end: Option<Time> = form.parse("endTime", &end.0);
    form.read("startTime", Hours::new(start?, end?))
}

async fn create(ctx: &Context<'_>, input: AvailabilityRuleCreateInput) -> Result<Outcome<RuleChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let dates = form.read("rrule", Rule::for_dates(&input.rrule.0));
    let hours = hours(&mut form, &input.start_time, &input.end_time);
    let timezone = form.parse_if("timeZone", input.time_zone.as_ref().map(|it| it.0.as_str()));
    let draft = (|| {
        Some(RuleDraft {
            resource: input.resource_id,
            dates: dates?,
            starts_on: input.starts_on.0,
            hours: hours?,
            details: RuleEdit {
                service: Some(input.service_id),
                timezone: Some(timezone?),
                valid_from: Some(input.valid_from.map(|it| it.0)),
                valid_until: Some(input.valid_until.map(|it| it.0)),
                except_on: input.except_on.map(|it| it.into_iter().map(|it| it.0).collect()),
                ..RuleEdit::default()
            },
        })
    })();
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(scheduling::rule::create_rule(work, draft)))
        .await
}

async fn delete(ctx: &Context<'_>, input: AvailabilityRuleDeleteInput) -> Result<Outcome<RuleChanged>> {
    let (id, expected) = (input.rule_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::rule::archive_rule(work, id, expected))
        })
        .await
}
