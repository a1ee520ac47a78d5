//! Making a booking: by a client, or by staff on their behalf.

use availability::BlockerCode;
use chrono::{DateTime, TimeDelta, Utc};
use db::{Tenant, Token, Work};
use kernel::id::{BookingId, BookingTokenId, ResourceId};
use kernel::{Email, Id as _, Phone, Zone};
use serde_json::json;

use super::{
    AttendeeDraft, Booking, BookingDraft, BookingHost, BookingMade, Change, Overrides, Source, Status, What,
    reassign,
};
use crate::attendee::{self, Attendee, AttendeeStatus};
use crate::diary;
use crate::error::Refusal;
use crate::folded::folded;
use crate::hold::{self, Choice, Hold, Kept};
use crate::metadata::Metadata;
use crate::needs::Who;
use crate::occupancy::{self, Owner};
use crate::plan::{self, Plan, Wish};
use crate::request;
use crate::service::{Answers, Confirmation, Service};
use crate::store::{self, Insertion};
use crate::token::{self, Purpose};

/// Books.
///
/// # Errors
/// If the time is not offered or somebody was faster, the hold is gone or somebody else's, the link that it is booked by is
/// no longer good, an answer is missing, there is nowhere to reach whoever takes part, or a right is missing for what is
/// overruled.
pub async fn create(work: &Work<Tenant>, draft: BookingDraft) -> Result<BookingMade, Refusal> {
    Ok(create_and_show(work, draft).await?.0)
}

/// Books, and shows what was written: whoever looks at once need not read it again.
///
/// # Errors
/// As [`create`].
pub async fn create_and_show(
    work: &Work<Tenant>,
    mut draft: BookingDraft,
) -> Result<(BookingMade, Booking), Refusal> {
    may_book(work, draft.source, &draft.attendee)?;
    let request = request::redeem(work, &mut draft).await?;
    let held = match &draft.hold {
        Some(token) => Some(opened(work, &draft, token).await?),
        None => None,
    };
    let plan = match &held {
        Some(hold) => plan::of_hold(work, hold).await?,
        None => plan::make(work, &wish(&draft, work.now())).await?,
    };
    may_give(work, draft.source, &plan.choice).await?;
    let answers = std::mem::take(&mut draft.attendee.answers);
    let answers = answered(work, &plan.service, answers)?;
    let (made, booking) = write(work, &plan, (&draft, held.as_ref()), answers).await?;
    store::fairness_balance::shift(work, &plan.shifts).await?;
    if let Some(request) = request {
        request::close(work, request, made.booking).await?;
    }
    Ok((made, booking))
}

/// Refuses whoever may not book in this way, or cannot be reached.
pub(crate) fn may_book(work: &Work<Tenant>, source: Source, attendee: &AttendeeDraft) -> Result<(), Refusal> {
    if source != Source::Online && !diary::is_staff(work) {
        work.need(kernel::Right::DiaryWrite)?;
    }
    match source {
        // Whoever stands there need not be.
        Source::WalkIn => Ok(()),
        Source::Online | Source::Phone | Source::Admin => attendee.need_reachable(),
    }
}

/// Refuses staff who may not fill the diaries of those who were chosen.
pub(crate) async fn may_give(work: &Work<Tenant>, source: Source, choice: &Choice) -> Result<(), Refusal> {
    if !diary::is_staff(work) || source == Source::Online {
        return Ok(());
    }
    let hosts: Vec<ResourceId> = choice.hosts.iter().map(|it| it.resource).collect();
    diary::need_write(work, &hosts).await
}

/// The answers in their one form. Staff on the telephone do not know every answer.
pub(crate) fn answered(work: &Work<Tenant>, service: &Service, answers: Answers) -> Result<Answers, Refusal> {
    if diary::is_staff(work) && answers.is_empty() {
        return Ok(answers);
    }
    service.questions.read(answers)
}

/// Writes what was planned: the booking, who takes part, what they answered, and the link that they carry.
pub(crate) async fn write(
    work: &Work<Tenant>,
    plan: &Plan,
    (draft, hold): (&BookingDraft, Option<&Hold>),
    answers: Answers,
) -> Result<(BookingMade, Booking), Refusal> {
    let (booking, attendee, link) = if plan.service.seats > 1 {
        join(work, plan, (draft, hold)).await?
    } else {
        alone(work, plan, (draft, hold)).await?
    };
    write_answers(work, &attendee, answers).await?;
    let made = BookingMade {
        booking: booking.id,
        attendee: attendee.id,
        link,
    };
    Ok((made, booking))
}

