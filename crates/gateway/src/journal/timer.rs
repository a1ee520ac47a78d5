//! What is promised for later, and was given up.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use db::paging::Page;
use db::timer::{self, Entity, State};
use flows::promises::{self, TimerRearmed};
use kernel::id::TimerId;

use crate::act::{Act, Manner, Outcome, payload};
use crate::caller::Caller;
use crate::errors::on_top;
use crate::list::{connection, counted, page};
use crate::reads::Reads;
use crate::scalars::Instant;

/// Whether a promise is still to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum TimerState {
    /// It is, when it is due.
    Waiting,
    /// It was given up after 25 attempts.
    Dead,
}

impl From<TimerState> for State {
    fn from(state: TimerState) -> Self {
        match state {
            TimerState::Waiting => Self::Waiting,
            TimerState::Dead => Self::Dead,
        }
    }
}

impl From<State> for TimerState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Dead => Self::Dead,
        }
    }
}

/// One promise.
#[derive(Debug, Clone)]
pub(crate) struct Timer(pub(crate) timer::Timer);

/// Something that is to be done at its time. A promise that is kept is gone.
#[Object]
impl Timer {
    /// The promise's global id.
    pub(crate) async fn id(&self) -> TimerId {
        self.0.id
    }

    /// What is to be done, such as `booking.course`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The global id of what it is about.
    async fn subject_id(&self) -> ID {
        self.0.subject_id.clone().into()
    }

    /// Whether it is still to be kept.
    async fn state(&self) -> TimerState {
        self.0.state.into()
    }

    /// When it is, or was, due.
    async fn due_at(&self) -> Instant {
        self.0.due_at.into()
    }

    /// How often it was attempted.
    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    /// The word for what went wrong last. Null if nothing has, and where whoever attempted it died.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it was promised.
    async fn created_at(&self) -> Instant {
        self.0.created_at.into()
    }
}

connection! {
    /// Promises.
    TimerConnection, TimerEdge of Timer
}

/// Which promise to put back to work.
#[derive(InputObject)]
pub(crate) struct TimerRearmInput {
    /// The promise that was given up.
    timer_id: TimerId,
    /// Two requests with the same key have one effect and the same answer.
    idempotency_key: Option<String>,
    /// Only say whether it would be done.
    validate_only: Option<bool>,
}

payload! {
    /// It is tried again, from now.
    TimerRearmPayload(TimerRearmed) {
        /// The promise; null once it is kept.
        async fn timer(&self, ctx: &Context<'_>) -> Option<Result<Timer>> {
            find(ctx, self.0.done()?.timer).await.transpose()
        }
    }
}

async fn find(ctx: &Context<'_>, id: TimerId) -> Result<Option<Timer>> {
    let reading = Reads::of(ctx).tenant().await?;
    let found = promises::find_timers(&reading, &[id]).await.map_err(on_top)?;
    Ok(found.into_iter().next().map(Timer))
}

/// What is promised.
#[derive(Debug, Default)]
pub(crate) struct TimerQuery;

/// What is promised.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl TimerQuery {
    /// What is promised for later, or was given up, by when it is due. Needs the right `audit:read`.
    async fn timers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so.")] state: TimerState,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<TimerConnection>> {
        Some(list(ctx, state.into(), page::<Entity>(first, after, last, before)).await)
    }
}

async fn list(ctx: &Context<'_>, state: State, page: Result<Page>) -> Result<TimerConnection> {
    let reading = Reads::of(ctx).tenant().await?;
    let slice = promises::timers(&reading, state, &page?).await.map_err(on_top)?;
    let count = counted(move |reading| Box::pin(promises::count_timers(reading, state)));
    Ok(TimerConnection {
        slice: slice.map(Timer),
        count,
    })
}

/// What can be done about what is promised.
#[derive(Debug, Default)]
pub(crate) struct TimerMutation;

/// What can be done about what is promised.
#[Object]
impl TimerMutation {
    /// Puts a promise that was given up back to work, with all its attempts. Needs the right `organization:write`.
    async fn timer_rearm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which promise to put back to work.")] input: TimerRearmInput,
    ) -> Option<Result<TimerRearmPayload>> {
        Some(rearm(ctx, input).await.map(TimerRearmPayload))
    }
}

async fn rearm(ctx: &Context<'_>, input: TimerRearmInput) -> Result<Outcome<TimerRearmed>> {
    let manner = Manner::of(input.idempotency_key, input.validate_only);
    let act = Act::new(ctx, Caller::of(ctx).tenant()?, manner)?;
    let id = input.timer_id;
    act.run(ctx, move |work| Box::pin(promises::rearm(work, id)))
        .await
}
