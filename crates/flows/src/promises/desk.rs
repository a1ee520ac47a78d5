//! Promises as those who look after the organization see them.

use db::audit::Deed;
use db::paging::{Page, Slice};
use db::timer::{self, State, Timer};
use db::{Fault, Reading, Tenant, Work};
use kernel::id::TimerId;
use kernel::{Code, Denied, EventType, Kind, Refuse, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A promise was put back to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRearmed {
    /// Which.
    pub timer: TimerId,
}

/// Why that is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Whoever asks has not the right.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such promise that was given up.
    #[error("there is no such promise that was given up")]
    NotFound,
    /// The database said no.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refuse for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(it) => it.kind(),
            Self::NotFound => Kind::NotFound,
            Self::Fault(it) => it.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Denied(it) => it.code(),
            Self::NotFound => Code::NotFound,
            Self::Fault(it) => it.code(),
        }
    }
}

/// A page of the promises in one state, earliest first.
///
/// # Errors
/// If the right is missing.
pub async fn timers(reading: &Reading<Tenant>, state: State, page: &Page) -> Result<Slice<Timer>, Refusal> {
    reading.need(Right::AuditRead)?;
    Ok(timer::page(reading, state, page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_timers(reading: &Reading<Tenant>, state: State) -> Result<u64, Refusal> {
    reading.need(Right::AuditRead)?;
    Ok(timer::count(reading, state).await?)
}

/// Some promises by their ids.
///
/// # Errors
/// If the right is missing.
pub async fn find_timers(reading: &Reading<Tenant>, ids: &[TimerId]) -> Result<Vec<Timer>, Refusal> {
    reading.need(Right::AuditRead)?;
    Ok(timer::find(reading, ids).await?)
}

/// Puts a promise that was given up back to work, with all its attempts.
///
/// # Errors
/// If the right is missing, or there is none.
pub async fn rearm(work: &Work<Tenant>, id: TimerId) -> Result<TimerRearmed, Refusal> {
    work.need(Right::OrganizationWrite)?;
    let found = timer::find(work, &[id]).await?;
    let timer = found.first().ok_or(Refusal::NotFound)?;
    let diff = json!({ "kind": timer.kind, "subject": timer.subject_id });
    if !work.rearm(id).await? {
        return Err(Refusal::NotFound);
    }
    work.audit(Deed {
        what: EventType::TimerRearmed,
        thing: id.to_string(),
        version: 1,
        diff,
    })
    .await?;
    Ok(TimerRearmed { timer: id })
}
