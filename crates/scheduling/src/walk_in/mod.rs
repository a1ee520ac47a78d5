//! Walk-ins: whoever comes without an appointment stands in line for a service, and is served when it is their turn.
//!
//! Who came first is served first, as far as staff hold to it; the estimate does. Whoever is served takes time as any
//! booking does: starting makes one, from now on, by the way that every booking is made.
//!
//! **Invariant:** nobody is served by somebody who is booked: the constraint that keeps bookings apart keeps walk-ins apart.

mod queue;
mod serve;

use chrono::{DateTime, Utc};
use db::paging::{Page, Slice};
use db::{Reading, Tenant, Token, Work};
use kernel::Right;
use kernel::id::{ResourceId, ServiceId, WalkInId};
use kernel::{EventType, Id as _};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::calendar::{Board, Candidates, Cast};
use crate::contact::Contact;
use crate::diary;
use crate::error::Refusal;
use crate::needs;
use crate::patch::write_down;
use crate::service::Service;
use crate::store;
use crate::word::words;

pub use self::queue::{LOOKED_AHEAD, estimate};
pub use self::serve::{WalkInStarted, cancel, cancel_by_token, complete, mark_no_show, start};
pub use store::walk_in::{Entity as WalkIns, Model as WalkIn};

/// Who may stand in line for one service at once.
pub const QUEUE_MAX: u64 = 100;

/// How a link's token begins.
const TOKEN: &str = "hor_walk_in_";

words! {
    /// Where a walk-in stands.
    #[cfg_attr(feature = "graphql", graphql(name = "WalkInStatus"))]
    pub enum WalkInStatus {
        /// They stand in line.
        Queued = "QUEUED",
        /// They are being served.
        InService = "IN_SERVICE",
        /// They have been served.
        Completed = "COMPLETED",
        /// They were gone when it was their turn.
        NoShow = "NO_SHOW",
        /// They went, or were sent away.
        Cancelled = "CANCELLED",
    }
}

impl WalkInStatus {
    /// Whether somebody in this state can come into that one.
    #[must_use]
    pub fn can_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::InService | Self::NoShow | Self::Cancelled),
            Self::InService => next == Self::Completed,
            Self::Completed | Self::NoShow | Self::Cancelled => false,
        }
    }
}

/// Who comes, and what for.
#[derive(Debug, Clone)]
pub struct WalkInDraft {
    /// What they come for.
    pub service: ServiceId,
    /// Given by this one; by whoever is free first, unless said.
    pub host: Option<ResourceId>,
    /// Who they are; whoever stands there need not be reachable.
    pub client: Contact,
}

/// Which walk-ins are asked for; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct WalkInFilter {
    /// Standing so; none of them is all of them.
    pub statuses: Vec<WalkInStatus>,
    /// For this service.
    pub service: Option<ServiceId>,
    /// For this host.
    pub host: Option<ResourceId>,
}

/// A walk-in was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkInChanged {
    /// Which; [`token`] says its token.
    pub walk_in: WalkInId,
}

/// One of a queue: who, in which place, and when their turn will be.
#[derive(Debug, Clone)]
pub struct Place {
    /// Who.
    pub walk_in: WalkIn,
    /// In which place, from 1.
    pub position: u64,
    /// When they will be served, as it looks now; nothing if not within [`LOOKED_AHEAD`].
    pub expected_at: Option<DateTime<Utc>>,
}

/// Somebody comes and stands in line. Staff put anybody there; others come by themselves where somebody takes walk-ins.
///
/// # Errors
/// If the service is not offered, is a class, or is not given by the host, nobody of them takes walk-ins, or the line is
/// too long.
pub async fn join(work: &Work<Tenant>, draft: WalkInDraft) -> Result<WalkInChanged, Refusal> {
    let service = needs::can_be_given(work, draft.service, draft.host).await?;
    if service.seats > 1 {
        return Err(Refusal::wanted(
            "serviceId",
            "a service for one at a time",
            "a class",
        ));
    }
    if !diary::is_staff(work) && !takes_walk_ins(work, &service, draft.host).await? {
        return Err(Refusal::NotFound("host who takes walk-ins"));
    }
    // Whoever comes takes turns, so that they can be counted.
    store::hold::<store::service::Entity>(work, draft.service).await?;
    let line = store::walk_in::queued(work, draft.service, QUEUE_MAX).await?;
    if line.len() as u64 >= QUEUE_MAX {
        return Err(Refusal::LimitReached {
            what: "people in line for one service",
            max: QUEUE_MAX,
        });
    }
    let id: WalkInId = work.mint();
    let row = WalkIn {
        organization_id: work.organization(),
        id,
        service_id: draft.service,
        host_id: draft.host,
        name: draft.client.name,
        email: draft.client.email,
        phone: draft.client.phone,
        status: WalkInStatus::Queued,
        digest: token(work, id).digest(),
        booking_id: None,
        version: 1,
        created_at: work.now(),
        started_at: None,
        closed_at: None,
        updated_at: work.now(),
    };
    let diff = json!({ "service": row.service_id, "host": row.host_id });
    store::insert(work, row).await?;
    write_down(work, EventType::WalkInJoined, (id, 1), diff).await?;
    Ok(WalkInChanged { walk_in: id })
}

