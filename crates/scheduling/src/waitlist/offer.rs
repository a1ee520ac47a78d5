//! Offering what came free: to whom, for how long, and what ends it.

use chrono::{DateTime, Utc};
use db::timer::Promise;
use db::{Reading, Tenant, Token, Work};
use kernel::EventType;
use kernel::id::{HoldId, ResourceId, ServiceId};
use serde_json::json;

use super::{
    ENDED_MAX, OFFER_LASTS, Outcome, WAITING_MAX, WaitChanged, WaitlistEntry, WaitlistOffer, WaitlistStatus,
    by_token,
};
use crate::booking::{self, Booking, BookingDraft, BookingMade, Overrides, Source};
use crate::contact::Contact;
use crate::error::Refusal;
use crate::hold::{self, Hold, Kept};
use crate::metadata::Metadata;
use crate::needs::{Needs, Who};
use crate::patch::write_down;
use crate::plan::{self, Plan, Wish};
use crate::service::Answers;
use crate::store;

/// How the promise is called that ends an offer.
pub const OFFER: &str = "waitlist.offer";

/// A start that comes free, for which somebody waits. What offering it needs is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Freed {
    service: ServiceId,
    starts_at: DateTime<Utc>,
}

/// Before a start of a service comes free: if somebody waits for it, holds whatever offering it needs. The locks of the
/// house have one order, in which a service's hosts come before the booking that frees them.
pub(crate) async fn prepare(
    work: &Work<Tenant>,
    service: ServiceId,
    starts_at: DateTime<Utc>,
) -> Result<Option<Freed>, Refusal> {
    if store::waitlist::fitting(work, (service, starts_at), 1)
        .await?
        .is_empty()
    {
        return Ok(None);
    }
    Needs::hold(work, service, &Who::Anybody).await?;
    Ok(Some(Freed { service, starts_at }))
}

/// Of some starts that come free, those for which somebody waits. Holds nothing: whoever calls holds what booking any of
/// them for anybody needs, as [`crate::needs::reserve`] does.
pub(crate) async fn waited_for(
    work: &Work<Tenant>,
    starts: impl Iterator<Item = &Booking>,
) -> Result<Vec<Freed>, Refusal> {
    let mut waited_for = Vec::new();
    for it in starts.filter(|it| it.seats == 1 && it.occupies()) {
        let (service, starts_at) = (it.service_id, it.starts_at);
        let first = store::waitlist::fitting(work, (service, starts_at), 1).await?;
        if !first.is_empty() {
            waited_for.push(Freed { service, starts_at });
        }
    }
    Ok(waited_for)
}

