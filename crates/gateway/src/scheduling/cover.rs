//! What becomes of the bookings of somebody who cannot come.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use kernel::id::{AbsenceId, BookingId, ResourceId};
use kernel::{Code, Span};
use scheduling::Refusal;
use scheduling::cover::{Cover, Covered, Fate, Remedy, Rest, Tried};

use super::absence::OutOfOffice;
use super::act;
use super::booking::Booking;
use super::resource::Resource;
use crate::act::{Outcome, payload};
use crate::caller::Caller;
use crate::errors::{Form, UserError};
use crate::loaders::load;
use crate::scalars::Instant;

/// What has become of one booking.
#[derive(Debug, Clone)]
pub(crate) struct CoveredBooking(scheduling::cover::CoveredBooking);

/// What has become of one booking, or would.
#[Object]
impl CoveredBooking {
    /// Which booking.
    async fn booking_id(&self) -> BookingId {
        self.0.booking
    }

    /// The booking as it is. Null if it is not shown to you.
    async fn booking(&self, ctx: &Context<'_>) -> Option<Result<Booking>> {
        load::<BookingId, Booking>(ctx, self.0.booking).await.transpose()
    }

    /// What has become of it.
    async fn outcome(&self) -> Fate {
        self.0.fate
    }

    /// When it starts after that; of one that is called off, when it would have.
    async fn starts_at(&self) -> Instant {
        self.0.starts_at.into()
    }

    /// Who or what gives it in the place of whoever is away. Null unless somebody or something does.
    async fn stand_in(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.stand_in?)
            .await
            .transpose()
    }

    /// What was tried before and did not work, in order.
    async fn refusals(&self) -> Vec<CoverRefusal> {
        self.0.tried.iter().map(CoverRefusal::of).collect()
    }
}

/// Something that did not work for a booking.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CoverRefusal {
    /// What was tried.
    strategy: Remedy,
    /// Why it did not work, for programs.
    code: Code,
    /// Why it did not work, for people.
    message: String,
}

impl CoverRefusal {
    fn of(tried: &Tried) -> Self {
        let known = Code::ALL.iter().find(|it| it.word() == tried.code);
        Self {
            strategy: tried.remedy,
            code: known.copied().unwrap_or(Code::Internal),
            message: tried.why.clone(),
        }
    }
}

/// What would become of the bookings of somebody who cannot come.
#[derive(Debug)]
pub(crate) struct AbsenceCoverPlan(Outcome<Covered>);

/// What would become of the bookings of somebody who cannot come, if it were done now.
#[Object]
impl AbsenceCoverPlan {
    /// Every booking that the absence meets, by its start: 200 at most.
    async fn bookings(&self) -> Vec<CoveredBooking> {
        bookings(&self.0)
    }

    /// Why it could not be done at all; empty if it could.
    async fn user_errors(&self) -> Vec<UserError> {
        self.0.errors()
    }
}

fn bookings(outcome: &Outcome<Covered>) -> Vec<CoveredBooking> {
    let covered = outcome.done().map(|it| it.bookings.clone());
    covered
        .unwrap_or_default()
        .into_iter()
        .map(CoveredBooking)
        .collect()
}

/// Who cannot come, when, and what to try for each booking.
#[derive(InputObject)]
pub(crate) struct AbsenceCoverInput {
    /// Who is away.
    resource_id: ResourceId,
    /// From when.
    starts_at: Instant,
    /// Until when, 731 days later at most.
    ends_at: Instant,
    /// Why; not public.
    reason: Option<String>,
    /// Who can be booked instead.
    redirect_to_id: Option<ResourceId>,
    /// What to try for each booking, in this order, each once.
    strategies: Vec<Remedy>,
    /// What becomes of the bookings for which nothing works.
    #[graphql(default_with = "Rest::Leave")]
    uncovered: Rest,
    /// What is said about each booking; clients read it.
    message: Option<String>,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// The absence is noted, and its bookings are covered.
    AbsenceCoverPayload(Covered) {
        /// The absence: a new one, or the one that was noted before.
        async fn out_of_office(&self, ctx: &Context<'_>) -> Option<Result<OutOfOffice>> {
            load::<AbsenceId, OutOfOffice>(ctx, self.0.done()?.absence).await.transpose()
        }

        /// Every booking that the absence met, by its start: 200 at most.
        async fn bookings(&self) -> Vec<CoveredBooking> {
            bookings(&self.0)
        }
    }
}