fn wish(draft: &BookingDraft, now: DateTime<Utc>) -> Wish {
    Wish {
        service: draft.service,
        starts_at: draft.starts_at,
        who: draft.host.map_or(Who::Anybody, Who::With),
        prefer: Vec::new(),
        without: Vec::new(),
        overrides: Overrides {
            at_the_door: draft.source == Source::WalkIn && draft.starts_at == now,
            ..draft.overrides
        },
        settled: Overrides::default(),
    }
}

/// The hold of a token, if it keeps what is asked for.
async fn opened(work: &Work<Tenant>, draft: &BookingDraft, token: &Token) -> Result<Hold, Refusal> {
    let hold = hold::open(work, token).await?;
    let same = hold.service_id == draft.service && hold.starts_at == draft.starts_at;
    let given = |it: ResourceId| hold.choice.hosts.iter().any(|taken| taken.resource == it);
    if same && draft.host.is_none_or(given) {
        Ok(hold)
    } else {
        Err(Refusal::HoldElsewhere)
    }
}

/// A booking of its own. Whoever takes part and their link are written together with it: each way to the database counts.
async fn alone(
    work: &Work<Tenant>,
    plan: &Plan,
    (draft, hold): (&BookingDraft, Option<&Hold>),
) -> Result<(Booking, Attendee, BookingTokenId), Refusal> {
    if let Some(hold) = hold {
        hold::take_down(work, hold).await?;
    }
    let asks = plan.service.confirmation == Confirmation::Manual && draft.source == Source::Online;
    let status = if asks { Status::Pending } else { Status::Confirmed };
    let timeout = TimeDelta::minutes(plan.service.confirmation_timeout_minutes);
    let booking = Booking {
        client_id: draft.attendee.client,
        source: draft.source,
        notes: draft.notes.clone(),
        metadata: draft.metadata.clone(),
        status,
        expires_at: asks.then(|| work.now() + timeout),
        ..row(work, plan, draft.timezone).await?
    };
    let attendee = seated(attendee::blank(work, &booking, 1), &draft.attendee);
    let link = token::row(work, &booking, attendee.id, Purpose::Manage);
    let link_id = link.id;
    let its = vec![store::insertion(attendee.clone()), store::insertion(link)];
    let booking = begin(work, plan, booking, its).await?;
    Ok((booking, attendee, link_id))
}

/// A seat of a class: the one that a hold keeps, or the next.
async fn join(
    work: &Work<Tenant>,
    plan: &Plan,
    (draft, hold): (&BookingDraft, Option<&Hold>),
) -> Result<(Booking, Attendee, BookingTokenId), Refusal> {
    let session = match plan.session {
        Some(id) => store::hold::<store::booking::Entity>(work, id).await?,
        None => begin_session(work, plan, None).await?,
    };
    if !session.status.is_open() {
        return Err(Refusal::SlotTaken);
    }
    let attendee = match hold {
        Some(hold) => {
            let seat = attendee::held_seat(work, session.id, hold.id).await?;
            let taken = seated(seat, &draft.attendee);
            store::save(work, taken.clone()).await?;
            if store::hold::delete(work, &[hold.id]).await? == 0 {
                return Err(Refusal::HoldGone);
            }
            taken
        }
        None => {
            let seat = attendee::next_seat(work, &session).await?;
            let taken = seated(attendee::blank(work, &session, seat), &draft.attendee);
            store::attendee::insert_many(work, vec![taken.clone()]).await?;
            taken
        }
    };
    let mut after = session.clone();
    let facts = json!({ "attendee": attendee.id, "seat": attendee.seat_no });
    let what = if session.status == Status::Pending {
        after.status = Status::Confirmed;
        after.expires_at = None;
        store::occupancy::expire_at(work, session.id.uuid(), None).await?;
        What::Confirmed
    } else {
        What::AttendeeAdded
    };
    let after = Change::new(what, facts).write(work, &session, after).await?;
    let link = token::row(work, &after, attendee.id, Purpose::Manage);
    let link_id = link.id;
    store::insert(work, link).await?;
    Ok((after, attendee, link_id))
}

/// Makes the session of a class, without anybody yet: waiting for its first seat to be taken, if that is only kept.
pub(crate) async fn begin_session(
    work: &Work<Tenant>,
    plan: &Plan,
    kept: Option<Kept>,
) -> Result<Booking, Refusal> {
    let booking = Booking {
        status: if kept.is_some() {
            Status::Pending
        } else {
            Status::Confirmed
        },
        expires_at: kept.and_then(Kept::frees_itself_at),
        pending_occupies: true,
        ..row(work, plan, None).await?
    };
    begin(work, plan, booking, Vec::new()).await
}

