//! Who takes part: one seat each, numbered, so that the database counts them.
//!
//! What somebody typed when booking is frozen here, whatever the directory of clients says of them; messages about the
//! booking go where it says. Of a class everybody has their own seat, hold and link; a session begins with its first seat,
//! kept or taken, and gives its time back with the last.

mod lapsed;

use chrono::{DateTime, Utc};
use db::{Reading, Tenant, Token, Work};
use kernel::id::{AttendeeId, BookingId, ClientId, HoldId};
use kernel::{Line, Name, Right};
use serde_json::json;

use crate::booking::{self, Booking, BookingChanged, Change, Closing, Event, Party, Status, What};
use crate::diary;
use crate::error::Refusal;
use crate::fairness::Shifts;
use crate::hold::{Hold, Kept};
use crate::patch::expect_version;
use crate::plan::Plan;
use crate::store::{self, attendee as rows};
use crate::token::{self, BookingToken, Purpose};
use crate::waitlist::{self, Freed};
use crate::word::words;

pub use store::attendee::Model as Attendee;

pub(crate) use lapsed::{sweep, sweep_session};

words! {
    /// The state of one seat.
    #[cfg_attr(feature = "graphql", graphql(name = "AttendeeStatus"))]
    pub enum AttendeeStatus {
        /// Kept for whoever is about to take it.
        Held = "HELD",
        /// Somebody's.
        Confirmed = "CONFIRMED",
        /// Nobody's any more.
        Cancelled = "CANCELLED",
    }
}

impl Attendee {
    /// Whether the seat is kept or taken, whatever its row still says.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        match self.status {
            // A seat that is offered to somebody who waits is kept until the offer is ended.
            AttendeeStatus::Held => self.expires_at.is_none_or(|at| now < at),
            AttendeeStatus::Confirmed => true,
            AttendeeStatus::Cancelled => false,
        }
    }
}

/// The lowest seat that nobody has.
fn free_seat(seats: i64, taken: &[Attendee]) -> Option<i64> {
    (1..=seats).find(|seat| !taken.iter().any(|it| it.seat_no == Some(*seat)))
}

/// A booking that is held, its live attendees, and the number of a seat that nobody has. Seats whose hold has lapsed are
/// cleared on the way.
pub(crate) async fn next_seat(work: &Work<Tenant>, booking: &Booking) -> Result<i64, Refusal> {
    let all = rows::hold_of(work, booking.id).await?;
    let (live, lapsed): (Vec<Attendee>, Vec<Attendee>) = all
        .into_iter()
        .filter(|it| it.seat_no.is_some())
        .partition(|it| it.is_live(work.now()));
    lapsed::forget(work, &lapsed).await?;
    free_seat(booking.seats, &live).ok_or(Refusal::SeatsFull)
}

/// Keeps a seat: of the session that takes place already, or of one that begins with it.
pub(crate) async fn hold_seat(
    work: &Work<Tenant>,
    plan: &Plan,
    (mut hold, kept): (Hold, Kept),
) -> Result<(), Refusal> {
    let expires_at = kept.frees_itself_at();
    let session = match plan.session {
        Some(id) => store::hold::<store::booking::Entity>(work, id).await?,
        None => booking::begin_session(work, plan, Some(kept)).await?,
    };
    let seat = next_seat(work, &session).await?;
    hold.booking_id = Some(session.id);
    let seat = Attendee {
        hold_id: Some(hold.id),
        expires_at,
        status: AttendeeStatus::Held,
        ..blank(work, &session, seat)
    };
    store::insert(work, hold).await?;
    let joined = seat.id;
    rows::insert_many(work, vec![seat]).await?;
    let mut after = session.clone();
    if session.status == Status::Pending {
        after.expires_at = later(session.expires_at, expires_at);
        store::occupancy::expire_at(work, kernel::Id::uuid(session.id), after.expires_at).await?;
    }
    let facts = json!({ "attendee": joined, "held": true });
    Change::new(What::AttendeeAdded, facts)
        .write(work, &session, after)
        .await?;
    Ok(())
}

/// The later of two ends; what has none never ends.
fn later(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    Some(one?.max(other?))
}

/// A seat of a booking, nobody's yet.
pub(crate) fn blank(work: &Work<Tenant>, booking: &Booking, seat: i64) -> Attendee {
    Attendee {
        organization_id: work.organization(),
        id: work.mint(),
        booking_id: booking.id,
        seats: booking.seats,
        seat_no: Some(seat),
        status: AttendeeStatus::Confirmed,
        name: None,
        email: None,
        phone: None,
        client_id: None,
        conflicting_client_id: None,
        hold_id: None,
        search: None,
        price_minor: booking.price_minor,
        currency: booking.currency.clone(),
        expires_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    }
}

