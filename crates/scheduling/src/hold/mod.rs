//! Time that is kept for whoever is about to book it.
//!
//! A hold takes time as a booking does, and booking it puts the booking in its place in one transaction. Only its token
//! books it, and only the hash of the token is stored. Of a class it keeps a seat, so that the other seats stay open.
//!
//! **Invariant:** what is kept frees itself, or is an offer to whoever waits and ends only by [`crate::waitlist`]: the row
//! that takes the time says which, by whether it has an end.

use chrono::{DateTime, TimeDelta, Utc};
use db::audit::{Deed, Doer};
use db::timer::Promise;
use db::{Reading, Tenant, Token, Work};
use kernel::id::{HoldId, ResourceId, ServiceId};
use kernel::{EventType, Id as _};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attendee;
use crate::booking::Overrides;
use crate::error::Refusal;
use crate::needs::Who;
use crate::occupancy::{self, Owner, OwnerKind};
use crate::plan::{self, Plan, Wish};
use crate::store;
use crate::waitlist;

pub use store::hold::{Choice, Model as Hold, Pool, Taken};

/// How long a hold lasts unless it says.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);

/// The longest that a hold lasts.
pub const LASTS_MAX: TimeDelta = TimeDelta::minutes(30);

/// How the promise is called that frees the time of a hold.
pub const EXPIRY: &str = "hold.expiry";

/// How a hold's token begins.
const TOKEN: &str = "hor_hold_";

/// What is to be kept.
#[derive(Debug, Clone)]
pub struct HoldDraft {
    /// Of which service.
    pub service: ServiceId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Given by this one; by whoever can, unless said.
    pub host: Option<ResourceId>,
    /// For how long, up to [`LASTS_MAX`]; [`LASTS`] unless said.
    pub lasts: Option<TimeDelta>,
}

/// Time is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldMade {
    /// Which; [`token`] says its token.
    pub hold: HoldId,
}

/// Keeps time for whoever is about to book it.
///
/// # Errors
/// If the time is not offered, or somebody was faster.
pub async fn place(work: &Work<Tenant>, draft: HoldDraft) -> Result<HoldMade, Refusal> {
    let lasts = draft.lasts.unwrap_or(LASTS);
    if lasts < TimeDelta::minutes(1) || lasts > LASTS_MAX {
        return Err(Refusal::wanted("lasts", "1 to 30 minutes", lasts));
    }
    let wish = Wish {
        service: draft.service,
        starts_at: draft.starts_at,
        who: draft.host.map_or(Who::Anybody, Who::With),
        prefer: Vec::new(),
        without: Vec::new(),
        overrides: Overrides::default(),
        settled: Overrides::default(),
    };
    let plan = plan::make(work, &wish).await?;
    let hold = keep(work, &plan, Kept::Until(work.now() + lasts)).await?;
    let promise = Promise {
        kind: EXPIRY,
        subject: hold.id.to_string(),
        payload: json!({}),
        due_at: hold.expires_at,
    };
    let beside = vec![work.promising(promise)];
    let placed = hold.happened(EventType::HoldPlaced);
    work.tell_by(Doer::of(work.actor()), placed, beside).await?;
    Ok(HoldMade { hold: hold.id })
}

/// For how long time is kept, and what ends that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It frees itself then: whoever comes by clears it.
    Until(DateTime<Utc>),
    /// It is offered to somebody until then, and goes to the next when the offer is ended: it never frees itself, so
    /// nobody who clears what has freed itself finds it.
    Offered(DateTime<Utc>),
}

impl Kept {
    /// Until when it can be booked.
    fn end(self) -> DateTime<Utc> {
        match self {
            Self::Until(end) | Self::Offered(end) => end,
        }
    }

    /// When the time that it takes frees itself.
    pub(crate) fn frees_itself_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Until(end) => Some(end),
            Self::Offered(_) => None,
        }
    }
}

/// Keeps what was planned.
pub(crate) async fn keep(work: &Work<Tenant>, plan: &Plan, kept: Kept) -> Result<Hold, Refusal> {
    let hold = row(work, plan, kept.end());
    if plan.service.seats > 1 {
        attendee::hold_seat(work, plan, (hold.clone(), kept)).await?;
    } else {
        store::insert(work, hold.clone()).await?;
        let owner = Owner {
            kind: OwnerKind::Hold,
            id: hold.id.uuid(),
            expires_at: kept.frees_itself_at(),
        };
        occupancy::take(work, owner, &plan.places, plan.taken).await?;
    }
    store::fairness_balance::shift(work, &plan.shifts).await?;
    Ok(hold)
}