/// Whether somebody who gives a service takes walk-ins: this one, if they are named.
async fn takes_walk_ins(
    reading: &Reading<Tenant>,
    service: &Service,
    host: Option<ResourceId>,
) -> Result<bool, Refusal> {
    let hosts = match host {
        Some(host) => vec![host],
        None => {
            let cast = Cast::load(reading, service, &Candidates::All).await?;
            cast.hosts.iter().map(|it| it.resource).collect()
        }
    };
    Ok(store::provider::takes_walk_ins(reading, &hosts).await?)
}

/// Says a link's token again. Whoever calls has checked that it was theirs.
#[must_use]
pub fn token(reading: &Reading<Tenant>, walk_in: WalkInId) -> Token {
    reading.key().token(TOKEN, walk_in.uuid())
}

/// Reads text as a link's token.
///
/// # Errors
/// If it is none.
pub fn read_token(text: &str) -> Result<Token, Refusal> {
    Token::read(TOKEN, text).ok_or(Refusal::TokenInvalid)
}

/// Whose link it is.
///
/// # Errors
/// If there is no such link.
pub async fn by_token(reading: &Reading<Tenant>, token: &Token) -> Result<WalkIn, Refusal> {
    let found = store::walk_in::by_digest(reading, &token.digest()).await?;
    found.ok_or(Refusal::TokenInvalid)
}

/// The line for a service, each with their place and when their turn will be. Whoever calls says who may see it.
async fn line(reading: &Reading<Tenant>, service: ServiceId) -> Result<Vec<Place>, Refusal> {
    let found = store::find::<store::service::Entity>(reading, &[service]).await?;
    let Some(service) = found.into_iter().next() else {
        return Ok(Vec::new());
    };
    let queued = store::walk_in::queued(reading, service.id, QUEUE_MAX).await?;
    if queued.is_empty() {
        return Ok(Vec::new());
    }
    let ahead = queue::ahead(reading.now())?;
    let board = Board::load(reading, &service, &Candidates::All, ahead).await?;
    let wishes: Vec<Option<ResourceId>> = queued.iter().map(|it| it.host_id).collect();
    let turns = estimate(&board, &wishes)?;
    let places = queued.into_iter().zip(turns).zip(1..);
    Ok(places
        .map(|((walk_in, expected_at), position)| Place {
            walk_in,
            position,
            expected_at,
        })
        .collect())
}

/// The line for a service, for staff; of those in it who wait for oneself, for whoever has no more than an own diary.
///
/// # Errors
/// If the right is missing.
pub async fn queue(reading: &Reading<Tenant>, service: ServiceId) -> Result<Vec<Place>, Refusal> {
    let own = if reading.asker().rights.has(Right::DiaryRead) {
        None
    } else {
        reading.need(Right::OwnDiaryWrite)?;
        Some(diary::own(reading).await?)
    };
    let mut places = line(reading, service).await?;
    places.retain(|it| own.is_none_or(|own| it.walk_in.host_id.is_some() && it.walk_in.host_id == own));
    Ok(places)
}

/// One's own place in the line; nothing for whoever stands in line no more.
///
/// # Errors
/// If the database refuses.
pub async fn place_of(reading: &Reading<Tenant>, walk_in: &WalkIn) -> Result<Option<Place>, Refusal> {
    if walk_in.status != WalkInStatus::Queued {
        return Ok(None);
    }
    let line = line(reading, walk_in.service_id).await?;
    Ok(line.into_iter().find(|it| it.walk_in.id == walk_in.id))
}

/// A page of the walk-ins in the order in which they came; those for oneself only, for whoever has no more than an own
/// diary.
///
/// # Errors
/// If the right is missing.
pub async fn walk_ins(
    reading: &Reading<Tenant>,
    filter: &WalkInFilter,
    page: &Page,
) -> Result<Slice<WalkIn>, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::page(reading, store::walk_in::select(reading, &filter), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the right is missing.
pub async fn count_walk_ins(reading: &Reading<Tenant>, filter: &WalkInFilter) -> Result<u64, Refusal> {
    let filter = narrowed(reading, filter).await?;
    Ok(store::count(reading, store::walk_in::select(reading, &filter)).await?)
}

/// Those of these walk-ins that whoever asks may see.
///
/// # Errors
/// If nobody is signed in who may see any.
pub async fn find_walk_ins(reading: &Reading<Tenant>, ids: &[WalkInId]) -> Result<Vec<WalkIn>, Refusal> {
    let mut found = store::find::<store::walk_in::Entity>(reading, ids).await?;
    if !reading.asker().rights.has(Right::DiaryRead) {
        reading.need(Right::OwnDiaryWrite)?;
        let own = diary::own(reading).await?;
        found.retain(|it| it.host_id.is_some() && it.host_id == own);
    }
    Ok(found)
}

async fn narrowed(reading: &Reading<Tenant>, filter: &WalkInFilter) -> Result<WalkInFilter, Refusal> {
    let mut filter = filter.clone();
    filter.host = diary::narrowed(reading, filter.host).await?;
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_stands_in_line_is_served_or_goes_and_nobody_comes_back() {
        use WalkInStatus::{Cancelled, Completed, InService, NoShow, Queued};
        let can = [
            (Queued, InService),
            (Queued, NoShow),
            (Queued, Cancelled),
            (InService, Completed),
        ];
        for from in WalkInStatus::ALL {
            for to in WalkInStatus::ALL {
                assert_eq!(from.can_become(*to), can.contains(&(*from, *to)), "{from} {to}");
            }
        }
    }
}