/// The seat that a hold keeps, in a session that is held.
pub(crate) async fn held_seat(
    work: &Work<Tenant>,
    session: BookingId,
    hold: HoldId,
) -> Result<Attendee, Refusal> {
    let all = rows::hold_of(work, session).await?;
    let kept = |it: &Attendee| it.hold_id == Some(hold) && it.is_live(work.now());
    all.into_iter().find(kept).ok_or(Refusal::HoldGone)
}

/// Gives up the seat that a hold keeps, and the session if it was the last.
pub(crate) async fn let_seat_go(
    work: &Work<Tenant>,
    session: BookingId,
    hold: HoldId,
) -> Result<(), Refusal> {
    let before: Booking = store::hold::<store::booking::Entity>(work, session).await?;
    let seat = held_seat(work, session, hold).await?;
    rows::delete(work, &[seat.id]).await?;
    let facts = json!({ "attendee": seat.id, "held": true });
    let gone = Change::new(What::AttendeeRemoved, facts);
    let mut after = before.clone();
    if before.status == Status::Pending {
        // It waits for the last of those who are left: what was offered had no end.
        let left = rows::hold_of(work, session).await?;
        let left = left.iter().filter(|it| it.is_live(work.now()));
        if let Some(end) = left.map(|it| it.expires_at).reduce(later) {
            after.expires_at = end;
            store::occupancy::expire_at(work, kernel::Id::uuid(session), end).await?;
        }
    }
    let after = gone.write(work, &before, after).await?;
    let shifts = end_if_empty(work, after).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    Ok(())
}

/// Everybody leaves a booking that no longer takes place.
pub(crate) async fn dismiss(work: &Work<Tenant>, booking: BookingId) -> Result<(), Refusal> {
    let all = rows::hold_of(work, booking).await?;
    let seated = all.into_iter().filter(|it| it.seat_no.is_some());
    let (held, taken): (Vec<Attendee>, Vec<Attendee>) =
        seated.partition(|it| it.status == AttendeeStatus::Held);
    lapsed::forget(work, &held).await?;
    let holds: Vec<HoldId> = held.iter().filter_map(|it| it.hold_id).collect();
    waitlist::withdraw(work, &holds).await?;
    for attendee in taken {
        stand_up(work, attendee).await?;
    }
    Ok(())
}

async fn stand_up(work: &Work<Tenant>, mut attendee: Attendee) -> Result<(), Refusal> {
    attendee.status = AttendeeStatus::Cancelled;
    attendee.seat_no = None;
    attendee.updated_at = work.now();
    store::save(work, attendee).await?;
    Ok(())
}

/// A client gives up their seat in a class, with the link that came with it.
pub(crate) async fn leave(work: &Work<Tenant>, link: &BookingToken, how: Closing) -> Result<(), Refusal> {
    let freed = waiting_for(work, link.booking_id).await?;
    let before: Booking = store::hold::<store::booking::Entity>(work, link.booking_id).await?;
    before.state().after(Event::Cancel, Party::Client, work.now())?;
    let change = Change {
        link: Some(link.id),
        ..Change::new(What::AttendeeRemoved, json!({ "attendee": link.attendee_id }))
    };
    vacate(work, (before, freed), link.attendee_id, (change, how)).await
}

/// Whoever waits for a seat of a session: what offering it needs is held before the session is.
async fn waiting_for(work: &Work<Tenant>, session: BookingId) -> Result<Option<Freed>, Refusal> {
    let seen = store::find::<store::booking::Entity>(work, &[session]).await?;
    let seen = seen.into_iter().next().ok_or(Refusal::NotFound("booking"))?;
    waitlist::prepare(work, seen.service_id, seen.starts_at).await
}

/// Staff take somebody out of a class.
///
/// # Errors
/// If the right is missing, nobody of that id takes part, or the session has ended.
pub async fn remove_attendee(
    work: &Work<Tenant>,
    attendee: AttendeeId,
    how: Closing,
) -> Result<BookingChanged, Refusal> {
    let found = store::find::<rows::Entity>(work, &[attendee]).await?;
    let booking = diary::need_attendee(work, found.first()).await?.booking_id;
    let freed = waiting_for(work, booking).await?;
    let before: Booking = store::hold::<store::booking::Entity>(work, booking).await?;
    before.state().after(Event::Cancel, Party::Staff, work.now())?;
    let change = Change::new(What::AttendeeRemoved, json!({ "attendee": attendee }));
    vacate(work, (before, freed), attendee, (change, how)).await?;
    Ok(BookingChanged { booking })
}