impl Hold {
    /// What happened to it. It changes once: when it ends.
    pub(crate) fn happened(&self, what: EventType) -> Deed {
        let resources: Vec<ResourceId> = self.choice.hosts.iter().map(|it| it.resource).collect();
        Deed {
            what,
            thing: self.id.to_string(),
            version: if what == EventType::HoldPlaced { 1 } else { 2 },
            diff: json!({
                "service": self.service_id, "resources": resources,
                "startsAt": self.starts_at, "endsAt": self.ends_at, "expiresAt": self.expires_at,
            }),
        }
    }
}

/// Frees the time of a hold that has lapsed, for whoever keeps its promise. One that is gone was booked, let go or cleared by
/// whoever came by.
///
/// # Errors
/// If the database refuses.
pub async fn expire(work: &Work<Tenant>, id: HoldId) -> Result<(), Refusal> {
    let found = store::find::<store::hold::Entity>(work, &[id]).await?;
    let Some(hold) = found.into_iter().find(|it: &Hold| it.expires_at <= work.now()) else {
        return Ok(());
    };
    match hold.booking_id {
        Some(session) => attendee::sweep_session(work, session).await,
        None => forget(work, &[id]).await,
    }
}

/// Forgets holds that have lapsed, and the time that they take.
pub(crate) async fn forget(work: &Work<Tenant>, ids: &[HoldId]) -> Result<(), Refusal> {
    let lapsed = store::hold::seize(work, ids).await?;
    let owners: Vec<_> = ids.iter().map(|it| it.uuid()).collect();
    store::occupancy::release(work, &owners).await?;
    store::hold::delete(work, ids).await?;
    tell_expired(work, &lapsed).await
}

/// Tells that holds were not booked in time.
pub(crate) async fn tell_expired(work: &Work<Tenant>, lapsed: &[Hold]) -> Result<(), Refusal> {
    for hold in lapsed {
        let expired = hold.happened(EventType::HoldExpired);
        work.tell_by(Doer::time(), expired, Vec::new()).await?;
    }
    Ok(())
}

fn row(work: &Work<Tenant>, plan: &Plan, expires_at: DateTime<Utc>) -> Hold {
    let id: HoldId = work.mint();
    Hold {
        organization_id: work.organization(),
        id,
        service_id: plan.service.id,
        booking_id: plan.session,
        digest: token(work, id).digest(),
        starts_at: plan.span.start(),
        ends_at: plan.span.end(),
        choice: plan.choice.clone(),
        expires_at,
        created_at: work.now(),
    }
}

/// Says a hold's token again. Whoever calls has checked that it was theirs.
#[must_use]
pub fn token(reading: &Reading<Tenant>, hold: HoldId) -> Token {
    reading.key().token(TOKEN, hold.uuid())
}

/// Reads text as a hold's token.
///
/// # Errors
/// If it is none.
pub fn read_token(text: &str) -> Result<Token, Refusal> {
    Token::read(TOKEN, text).ok_or(Refusal::HoldGone)
}

/// The hold that a token opens, as long as it lasts.
///
/// # Errors
/// If there is none, or it has lapsed.
pub async fn open(reading: &Reading<Tenant>, token: &Token) -> Result<Hold, Refusal> {
    let found = store::hold::by_digest(reading, &token.digest()).await?;
    found
        .filter(|it| reading.now() < it.expires_at)
        .ok_or(Refusal::HoldGone)
}

/// Lets the time go before the hold lapses; whoever waits for it is offered it.
///
/// # Errors
/// If the token opens no hold.
pub async fn release(work: &Work<Tenant>, token: &Token) -> Result<HoldMade, Refusal> {
    let hold = open(work, token).await?;
    let freed = waitlist::prepare(work, hold.service_id, hold.starts_at).await?;
    take_down(work, &hold).await?;
    work.tell(hold.happened(EventType::HoldReleased)).await?;
    waitlist::offer_next(work, freed).await?;
    Ok(HoldMade { hold: hold.id })
}

/// Removes a hold and what it takes: what follows has the time to itself, in the same transaction.
pub(crate) async fn take_down(work: &Work<Tenant>, hold: &Hold) -> Result<(), Refusal> {
    if let Some(session) = hold.booking_id {
        attendee::let_seat_go(work, session, hold.id).await?;
    }
    store::hold::seize(work, &[hold.id]).await?;
    occupancy::release(work, hold.id.uuid()).await?;
    match store::hold::delete(work, &[hold.id]).await? {
        0 => Err(Refusal::HoldGone),
        _ => Ok(()),
    }
}