/// Looking at what an absence would do.
#[derive(Debug, Default)]
pub(crate) struct CoverQuery;

/// Looking at what an absence would do.
#[expect(
    clippy::too_many_arguments,
    reason = "a question has many sides, and an argument is read where it is asked"
)]
#[Object]
impl CoverQuery {
    /// What `absenceCover` would do with each booking if it were done now, and why not something else: the deed itself, undone.
    /// Needs the right `diary:write`, and `calendars:write` or `own_calendar:write` for oneself.
    async fn absence_cover_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is away.")] resource_id: ResourceId,
        #[graphql(desc = "From when.")] from: Instant,
        #[graphql(desc = "Until when.")] to: Instant,
        #[graphql(desc = "What to try for each booking, in this order, each once.")] strategies: Vec<Remedy>,
    ) -> Option<Result<AbsenceCoverPlan>> {
        let input = AbsenceCoverInput {
            resource_id,
            starts_at: from,
            ends_at: to,
            reason: None,
            redirect_to_id: None,
            strategies,
            uncovered: Rest::Leave,
            message: None,
            idempotency_key: None,
            validate_only: None,
        };
        Some(plan(ctx, input).await.map(AbsenceCoverPlan))
    }
}

/// Covering an absence.
#[derive(Debug, Default)]
pub(crate) struct CoverMutation;

/// Covering an absence.
#[Object]
impl CoverMutation {
    /// Notes that somebody cannot come and does, for each of their bookings, the first of the strategies that works, all in one
    /// transaction. Needs the right `diary:write`, and `calendars:write` or `own_calendar:write` for oneself.
    async fn absence_cover(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who cannot come, when, and what to try.")] input: AbsenceCoverInput,
    ) -> Option<Result<AbsenceCoverPayload>> {
        Some(cover(ctx, input).await.map(AbsenceCoverPayload))
    }
}

fn read(input: &AbsenceCoverInput) -> std::result::Result<Cover, Vec<UserError>> {
    let mut form = Form::default();
    let span = form.read("endsAt", Span::new(input.starts_at.0, input.ends_at.0));
    let reason = form.parse_if("reason", input.reason.as_deref());
    let message = form.parse_if("message", input.message.as_deref());
    let ask = span
        .zip(reason)
        .zip(message)
        .map(|((span, reason), message)| Cover {
            resource: input.resource_id,
            span,
            reason,
            redirect_to: input.redirect_to_id,
            remedies: input.strategies.clone(),
            rest: input.uncovered,
            message,
        });
    form.done(ask)
}

async fn plan(ctx: &Context<'_>, input: AbsenceCoverInput) -> Result<Outcome<Covered>> {
    Caller::of(ctx).tenant()?;
    let ask = match read(&input) {
        Ok(ask) => ask,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    // What a rehearsal did is undone and told all the same.
    let told = Arc::new(OnceLock::new());
    let kept = Arc::clone(&told);
    let outcome = act(ctx, None, Some(true))?
        .run(ctx, |work| {
            Box::pin(async move {
                let done = scheduling::cover::cover(work, ask).await?;
                Ok::<_, Refusal>(kept.get_or_init(|| done).clone())
            })
        })
        .await?;
    Ok(match (outcome, told.get()) {
        (Outcome::Valid, Some(done)) => Outcome::Done(done.clone()),
        (outcome, _) => outcome,
    })
}

async fn cover(ctx: &Context<'_>, input: AbsenceCoverInput) -> Result<Outcome<Covered>> {
    Caller::of(ctx).tenant()?;
    let ask = match read(&input) {
        Ok(ask) => ask,
        Err(errors) => return Ok(Outcome::Refused(errors)),
    };
    act(ctx, input.idempotency_key, input.validate_only)?
        .run(ctx, |work| Box::pin(scheduling::cover::cover(work, ask)))
        .await
}