/// Empties one seat of a booking that is held, and offers it to whoever waits; with the last one it ends.
async fn vacate(
    work: &Work<Tenant>,
    (before, freed): (Booking, Option<Freed>),
    attendee: AttendeeId,
    (change, how): (Change, Closing),
) -> Result<(), Refusal> {
    expect_version(how.expected_version, before.version)?;
    let all = rows::hold_of(work, before.id).await?;
    let theirs = |it: &Attendee| it.id == attendee && it.status == AttendeeStatus::Confirmed;
    let seated = all.into_iter().find(theirs);
    stand_up(work, seated.ok_or(Refusal::NotFound("attendee"))?).await?;
    store::booking_token::revoke(work, before.id, Some(attendee)).await?;
    let change = Change {
        reason: how.reason,
        ..change
    };
    let mut after = change.write(work, &before, before.clone()).await?;
    if waitlist::offer_next(work, freed).await? {
        after = store::hold::<store::booking::Entity>(work, before.id).await?;
    }
    let shifts = end_if_empty(work, after).await?;
    store::fairness_balance::shift(work, &shifts).await?;
    Ok(())
}

/// A session without anybody gives its time back.
async fn end_if_empty(work: &Work<Tenant>, before: Booking) -> Result<Shifts, Refusal> {
    let all = rows::of(work, &[before.id]).await?;
    if all.iter().any(|it| it.is_live(work.now())) {
        return Ok(Shifts::default());
    }
    let mut after = before.clone();
    after.status = before.state().after(Event::Cancel, Party::Staff, work.now())?;
    after.expires_at = None;
    after.closed_at = Some(work.now());
    after.closed_reason = "the last attendee left".parse::<Line>().ok();
    let change = Change::new(What::Cancelled, json!({ "isEmpty": true }));
    let after = change.write(work, &before, after).await?;
    booking::let_go(work, &after).await
}

/// Everybody in some bookings that the caller may see: what staff see.
///
/// # Errors
/// If the database refuses.
pub async fn attendees(reading: &Reading<Tenant>, bookings: &[BookingId]) -> Result<Vec<Attendee>, Refusal> {
    Ok(rows::of(reading, bookings).await?)
}

/// Which clients are to be sorted out, of some: pairs that were typed as one person and that the directory knows as two, by
/// the address and by the telephone number.
///
/// # Errors
/// If the right is missing.
pub async fn conflicts_of(
    reading: &Reading<Tenant>,
    clients: &[ClientId],
) -> Result<Vec<(ClientId, ClientId)>, Refusal> {
    reading.need(Right::ClientsRead)?;
    Ok(rows::conflicts(reading, clients).await?)
}

/// What somebody who takes part sees of the others: names, if the service says so, and otherwise nothing at all.
///
/// # Errors
/// If the link is no good.
pub async fn fellow_attendees(reading: &Reading<Tenant>, link: &Token) -> Result<Vec<Name>, Refusal> {
    let opened = token::open(reading, link, Purpose::View).await?;
    let found = store::find::<store::booking::Entity>(reading, &[opened.booking_id]).await?;
    let booking = found.into_iter().next().ok_or(Refusal::TokenInvalid)?;
    let service = store::find::<store::service::Entity>(reading, &[booking.service_id]).await?;
    if !service.iter().any(|it| it.shows_attendees) {
        return Ok(Vec::new());
    }
    let all = rows::of(reading, &[booking.id]).await?;
    let others = all
        .into_iter()
        .filter(|it| it.id != opened.attendee_id && it.status == AttendeeStatus::Confirmed);
    Ok(others.filter_map(|it| it.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seated(seat_no: i64) -> Attendee {
        Attendee {
            organization_id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            booking_id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            seats: 3,
            seat_no: Some(seat_no),
            status: AttendeeStatus::Confirmed,
            name: None,
            email: None,
            phone: None,
            client_id: None,
            conflicting_client_id: None,
            hold_id: None,
            search: None,
            price_minor: 0,
            currency: "EUR".parse().unwrap(),
            expires_at: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_lowest_free_seat_is_given_until_there_is_none() {
        assert_eq!(free_seat(3, &[]), Some(1));
        assert_eq!(free_seat(3, &[seated(1), seated(3)]), Some(2));
        assert_eq!(free_seat(3, &[seated(3), seated(2), seated(1)]), None);
    }

    #[test]
    fn a_seat_is_kept_until_its_moment_and_not_at_it() {
        let held = Attendee {
            status: AttendeeStatus::Held,
            expires_at: Some(DateTime::UNIX_EPOCH),
            ..seated(1)
        };
        assert!(held.is_live(DateTime::UNIX_EPOCH - chrono::TimeDelta::microseconds(1)));
        assert!(!held.is_live(DateTime::UNIX_EPOCH));
    }

    #[test]
    fn a_seat_that_is_offered_does_not_lapse_and_ends_after_all_that_do() {
        let offered = Attendee {
            status: AttendeeStatus::Held,
            ..seated(1)
        };
        assert!(offered.is_live(DateTime::<Utc>::MAX_UTC));
        let [soon, late] = [1, 2].map(|it| DateTime::from_timestamp(it, 0));
        assert_eq!(later(soon, late), late);
        assert_eq!(later(late, soon), late);
        assert_eq!((later(None, late), later(late, None)), (None, None));
    }
}
