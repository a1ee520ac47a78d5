//! The refusal that everybody who books will meet one day: somebody was faster. It says what is free nearby.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Code;
use kernel::id::{ResourceId, ServiceId};
use scheduling::calendar::Candidates;
use scheduling::slots::nearest_slots;

use crate::act::Outcome;
use crate::errors::{ActionError, UserError, found};
use crate::reads::Reads;
use crate::scalars::Instant;

/// How many other starts are named.
pub(crate) const ALTERNATIVES: usize = 5;

/// What somebody wanted to book.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(crate) struct Start {
    /// Of which service.
    pub(crate) service: ServiceId,
    /// When it starts.
    pub(crate) starts_at: DateTime<Utc>,
    /// Given by this one, or by whoever can.
    pub(crate) host: Option<ResourceId>,
}

/// Somebody was faster.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct SlotTakenError {
    pub(crate) said: ActionError,
    wanted: Start,
}

/// Somebody was faster: the time, or its last seat, is taken.
#[Object]
impl SlotTakenError {
    /// Why, for programs. Codes never change their meaning.
    pub(crate) async fn code(&self) -> Code {
        self.said.code
    }

    /// Why, for people, and what would be right.
    pub(crate) async fn message(&self) -> String {
        self.said.message.clone()
    }

    /// The path of the input field that it is about, such as `["input", "email"]`; null if it is about the whole.
    pub(crate) async fn field(&self) -> Option<Vec<String>> {
        self.said.field.clone()
    }

    /// The starts nearest to the one that was wanted which can be booked now, the nearest first; five at most.
    async fn alternatives(&self, ctx: &Context<'_>) -> Option<Result<Vec<SlotAlternative>>> {
        self.near(ctx).await.transpose()
    }
}

impl SlotTakenError {
    async fn near(&self, ctx: &Context<'_>) -> Result<Option<Vec<SlotAlternative>>> {
        let reading = Reads::of(ctx).public().await?;
        let wanted = self.wanted;
        let candidates = wanted
            .host
            .map_or(Candidates::All, |host| Candidates::Only(vec![host]));
        let near = (wanted.starts_at, ALTERNATIVES);
        let slots = found(nearest_slots(&reading, (wanted.service, &candidates), near).await)?;
        Ok(slots.map(|slots| slots.into_iter().map(SlotAlternative::of).collect()))
    }
}

/// A start that can be booked instead.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SlotAlternative {
    /// When it starts.
    starts_at: Instant,
    /// When it ends, without buffers.
    ends_at: Instant,
    /// Of a session that takes place anyway, how many seats are left.
    seats_left: Option<u32>,
    /// What books it: hand it to `holdCreate` or `bookingCreate` as `slotToken`.
    token: String,
}

impl SlotAlternative {
    fn of(slot: scheduling::slots::Slot) -> Self {
        Self {
            starts_at: slot.starts_at.into(),
            ends_at: slot.ends_at.into(),
            seats_left: slot.seats_left.map(u32::from),
            token: slot.token,
        }
    }
}

/// Whether somebody was faster, so that other starts are worth naming.
pub(crate) fn is_taken<T>(outcome: &Outcome<T>) -> bool {
    outcome.errors().iter().any(lost)
}

fn lost(error: &UserError) -> bool {
    matches!(error, UserError::Plain(said) if matches!(said.code, Code::SlotTaken | Code::SeatsFull))
}

/// The same refusal, with other starts than this one.
pub(crate) fn with_alternatives<T>(outcome: Outcome<T>, wanted: Start) -> Outcome<T> {
    let add = |error: UserError| match error {
        UserError::Plain(said) if matches!(said.code, Code::SlotTaken | Code::SeatsFull) => {
            UserError::SlotTaken(SlotTakenError { said, wanted })
        }
        other @ (UserError::Plain(_) | UserError::SlotTaken(_)) => other,
    };
    match outcome {
        Outcome::Refused(errors) => Outcome::Refused(errors.into_iter().map(add).collect()),
        other @ (Outcome::Done(_) | Outcome::Valid) => other,
    }
}

/// The same refusal where the input names no start: what is wrong with it is about this field, or about the whole.
pub(crate) fn about_no_start<T>(outcome: Outcome<T>, field: Option<&str>) -> Outcome<T> {
    let path = |name: &str| vec!["input".to_owned(), name.to_owned()];
    let tell = |error: UserError| match error {
        UserError::Plain(said) if said.field == Some(path("startsAt")) => UserError::Plain(ActionError {
            field: field.map(path),
            ..said
        }),
        other @ (UserError::Plain(_) | UserError::SlotTaken(_)) => other,
    };
    match outcome {
        Outcome::Refused(errors) => Outcome::Refused(errors.into_iter().map(tell).collect()),
        other @ (Outcome::Done(_) | Outcome::Valid) => other,
    }
}
