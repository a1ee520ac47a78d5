//! What is offered: the starts of one service that can be booked, by start or by host, counted by day, and why not.
//!
//! Opening times are public; who takes which time is not. Whoever may not see a calendar from within gets reasons without
//! owners and names.

mod explain;
mod list;
mod redirect;
mod status;
mod token;

use chrono::{DateTime, TimeDelta, Utc};
use db::{Reading, Tenant};
use kernel::id::ServiceId;
use kernel::{Span, Zone};

use crate::calendar::{Board, Candidates, Cast};
use crate::error::Refusal;
use crate::service::{Service, find_services};

pub use availability::{Answer, Blocker, BlockerCode, Explanation, Owner, PublicBlocker, Source, Tag};
pub use explain::{Explained, NEAREST_DAYS, NEAREST_MAX, nearest_slots, slot_explain};
pub use list::{
    Day, DayCount, HOSTS_SHOWN, HostSlots, STARTS_MAX, Slot, Slots, next_slot, slot_days, slots,
    slots_by_host,
};
pub use redirect::{REDIRECTS_MAX, Redirect, redirects};
pub use status::{STATUS_HOSTS_MAX, SlotStatus, Stated, slot_statuses};
pub use token::{SlotToken, redeem};

/// The most days that one question is about.
pub const DAYS_MAX: i64 = 366;

/// The most days of the question times the candidates: a thousand for two months, or a hundred and seventy for a year.
pub const HOST_DAYS_MAX: i64 = 62_000;

/// What is asked for: starts of one service from one instant until just before another.
#[derive(Debug, Clone)]
pub struct SlotsAsk {
    /// Which service.
    pub service: ServiceId,
    /// Which of those who give it.
    pub candidates: Candidates,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; at most [`DAYS_MAX`] days later.
    pub to: DateTime<Utc>,
    /// The zone of whoever looks: its dates group the answer.
    pub zone: Zone,
    /// How many starts at most, 1 to [`STARTS_MAX`]; all of them if nothing is said.
    pub first: Option<usize>,
}

impl SlotsAsk {
    fn span(&self) -> Result<Span, Refusal> {
        let span = Span::new(self.from, self.to).map_err(|wrong| Refusal::invalid("to", wrong))?;
        if span.length() > TimeDelta::days(DAYS_MAX) {
            return Err(Refusal::wanted("to", "at most 366 days after `from`", self.to));
        }
        Ok(span)
    }

    fn limit(&self) -> Result<usize, Refusal> {
        match self.first {
            None => Ok(STARTS_MAX),
            Some(first) if (1..=STARTS_MAX).contains(&first) => Ok(first),
            Some(first) => Err(Refusal::wanted("first", "1 to 5,000", first)),
        }
    }

    async fn board(&self, reading: &Reading<Tenant>) -> Result<Board, Refusal> {
        let span = self.span()?;
        let service = service(reading, self.service).await?;
        board(reading, (&service, &self.candidates), span).await
    }
}

/// The service, if whoever asks may see it.
async fn service(reading: &Reading<Tenant>, id: ServiceId) -> Result<Service, Refusal> {
    let found = find_services(reading, &[id]).await?.pop();
    found.ok_or(Refusal::NotFound("service"))
}

/// The board of a question that is small enough.
async fn board(
    reading: &Reading<Tenant>,
    (service, candidates): (&Service, &Candidates),
    span: Span,
) -> Result<Board, Refusal> {
    let cast = Cast::load(reading, service, candidates).await?;
    if span.length() > TimeDelta::days(days_for(cast.len())) {
        let wanted = format!("at most {} days for so many candidates", days_for(cast.len()));
        return Err(Refusal::wanted("to", &wanted, span.end()));
    }
    let board = Board::of(reading, (service, cast), span).await?;
    board.range()?;
    Ok(board)
}

/// How many days a question about so many candidates can be about.
fn days_for(candidates: usize) -> i64 {
    let candidates = i64::try_from(candidates).unwrap_or(i64::MAX).max(1);
    (HOST_DAYS_MAX / candidates).clamp(1, DAYS_MAX)
}