/// Offers what came free to the first whom it fits; says whether anybody was found. It is judged as any booking is: what
/// nobody could book is offered to nobody.
pub(crate) async fn offer_next(work: &Work<Tenant>, freed: Option<Freed>) -> Result<bool, Refusal> {
    let Some(Freed { service, starts_at }) = freed else {
        return Ok(false);
    };
    let until = starts_at.min(work.now() + OFFER_LASTS);
    if until <= work.now() {
        return Ok(false);
    }
    let mut cannot: Vec<Option<ResourceId>> = Vec::new();
    for seen in store::waitlist::fitting(work, (service, starts_at), WAITING_MAX).await? {
        if cannot.contains(&seen.host_id) {
            continue;
        }
        let Some(plan) = planned(work, &seen, starts_at).await? else {
            cannot.push(seen.host_id);
            continue;
        };
        let entry: WaitlistEntry = store::hold::<store::waitlist::Entity>(work, seen.id).await?;
        if entry.status == WaitlistStatus::Waiting {
            make(work, entry, (&plan, until)).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// What booking the start for them would take; nothing if it cannot be booked.
async fn planned(
    work: &Work<Tenant>,
    entry: &WaitlistEntry,
    starts_at: DateTime<Utc>,
) -> Result<Option<Plan>, Refusal> {
    let wish = Wish {
        service: entry.service_id,
        starts_at,
        who: entry.host_id.map_or(Who::Anybody, Who::With),
        prefer: Vec::new(),
        without: Vec::new(),
        overrides: Overrides::default(),
        settled: Overrides::default(),
    };
    match plan::make(work, &wish).await {
        Ok(plan) => Ok(Some(plan)),
        Err(Refusal::NotOffered(_) | Refusal::SlotTaken | Refusal::SeatsFull | Refusal::NotFound(_)) => {
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn make(
    work: &Work<Tenant>,
    mut entry: WaitlistEntry,
    (plan, until): (&Plan, DateTime<Utc>),
) -> Result<(), Refusal> {
    let hold = hold::keep(work, plan, Kept::Offered(until)).await?;
    let offer = WaitlistOffer {
        organization_id: work.organization(),
        id: work.mint(),
        entry_id: entry.id,
        service_id: entry.service_id,
        hold_id: hold.id,
        starts_at: plan.span.start(),
        ends_at: plan.span.end(),
        offered_until: until,
        outcome: None,
        created_at: work.now(),
        ended_at: None,
    };
    entry.status = WaitlistStatus::Offered;
    entry.offered_until = Some(until);
    let version = entry.touch(work.now());
    let id = entry.id;
    let diff = json!({
        "service": offer.service_id, "startsAt": offer.starts_at, "endsAt": offer.ends_at, "until": until,
    });
    let promise = Promise {
        kind: OFFER,
        subject: offer.id.to_string(),
        payload: json!({}),
        due_at: until,
    };
    store::save(work, entry).await?;
    work.promise(promise).await?;
    store::insert(work, offer).await?;
    write_down(work, EventType::WaitlistOffered, (id, version), diff).await?;
    Ok(())
}

/// The offer that is open for somebody, answered in time or not.
async fn open_to(reading: &Reading<Tenant>, entry: &WaitlistEntry) -> Result<WaitlistOffer, Refusal> {
    let open = store::waitlist_offer::open_of(reading, &[entry.id]).await?;
    open.into_iter().next().ok_or(Refusal::OfferGone)
}

/// What taking the offer books: the start, kept by the offer's hold, for whoever waited, with their answers.
///
/// # Errors
/// If there is no such link, or nothing is offered by now.
pub async fn offered(
    reading: &Reading<Tenant>,
    token: &Token,
    answers: Answers,
) -> Result<BookingDraft, Refusal> {
    let entry = by_token(reading, token).await?;
    let offer = open_to(reading, &entry).await?;
    if offer.offered_until <= reading.now() {
        return Err(Refusal::OfferGone);
    }
    let client = Contact {
        name: entry.name,
        email: entry.email,
        phone: entry.phone,
    };
    Ok(BookingDraft {
        service: offer.service_id,
        starts_at: offer.starts_at,
        host: None,
        hold: Some(hold::token(reading, offer.hold_id)),
        request: None,
        attendee: client.attends(answers),
        source: Source::Online,
        overrides: Overrides::default(),
        timezone: None,
        notes: None,
        metadata: Metadata::default(),
    })
}

/// Somebody takes what is offered: books what [`offered`] says, as anything is booked, and waits no more.
///
/// # Errors
/// If nothing is offered by now, or what is offered cannot be booked so.
pub async fn accept(work: &Work<Tenant>, token: &Token, draft: BookingDraft) -> Result<BookingMade, Refusal> {
    let seen = by_token(work, token).await?;
    let made = booking::create(work, draft).await.map_err(|refused| {
        // The session has ended with the seat that was kept in it.
        if matches!(refused, Refusal::SlotTaken) {
            Refusal::OfferGone
        } else {
            gone(refused)
        }
    })?;
    // The hold was theirs alone, and whoever ends an offer takes the hold away first.
    let mut offer = open_to(work, &seen).await?;
    let mut entry: WaitlistEntry = store::hold::<store::waitlist::Entity>(work, seen.id).await?;
    entry.status = WaitlistStatus::Booked;
    entry.booking_id = Some(made.booking);
    entry.offered_until = None;
    let version = entry.touch(work.now());
    store::save(work, entry).await?;
    offer.end(Outcome::Accepted, work.now());
    store::save(work, offer).await?;
    write_down(
        work,
        EventType::WaitlistAccepted,
        (seen.id, version),
        json!({ "booking": made.booking }),
    )
    .await?;
    Ok(made)
}

/// Somebody passes on what is offered and keeps their place for other times; it goes to the next.
///
/// # Errors
/// If there is no such link, or nothing is offered by now.
pub async fn decline(work: &Work<Tenant>, token: &Token) -> Result<WaitChanged, Refusal> {
    let seen = by_token(work, token).await?;
    if seen.status_at(work.now()) != WaitlistStatus::Offered {
        return Err(Refusal::OfferGone);
    }
    let version = pass_on(work, &seen, WaitlistStatus::Waiting).await?;
    write_down(work, EventType::WaitlistDeclined, (seen.id, version), json!({})).await?;
    Ok(WaitChanged { entry: seen.id })
}

/// Ends the offer to somebody, who stays or goes, and makes it to the next. Says the version that they come to.
pub(super) async fn pass_on(
    work: &Work<Tenant>,
    seen: &WaitlistEntry,
    to: WaitlistStatus,
) -> Result<i64, Refusal> {
    Needs::hold(work, seen.service_id, &Who::Anybody).await?;
    // Read under the lock of the hosts: whoever ended it before has let them go.
    let offer = open_to(work, seen).await?;
    take_away(work, offer, (Outcome::Declined, to)).await
}

/// Ends the offers that nobody answered in time, and makes each to the next in the same transaction. Says how many there
/// were; one call looks after one service, and every offer has a promise of its own. Called twice it does nothing the second
/// time.
///
/// # Errors
/// If the database refuses.
pub async fn expire_due(work: &Work<Tenant>) -> Result<u64, Refusal> {
    let Some(first) = store::waitlist_offer::due(work, None, 1)
        .await?
        .into_iter()
        .next()
    else {
        return Ok(0);
    };
    let service = first.service_id;
    Needs::hold(work, service, &Who::Anybody).await?;
    let due = store::waitlist_offer::due(work, Some(service), ENDED_MAX).await?;
    let mut ended = 0;
    for offer in due {
        let (entry, starts_at) = (offer.entry_id, offer.starts_at);
        let version = match take_away(work, offer, (Outcome::Lapsed, WaitlistStatus::Waiting)).await {
            // A seat is taken under its session's lock alone: it was, while this waited there.
            Err(Refusal::OfferGone) => continue,
            taken_away => taken_away?,
        };
        ended += 1;
        let diff = json!({ "startsAt": starts_at });
        write_down(work, EventType::WaitlistLapsed, (entry, version), diff).await?;
    }
    Ok(ended)
}

/// Takes an open offer away and makes it to the next. The hosts are held. Says the version that whoever had it comes to.
async fn take_away(
    work: &Work<Tenant>,
    mut offer: WaitlistOffer,
    (outcome, to): (Outcome, WaitlistStatus),
) -> Result<i64, Refusal> {
    let kept = store::find::<store::hold::Entity>(work, &[offer.hold_id]).await?;
    for hold in &kept {
        let hold: &Hold = hold;
        hold::take_down(work, hold).await.map_err(gone)?;
    }
    let freed = Freed {
        service: offer.service_id,
        starts_at: offer.starts_at,
    };
    let version = release(work, &offer, to).await?;
    offer.end(outcome, work.now());
    store::save(work, offer).await?;
    offer_next(work, Some(freed)).await?;
    Ok(version)
}

/// Whoever was offered something waits again, or goes. Says the version that they come to.
async fn release(work: &Work<Tenant>, offer: &WaitlistOffer, to: WaitlistStatus) -> Result<i64, Refusal> {
    let mut entry: WaitlistEntry = store::hold::<store::waitlist::Entity>(work, offer.entry_id).await?;
    entry.status = to;
    entry.offered_until = None;
    let version = entry.touch(work.now());
    store::save(work, entry).await?;
    Ok(version)
}

/// What these holds kept takes place no more: whoever was offered it waits again, and nobody is offered it.
pub(crate) async fn withdraw(work: &Work<Tenant>, holds: &[HoldId]) -> Result<(), Refusal> {
    if holds.is_empty() {
        return Ok(());
    }
    for mut offer in store::waitlist_offer::kept_by(work, holds).await? {
        let version = release(work, &offer, WaitlistStatus::Waiting).await?;
        offer.end(Outcome::Withdrawn, work.now());
        let entry = offer.entry_id;
        store::save(work, offer).await?;
        write_down(work, EventType::WaitlistWithdrawn, (entry, version), json!({})).await?;
    }
    Ok(())
}

/// An offer whose hold is gone has been ended by somebody who was faster.
fn gone(refused: Refusal) -> Refusal {
    if matches!(refused, Refusal::HoldGone) {
        Refusal::OfferGone
    } else {
        refused
    }
}

impl WaitlistOffer {
    fn end(&mut self, outcome: Outcome, now: DateTime<Utc>) {
        self.outcome = Some(outcome);
        self.ended_at = Some(now);
    }
}
