//! Whose turn it was, and why.

use async_graphql::{Context, Object, Result};
use kernel::id::{AssignmentId, BookingId, ResourceId};
use scheduling::calendar::CANDIDATES_MAX;
use scheduling::fairness::{Entry, Reason, UNIT};

use super::booking::few;
use super::resource::Resource;
use crate::errors::found;
use crate::loaders::load;
use crate::reads::Reads;
use crate::scalars::Instant;

/// The latest decisions that are told of one booking.
pub(crate) const DECISIONS_MAX: usize = 20;

/// Candidates that are listed unless it is said how many.
const CANDIDATES: i32 = 50;

/// One decision about who gives a booking.
#[derive(Debug, Clone)]
pub(crate) struct Assignment(scheduling::booking::Assignment);

/// One decision about who gives a booking, with everybody whose it could have been. Kept as it was made.
#[Object]
impl Assignment {
    /// The decision's global id.
    async fn id(&self) -> AssignmentId {
        self.0.id
    }

    /// Who got it.
    async fn winner_id(&self) -> ResourceId {
        self.0.resource_id
    }

    /// Who got it. Null if they are not shown to you any more.
    async fn winner(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource_id)
            .await
            .transpose()
    }

    /// Everybody who was free, in the order in which they were asked.
    async fn candidates(
        &self,
        #[graphql(default_with = "Some(CANDIDATES)", desc = "How many, 1 to 1,000.")] first: Option<i32>,
    ) -> Option<Result<Vec<AssignmentCandidate>>> {
        let first = few(first.unwrap_or(CANDIDATES), CANDIDATES_MAX);
        Some(first.map(|first| {
            let entries = self.0.candidates.0.iter().take(first);
            entries.copied().map(AssignmentCandidate).collect()
        }))
    }

    /// How many were free.
    async fn candidate_count(&self) -> usize {
        self.0.candidates.0.len()
    }

    /// When it was decided.
    async fn decided_at(&self) -> Instant {
        self.0.at.into()
    }

    /// When it was taken back: the booking came to nothing, or went to somebody else.
    async fn reversed_at(&self) -> Option<Instant> {
        self.0.reversed_at.map(Instant)
    }
}

/// One who could have had a booking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AssignmentCandidate(Entry);

/// One who could have had a booking, as they stood then.
#[Object]
impl AssignmentCandidate {
    /// Who.
    async fn resource_id(&self) -> ResourceId {
        self.0.resource
    }

    /// Who. Null if they are not shown to you any more.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource)
            .await
            .transpose()
    }

    /// Who came first; the lowest number did.
    async fn priority(&self) -> i64 {
        self.0.priority
    }

    /// How much of the bookings was to be theirs, beside the others' weights.
    async fn weight(&self) -> i64 {
        self.0.weight
    }

    /// What they were owed before it, in bookings; below zero they had had more than their share.
    async fn debt(&self) -> f64 {
        in_bookings(self.0.balance)
    }

    /// What the decision changed in that.
    async fn debt_change(&self) -> f64 {
        in_bookings(self.0.change)
    }

    /// Whether they got it.
    async fn is_winner(&self) -> bool {
        self.0.is_winner()
    }

    /// Why they got it, or did not.
    async fn reason(&self) -> Reason {
        self.0.reason
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for people to read; the ledger counts in whole billionths"
)]
fn in_bookings(billionths: i64) -> f64 {
    billionths as f64 / UNIT as f64
}

/// Whose turn it was.
#[derive(Debug, Default)]
pub(crate) struct AssignmentQuery;

/// Whose turn it was.
#[Object]
impl AssignmentQuery {
    /// Who could have had a booking, what each was owed, who got it and why the others did not: the latest 20 decisions, in
    /// order; none if nobody had to be chosen. Needs the right `diary:read`; null if there is no such booking.
    async fn assignment_explain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking.")] booking_id: BookingId,
    ) -> Option<Result<Vec<Assignment>>> {
        explain(ctx, booking_id).await.transpose()
    }
}

async fn explain(ctx: &Context<'_>, booking: BookingId) -> Result<Option<Vec<Assignment>>> {
    let reading = Reads::of(ctx).tenant().await?;
    let told = found(scheduling::booking::explain_assignment(&reading, booking).await)?;
    let latest = |mut all: Vec<scheduling::booking::Assignment>| {
        let before = all.len().saturating_sub(DECISIONS_MAX);
        all.drain(before..).map(Assignment).collect()
    };
    Ok(told.map(latest))
}
