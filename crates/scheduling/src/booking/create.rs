//! Making a booking: by a client, or by staff on their behalf.

use availability::BlockerCode;
use chrono::{DateTime, TimeDelta, Utc};
use db::{Tenant, Token, Work};
use kernel::id::{BookingId, ClientId, ResourceId, ServiceId};
use kernel::{Email, Id as _, Name, Phone, Prose, Zone};
use serde_json::json;

use super::{Booking, BookingHost, BookingMade, Change, Source, Status, What, reassign};
use crate::attendee::{self, Attendee, AttendeeStatus};
use crate::diary;
use crate::error::Refusal;
use crate::folded::folded;
use crate::hold::{self, Choice, Hold};
use crate::metadata::Metadata;
use crate::needs::Who;
use crate::occupancy::{self, Owner};
use crate::plan::{self, Plan, Wish};
use crate::service::{Answers, Confirmation};
use crate::store;
use crate::token::{self, Purpose};

/// What staff may overrule, by right; it is written down with the booking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overrides {
    /// How soon before its start, and how far ahead, it is booked.
    pub notice: bool,
    /// How much there may be on a day or in a week.
    pub limits: bool,
    /// The hours of whoever gives it, their absences, and the grid of starts.
    pub hours: bool,
}

impl Overrides {
    /// Whether anything is to be overruled.
    #[must_use]
    pub fn any(self) -> bool {
        self.notice || self.limits || self.hours
    }

    /// Whether this reason is. What is taken is taken, whoever asks.
    #[must_use]
    pub fn overrule(self, code: BlockerCode) -> bool {
        match code {
            BlockerCode::Notice | BlockerCode::Horizon => self.notice,
            BlockerCode::Limit => self.limits,
            BlockerCode::OutsideHours
            | BlockerCode::OffGrid
            | BlockerCode::DateClosed
            | BlockerCode::OutOfOffice => self.hours,
            BlockerCode::Inactive
            | BlockerCode::Occupied
            | BlockerCode::Buffer
            | BlockerCode::Held
            | BlockerCode::SeatsFull
            | BlockerCode::CalendarStale => false,
        }
    }
}

/// Who takes part, as typed.
#[derive(Debug, Clone)]
pub struct AttendeeDraft {
    /// What they are called.
    pub name: Name,
    /// Where they are written to.
    pub email: Option<Email>,
    /// Where they are called.
    pub phone: Option<Phone>,
    /// Whom the directory knows by it.
    pub client: Option<ClientId>,
    /// Whom the directory knows by the telephone number, if that is somebody else.
    pub conflicting_client: Option<ClientId>,
    /// Their answers to the service's questions.
    pub answers: Answers,
}

/// What a booking is made from.
#[derive(Debug, Clone)]
pub struct BookingDraft {
    /// What is booked.
    pub service: ServiceId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Given by this one; by whoever can, unless said.
    pub host: Option<ResourceId>,
    /// The hold whose place it takes.
    pub hold: Option<Token>,
    /// Who takes part.
    pub attendee: AttendeeDraft,
    /// How it came in.
    pub source: Source,
    /// What is overruled for it.
    pub overrides: Overrides,
    /// The zone in which the client meant it; the host's unless said.
    pub timezone: Option<Zone>,
    /// What the client wrote.
    pub notes: Option<Prose>,
    /// The integrator's own words.
    pub metadata: Metadata,
}

