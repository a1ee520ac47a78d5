//! Other hours on one date.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::Invalid;
use kernel::id::{OverrideId, ResourceId};
use scheduling::overrides::{Change, OverrideChanged, OverrideDraft, OverrideKind, change_of};
use scheduling::rule::Hours;

use super::rule::hours;
use super::{act, shelf_inputs};
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, on_top};
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::{Date, Instant, LocalTime};

/// One override.
#[derive(Debug, Clone)]
pub(crate) struct AvailabilityOverride(pub(crate) scheduling::overrides::AvailabilityOverride);

/// Other hours of a resource on one date: instead of the rules', beside them, or closed.
#[Object]
impl AvailabilityOverride {
    /// The override's global id.
    pub(crate) async fn id(&self) -> OverrideId {
        self.0.id
    }

    /// Whose hours.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// On which date of the resource's zone.
    async fn applies_on(&self) -> Date {
        Date(self.0.date)
    }

    /// What it does to its date.
    async fn kind(&self) -> OverrideKind {
        parts(self.0.change).0
    }

    /// From when; null closes the whole date.
    async fn start_time(&self) -> Option<LocalTime> {
        parts(self.0.change).1.map(|it| LocalTime::of(&it.from()))
    }

    /// Until when; not after `startTime` is on the next date.
    async fn end_time(&self) -> Option<LocalTime> {
        parts(self.0.change).1.map(|it| LocalTime::of(&it.to()))
    }

    /// Why.
    async fn reason(&self) -> Option<String> {
        self.0.reason.as_ref().map(ToString::to_string)
    }

    /// Counts the changes; hand it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Since when it is taken back.
    async fn archived_at(&self) -> Option<Instant> {
        self.0.archived_at.map(Instant)
    }
}

fn parts(change: Change) -> (OverrideKind, Option<Hours>) {
    match change {
        Change::Replace(hours) => (OverrideKind::Replace, Some(hours)),
        Change::Add(hours) => (OverrideKind::Add, Some(hours)),
        Change::Block(hours) => (OverrideKind::Block, Some(hours)),
        Change::Close => (OverrideKind::Block, None),
    }
}

/// Other hours on one date.
#[derive(InputObject)]
pub(crate) struct AvailabilityOverrideCreateInput {
    /// Whose hours.
    resource_id: ResourceId,
    /// On which date of the resource's zone.
    applies_on: Date,
    /// What it does to its date.
    kind: OverrideKind,
    /// From when. Only BLOCK can do without hours: then the date is closed.
    start_time: Option<LocalTime>,
    /// Until when; not after `startTime` is on the next date.
    end_time: Option<LocalTime>,
    /// Why; not public.
    reason: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

shelf_inputs! {
    override_id: OverrideId,
    /// Which override is taken back.
    AvailabilityOverrideDeleteInput,
}

payload! {
    /// A date has other hours.
    AvailabilityOverrideCreatePayload(OverrideChanged) {
        /// The override.
        async fn availability_override(&self, ctx: &Context<'_>) -> Option<Result<AvailabilityOverride>> {
            load::<OverrideId, AvailabilityOverride>(ctx, self.0.done()?.id).await.transpose()
        }
    }
}

payload! {
    /// An override is taken back.
    AvailabilityOverrideDeletePayload(OverrideChanged) {
        /// The override that is no more.
        async fn deleted_override_id(&self) -> Option<OverrideId> {
            self.0.done().map(|done| done.id)
        }
    }
}

/// Other hours on some dates.
#[derive(Debug, Default)]
pub(crate) struct OverrideQuery;

/// Other hours on some dates.
#[expect(
    clippy::too_many_arguments,
    reason = "whose hours, and between which two dates"
)]
#[Object]
impl OverrideQuery {
    /// The overrides of a resource between two dates, by date. Needs the right `calendars:read`, or `own_calendar:write` for
    /// one's own.
    async fn availability_overrides(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose hours.")] resource_id: ResourceId,
        #[graphql(desc = "The first date.")] starts_on: Date,
        #[graphql(desc = "The last date, 365 days after the first at most.")] ends_on: Date,
    ) -> Option<Result<Vec<AvailabilityOverride>>> {
        Some(list(ctx, resource_id, (starts_on, ends_on)).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    resource: ResourceId,
    (first, last): (Date, Date),
) -> Result<Vec<AvailabilityOverride>> {
    let reading = Reads::of(ctx).tenant().await?;
    let found = scheduling::overrides::overrides_of(&reading, resource, (first.0, last.0))
        .await
        .map_err(on_top)?;
    Ok(found.into_iter().map(AvailabilityOverride).collect())
}

/// Changing the hours of one date.
#[derive(Debug, Default)]
pub(crate) struct OverrideMutation;

/// Changing the hours of one date.
#[Object]
impl OverrideMutation {
    /// Gives a date other hours. What is booked stays booked. Needs the right `calendars:write`, or `own_calendar:write` for
    /// one's own.
    async fn availability_override_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Other hours on one date.")] input: AvailabilityOverrideCreateInput,
    ) -> Option<Result<AvailabilityOverrideCreatePayload>> {
        Some(create(ctx, input).await.map(AvailabilityOverrideCreatePayload))
    }

    /// Takes an override back. What is booked stays booked. Needs the right `calendars:write`, or `own_calendar:write` for
    /// one's own.
    async fn availability_override_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which override is taken back.")] input: AvailabilityOverrideDeleteInput,
    ) -> Option<Result<AvailabilityOverrideDeletePayload>> {
        Some(delete(ctx, input).await.map(AvailabilityOverrideDeletePayload))
    }
}

/// Reads what an override does.
fn change(form: &mut Form, input: &AvailabilityOverrideCreateInput) -> Option<Change> {
    let hours = match (&input.start_time, &input.end_time) {
        (Some(start), Some(end)) => Some(hours(form, start, end)?),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            let wrong = Invalid::new("both startTime and endTime, or neither", "one of them");
            return form.read("startTime", Err(wrong));
        }
    };
    let change = change_of(input.kind, hours);
    let wrong = || Invalid::new("startTime and endTime with REPLACE and ADD", "neither");
    form.read("startTime", change.ok_or_else(wrong))
}

async fn create(
    ctx: &Context<'_>,
    input: AvailabilityOverrideCreateInput,
) -> Result<Outcome<OverrideChanged>> {
    Caller::of(ctx).tenant()?;
    let mut form = Form::default();
    let change = change(&mut form, &input);
    let reason = form.parse_if("reason", input.reason.as_deref());
    let draft = change.zip(reason).map(|(change, reason)| OverrideDraft {
        resource: input.resource_id,
        date: input.applies_on.0,
        change,
        reason,
    });
    let draft = match form.done(draft) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| {
            Box::pin(scheduling::overrides::create_override(work, draft))
        })
        .await
}

async fn delete(
    ctx: &Context<'_>,
    input: AvailabilityOverrideDeleteInput,
) -> Result<Outcome<OverrideChanged>> {
    let (id, expected) = (input.override_id, input.expected_version);
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, move |work| {
            Box::pin(scheduling::overrides::archive_override(work, id, expected))
        })
        .await
}