/// Writes a new booking with what is its own, who gives it, the time it takes, and whose turn it was.
async fn begin(
    work: &Work<Tenant>,
    plan: &Plan,
    booking: Booking,
    mut its: Vec<Insertion>,
) -> Result<Booking, Refusal> {
    let facts = json!({ "hosts": plan.choice.hosts, "overruled": words(&plan.overruled) });
    let hosts: Vec<BookingHost> = hosts(work, &booking, &plan.choice).collect();
    if !hosts.is_empty() {
        its.push(store::insertion_of_many(hosts));
    }
    let booking = Change::new(What::Created, facts)
        .insert(work, booking, its)
        .await?;
    if booking.occupies() {
        occupancy::take(work, Owner::booking(&booking), &plan.places, plan.taken).await?;
    }
    reassign::decide(work, booking.id, &plan.choice).await?;
    Ok(booking)
}

pub(super) fn words(codes: &[BlockerCode]) -> Vec<&'static str> {
    codes.iter().map(|it| it.as_str()).collect()
}

pub(super) async fn write_hosts(
    work: &Work<Tenant>,
    booking: &Booking,
    choice: &Choice,
) -> Result<(), Refusal> {
    store::insert_many(work, hosts(work, booking, choice).collect()).await?;
    Ok(())
}

fn hosts(work: &Work<Tenant>, booking: &Booking, choice: &Choice) -> impl Iterator<Item = BookingHost> {
    choice.hosts.iter().map(|it| BookingHost {
        organization_id: work.organization(),
        id: work.mint(),
        booking_id: booking.id,
        resource_id: it.resource,
        part: it.part,
        starts_at: booking.starts_at,
    })
}

/// A booking as the service is now: price, place and terms are frozen here.
async fn row(work: &Work<Tenant>, plan: &Plan, timezone: Option<Zone>) -> Result<Booking, Refusal> {
    let service = &plan.service;
    let price = plan.price.clone();
    let zone = timezone.unwrap_or(plan.zone);
    Ok(Booking {
        organization_id: work.organization(),
        id: work.mint::<BookingId>(),
        service_id: service.id,
        client_id: None,
        starts_at: plan.span.start(),
        ends_at: plan.span.end(),
        buffer_before_minutes: service.buffer_before_minutes,
        buffer_after_minutes: service.buffer_after_minutes,
        local_start: zone.local(plan.span.start()),
        timezone: zone,
        zone_intent: service.zone_intent,
        status: Status::Confirmed,
        version: 1,
        source: Source::Online,
        seats: service.seats,
        pending_occupies: service.pending_occupies,
        expires_at: None,
        price_minor: price.amount_minor(),
        currency: price.currency().clone(),
        payment_terms: service.payment_terms,
        due_minor: service.payment().due(&price).amount_minor(),
        cancellation_tiers: plan.tiers.clone(),
        reminders: service.reminders.clone(),
        location: service.location,
        location_detail: service.location_detail.clone(),
        notes: None,
        metadata: Metadata::default(),
        closed_at: None,
        closed_reason: None,
        fee_minor: None,
        created_at: work.now(),
        updated_at: work.now(),
    })
}

/// A seat with somebody on it.
fn seated(seat: Attendee, draft: &AttendeeDraft) -> Attendee {
    let words = [
        Some(draft.name.as_str()),
        draft.email.as_ref().map(Email::as_str),
        draft.phone.as_ref().map(Phone::as_str),
    ];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    Attendee {
        status: AttendeeStatus::Confirmed,
        name: Some(draft.name.clone()),
        email: draft.email.clone(),
        phone: draft.phone.clone(),
        client_id: draft.client,
        conflicting_client_id: draft.conflicting_client,
        hold_id: None,
        search: Some(folded(&words.join(" "))),
        expires_at: None,
        ..seat
    }
}

async fn write_answers(work: &Work<Tenant>, attendee: &Attendee, answers: Answers) -> Result<(), Refusal> {
    let row = |(question, answer): (String, crate::service::Answer)| {
        let answer = serde_json::to_value(answer).unwrap_or_default();
        crate::answer::BookingAnswer {
            organization_id: work.organization(),
            id: work.mint(),
            booking_id: attendee.booking_id,
            attendee_id: attendee.id,
            question,
            answer,
        }
    };
    store::insert_many(work, answers.into_iter().map(row).collect()).await?;
    Ok(())
}