/// Books.
///
/// # Errors
/// If the time is not offered or somebody was faster, the hold is gone or somebody else's, an answer is missing, there is
/// nowhere to reach whoever takes part, or a right is missing for what is overruled.
pub async fn create(work: &Work<Tenant>, mut draft: BookingDraft) -> Result<BookingMade, Refusal> {
    if draft.source != Source::Online && !diary::is_staff(work) {
        work.need(kernel::Right::DiaryWrite)?;
    }
    if draft.attendee.email.is_none() && draft.attendee.phone.is_none() {
        return Err(Refusal::wanted(
            "attendee",
            "an e-mail address or a telephone number",
            "neither",
        ));
    }
    let held = match &draft.hold {
        Some(token) => Some(opened(work, &draft, token).await?),
        None => None,
    };
    let plan = match &held {
        Some(hold) => plan::of_hold(work, hold).await?,
        None => plan::make(work, &wish(&draft)).await?,
    };
    let staff = diary::is_staff(work);
    if staff {
        let hosts: Vec<ResourceId> = plan.choice.hosts.iter().map(|it| it.resource).collect();
        if draft.source != Source::Online {
            diary::need_write(work, &hosts).await?;
        }
    }
    let answers = std::mem::take(&mut draft.attendee.answers);
    // Staff on the telephone do not know every answer.
    let answers = if staff && answers.is_empty() {
        answers
    } else {
        plan.service.questions.read(answers)?
    };
    let (booking, attendee) = if plan.service.seats > 1 {
        join(work, &plan, (&draft, held.as_ref())).await?
    } else {
        alone(work, &plan, (&draft, held.as_ref())).await?
    };
    write_answers(work, &attendee, answers).await?;
    let link = token::make(work, &booking, attendee.id, Purpose::Manage).await?;
    store::fairness_balance::shift(work, &plan.shifts).await?;
    Ok(BookingMade {
        booking: booking.id,
        attendee: attendee.id,
        link,
    })
}

fn wish(draft: &BookingDraft) -> Wish {
    Wish {
        service: draft.service,
        starts_at: draft.starts_at,
        who: draft.host.map_or(Who::Anybody, Who::With),
        prefer: Vec::new(),
        without: Vec::new(),
        overrides: draft.overrides,
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

/// A booking of its own.
async fn alone(
    work: &Work<Tenant>,
    plan: &Plan,
    (draft, hold): (&BookingDraft, Option<&Hold>),
) -> Result<(Booking, Attendee), Refusal> {
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
    let booking = begin(work, plan, booking).await?;
    let attendee = seated(attendee::blank(work, &booking, 1), &draft.attendee);
    store::attendee::insert_many(work, vec![attendee.clone()]).await?;
    Ok((booking, attendee))
}

/// A seat of a class: the one that a hold keeps, or the next.
async fn join(
    work: &Work<Tenant>,
    plan: &Plan,
    (draft, hold): (&BookingDraft, Option<&Hold>),
) -> Result<(Booking, Attendee), Refusal> {
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
    Ok((after, attendee))
}

/// Makes the session of a class, without anybody yet: waiting for its first seat to be taken, if that is only kept.
pub(crate) async fn begin_session(
    work: &Work<Tenant>,
    plan: &Plan,
    kept_until: Option<DateTime<Utc>>,
) -> Result<Booking, Refusal> {
    let booking = Booking {
        status: if kept_until.is_some() {
            Status::Pending
        } else {
            Status::Confirmed
        },
        expires_at: kept_until,
        pending_occupies: true,
        ..row(work, plan, None).await?
    };
    begin(work, plan, booking).await
}

/// Writes a new booking, who gives it, the time it takes, and whose turn it was.
async fn begin(work: &Work<Tenant>, plan: &Plan, booking: Booking) -> Result<Booking, Refusal> {
    let facts = json!({ "hosts": plan.choice.hosts, "overruled": words(&plan.overruled) });
    let booking = Change::new(What::Created, facts).insert(work, booking).await?;
    write_hosts(work, &booking, &plan.choice).await?;
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
    let hosts = choice.hosts.iter().map(|it| BookingHost {
        organization_id: work.organization(),
        id: work.mint(),
        booking_id: booking.id,
        resource_id: it.resource,
        part: it.part,
        starts_at: booking.starts_at,
    });
    store::insert_many(work, hosts.collect()).await?;
    Ok(())
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
