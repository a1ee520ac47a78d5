//! What happens to a series that stands: called off, moved.

use async_graphql::{Context, InputObject, Object, Result};
use kernel::id::{BookingId, ResourceId, SeriesId};
use scheduling::booking::Closing;
use scheduling::rule::Rule;
use scheduling::series::{Policy, Scope, SeriesCancel, SeriesChanged, SeriesShift};

use super::Series;
use super::plan::time;
use crate::act::{Outcome, payload};
use crate::errors::Form;
use crate::loaders::load;
use crate::scalars::{LocalTime, Rrule};
use crate::scheduling::act;
use crate::scheduling::booking::Booking;
use crate::scheduling::booking::change::closing;
use crate::scheduling::booking::create::{Override, overrides};

/// How much of a series to call off.
#[derive(InputObject)]
pub(crate) struct SeriesCancelInput {
    /// Which series.
    series_id: SeriesId,
    /// How much of it.
    scope: Scope,
    /// Which occurrence, or from which on; `ALL` needs none.
    booking_id: Option<BookingId>,
    /// Why; both sides read it.
    reason: Option<String>,
    /// Whether the client asked staff for it: then it costs what it would cost the client.
    is_for_client: Option<bool>,
    /// The version of the series that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// What becomes of a series; what is absent stays.
#[derive(InputObject)]
pub(crate) struct SeriesMoveInput {
    /// Which series.
    series_id: SeriesId,
    /// How much of it.
    scope: Scope,
    /// Which occurrence, or from which on; `ALL` needs none.
    booking_id: Option<BookingId>,
    /// When it is to take place, on the wall of its zone.
    start_time: Option<LocalTime>,
    /// How it is to recur; counted from the date of the first occurrence that changes. Not for `THIS`.
    rrule: Option<Rrule>,
    /// Who is to give it. Needs the right `diary:write`.
    host_id: Option<ResourceId>,
    /// What becomes of it if there are conflicts; as the series says if absent. Not for `THIS`.
    policy: Option<Policy>,
    /// What is said about it; clients read it.
    reason: Option<String>,
    /// What to overrule for it. Needs the right `bookings:override`.
    overrides: Option<Vec<Override>>,
    /// The version of the series that was read; refused if somebody changed it since.
    expected_version: Option<i64>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

/// Makes the payloads of changes that show the series.
macro_rules! changes {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $(payload! {
            $(#[doc = $doc])*
            $name(SeriesChanged) {
                /// The series as it is now; the one that was split off, if one was. Null if it is no longer shown to you.
                async fn series(&self, ctx: &Context<'_>) -> Option<Result<Series>> {
                    load::<SeriesId, Series>(ctx, self.0.done()?.series).await.transpose()
                }

                /// The bookings that were changed or made, in order; 208 at most.
                async fn bookings(&self, ctx: &Context<'_>) -> Option<Result<Vec<Booking>>> {
                    Some(changed(ctx, &self.0.done()?.bookings).await)
                }
            }
        })*
    };
}

changes! {
    /// It is called off.
    SeriesCancelPayload;
    /// It takes place otherwise.
    SeriesMovePayload;
}

async fn changed(ctx: &Context<'_>, ids: &[BookingId]) -> Result<Vec<Booking>> {
    let found = futures::future::try_join_all(ids.iter().map(|it| load::<BookingId, Booking>(ctx, *it)));
    Ok(found.await?.into_iter().flatten().collect())
}

/// Changing series.
#[derive(Debug, Default)]
pub(crate) struct SeriesChangeMutation;

/// Changing series. Needs the right `diary:write`, or `own_diary:write` where one gives every booking oneself.
#[Object]
impl SeriesChangeMutation {
    /// Calls off one occurrence, it and those after it, or all that have not begun. Needs the right `diary:write`, or
    /// `own_diary:write` where one gives every booking oneself.
    async fn series_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much of a series to call off.")] input: SeriesCancelInput,
    ) -> Option<Result<SeriesCancelPayload>> {
        Some(cancel(ctx, input).await.map(SeriesCancelPayload))
    }

    /// Moves one occurrence, it and those after it, or all that have not begun: to another time of day, another rule, another
    /// host. Bookings keep their ids, prices and tokens; what was moved or called off on its own stays so unless the rule
    /// changes. Needs the right `diary:write`, or `own_diary:write` where one gives every booking oneself.
    async fn series_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What becomes of a series; what is absent stays.")] input: SeriesMoveInput,
    ) -> Option<Result<SeriesMovePayload>> {
        Some(shift(ctx, input).await.map(SeriesMovePayload))
    }
}

async fn cancel(ctx: &Context<'_>, input: SeriesCancelInput) -> Result<Outcome<SeriesChanged>> {
    let act = act(ctx, input.idempotency_key, input.validate_only)?;
    let mut how = match closing(input.reason.as_deref(), input.expected_version) {
        Ok(how) => how,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    how.is_for_client = input.is_for_client.unwrap_or(false);
    let ask = SeriesCancel {
        scope: input.scope,
        from: input.booking_id,
        how,
    };
    let id = input.series_id;
    act.run(ctx, move |work| {
        Box::pin(scheduling::series::cancel(work, id, ask))
    })
    .await
}

async fn shift(ctx: &Context<'_>, input: SeriesMoveInput) -> Result<Outcome<SeriesChanged>> {
    let mut form = Form::default();
    let start_time = match &input.start_time {
        Some(text) => time(&mut form, "startTime", text).map(Some),
        None => Some(None),
    };
    let rule = input.rrule.as_ref().map(|it| Rule::for_series(&it.0));
    let rule = form.read("rrule", rule.transpose());
    let reason = form.parse_if("reason", input.reason.as_deref());
    let ask = || {
        Some(SeriesShift {
            scope: input.scope,
            from: input.booking_id,
            start_time: start_time?,
            rule: rule?,
            host: input.host_id,
            policy: input.policy,
            overrides: overrides(input.overrides),
            how: Closing {
                expected_version: input.expected_version,
                reason: reason?,
                is_for_client: false,
            },
        })
    };
    let act = act(ctx, input.idempotency_key, input.validate_only)?;
    let ask = ask();
    let ask = match form.done(ask) {
        Ok(ask) => ask,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    let id = input.series_id;
    act.run(ctx, move |work| {
        Box::pin(scheduling::series::shift(work, id, ask))
    })
    .await
}
