//! What a booking will take: who gives it, in which room, from when to when. A hold, a booking and a move are planned alike.
//!
//! Everything that decides is read under the locks of the house, in its order: the service if it counts its own bookings,
//! the pool if its hosts take turns, the resources by id. Then whatever has lapsed in the way is cleared, and the evaluator
//! that lists the slots is asked about this one.

use std::collections::BTreeMap;

use availability::BlockerCode;
use chrono::{DateTime, TimeDelta, Utc};
use db::{Tenant, Work};
use kernel::id::{BookingId, ResourceId, ServiceId};
use kernel::{Money, Right, Span, Zone};
use uuid::Uuid;

use crate::booking::Overrides;
use crate::calendar::Board;
use crate::cancellation::Tiers;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::hold::{Choice, Hold};
use crate::needs::{self, Needs, Who};
use crate::occupancy::{self, Place};
use crate::pick::{Picked, Question};
use crate::service::{Part, Service};
use crate::store;

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub service: ServiceId,
    pub starts_at: DateTime<Utc>,
    pub who: Who,
    /// These rooms and pieces of equipment if they can: a move keeps them.
    pub prefer: Vec<ResourceId>,
    /// As if these holds or bookings were not there.
    pub without: Vec<Uuid>,
    /// What whoever asks overrules, by right.
    pub overrides: Overrides,
    /// What is not asked about, because nothing about it changes.
    pub settled: Overrides,
}

/// What it will take. The resources are held.
#[derive(Debug)]
pub(crate) struct Plan {
    pub service: Service,
    pub price: Money,
    pub tiers: Tiers,
    /// The zone of whoever gives it.
    pub zone: Zone,
    /// From when to when, without buffers.
    pub span: Span,
    /// From when to when, with them.
    pub taken: Span,
    pub places: Vec<Place>,
    pub choice: Choice,
    /// The session that has a seat for it, if it takes place already.
    pub session: Option<BookingId>,
    /// Which reasons against it were overruled.
    pub overruled: Vec<BlockerCode>,
    /// What clearing the way has changed in balances.
    pub shifts: Shifts,
}

impl Plan {
    /// Refuses what would join a session that is there: a booking that has its own attendees does not become a seat.
    pub(crate) fn alone(&self) -> Result<(), Refusal> {
        match self.session {
            Some(_) => Err(Refusal::SlotTaken),
            None => Ok(()),
        }
    }
}

/// Plans what is asked for: locks, clears the way, asks the evaluator, chooses.
///
/// # Errors
/// If the service is not there, whoever asks may not overrule, or the time is not offered.
pub(crate) async fn make(work: &Work<Tenant>, wish: &Wish) -> Result<Plan, Refusal> {
    if wish.overrides.need_right() {
        work.need(Right::BookingsOverride)?;
    }
    let needs = Needs::hold(work, wish.service, &wish.who).await?;
    let span = needs.span(wish.starts_at)?;
    let resources: Vec<ResourceId> = needs.resources.iter().map(|it| it.id).collect();
    let taken = around(&needs.service, span)?;
    let shifts = occupancy::clear(work, &resources, taken).await?;
    let picked = judge(work, wish, &needs).await?;
    finish(work, &needs, span, (picked, shifts)).await
}

/// What a hold keeps: it was judged when it was made, and what was promised is not asked about again.
///
/// # Errors
/// If the service is no more.
pub(crate) async fn of_hold(work: &Work<Tenant>, hold: &Hold) -> Result<Plan, Refusal> {
    let needs = Needs::of_hold(work, hold).await?;
    let span =
        Span::new(hold.starts_at, hold.ends_at).map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
    let picked = Picked {
        choice: hold.choice.clone(),
        session: hold.booking_id,
        overruled: Vec::new(),
    };
    finish(work, &needs, span, (picked, Shifts::default())).await
}

fn around(service: &Service, span: Span) -> Result<Span, Refusal> {
    occupancy::with_buffers(span, service.buffer_before_minutes, service.buffer_after_minutes)
}

/// Says what a choice comes to: what it costs, in which zone, which lanes.
pub(crate) async fn finish(
    work: &Work<Tenant>,
    needs: &Needs,
    span: Span,
    (picked, shifts): (Picked, Shifts),
) -> Result<Plan, Refusal> {
    let host = picked
        .choice
        .hosts
        .iter()
        .find(|it| it.part == Part::Host)
        .map(|it| it.resource);
    let chosen = |it: ResourceId| picked.choice.hosts.iter().any(|taken| taken.resource == it);
    let place = |it: &crate::resource::Resource| Place {
        resource: it.id,
        lanes: it.capacity,
    };
    let zone = needs
        .resources
        .iter()
        .find(|it| Some(it.id) == host)
        .map(|it| it.timezone);
    Ok(Plan {
        price: needs::price(work, needs, host).await?,
        tiers: needs.tiers.clone(),
        // Whoever joins a session takes nothing of their own, and its local time is written already.
        zone: zone.unwrap_or(Zone::UTC),
        taken: around(&needs.service, span)?,
        span,
        places: needs
            .resources
            .iter()
            .filter(|it| chosen(it.id))
            .map(place)
            .collect(),
        choice: picked.choice,
        session: picked.session,
        overruled: picked.overruled,
        shifts,
        service: needs.service.clone(),
    })
}

/// Asks the evaluator about one start and chooses among those who can.
async fn judge(work: &Work<Tenant>, wish: &Wish, needs: &Needs) -> Result<Picked, Refusal> {
    let moment = Span::new(wish.starts_at, wish.starts_at + TimeDelta::seconds(1));
    let moment = moment.map_err(|wrong| Refusal::invalid("startsAt", wrong))?;
    let board = Board::of(work, (&needs.service, needs.cast.clone()), moment).await?;
    let explanation = board.explain_without(wish.starts_at, &wish.without);
    let question = Question {
        cast: &needs.cast,
        pool: needs.pool,
        prefer: &wish.prefer,
        overrides: wish.overrides.and(wish.settled),
        explanation: &explanation,
    };
    question.pick(&balances(work, needs.pool).await?)
}

/// How far the hosts of a pool are from their shares.
pub(crate) async fn balances(
    work: &Work<Tenant>,
    pool: Option<Uuid>,
) -> Result<BTreeMap<ResourceId, i64>, Refusal> {
    let rows = match pool {
        Some(pool) => store::fairness_balance::of(work, pool).await?,
        None => Vec::new(),
    };
    Ok(rows.into_iter().map(|it| (it.resource_id, it.balance)).collect())
}
