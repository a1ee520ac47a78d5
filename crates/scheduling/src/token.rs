//! The links that clients carry: bound to one attendee of one booking and one purpose, expiring, revocable.
//!
//! Only hashes are stored. A link can be said again from its id, which is what a repeated answer needs.

use chrono::TimeDelta;
use db::{Reading, ServerKey, Tenant, Token, Work};
use kernel::Id as _;
use kernel::id::{AttendeeId, BookingId, BookingTokenId};
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, BookingChanged, resources};
use crate::diary;
use crate::error::Refusal;
use crate::store;
use crate::word::words;

pub use store::booking_token::Model as BookingToken;

/// How long after the booking's end its links open anything: reviews, invoices, receipts.
pub const GOOD_AFTER_END: TimeDelta = TimeDelta::days(30);

words! {
    /// What a link is good for.
    #[cfg_attr(feature = "graphql", graphql(name = "BookingTokenPurpose"))]
    pub enum Purpose {
        /// To see the booking, move it and call it off.
        Manage = "MANAGE",
        /// To see it.
        View = "VIEW",
    }
}

impl Purpose {
    /// How a link of this purpose begins; so one cannot be taken for the other.
    fn kind(self) -> &'static str {
        match self {
            Self::Manage => "hor_manage_",
            Self::View => "hor_view_",
        }
    }
}

/// A link was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMade {
    /// Which; [`link`] says it.
    pub link: BookingTokenId,
}

/// A link for somebody who takes part in a booking, to be written.
pub(crate) fn row(
    work: &Work<Tenant>,
    booking: &Booking,
    attendee: AttendeeId,
    purpose: Purpose,
) -> BookingToken {
    let id: BookingTokenId = work.mint();
    BookingToken {
        organization_id: work.organization(),
        id,
        booking_id: booking.id,
        attendee_id: attendee,
        purpose,
        digest: work.key().token(purpose.kind(), id.uuid()).digest(),
        expires_at: booking.ends_at + GOOD_AFTER_END,
        revoked_at: None,
        created_at: work.now(),
    }
}

/// Staff make another link for somebody who lost theirs.
///
/// # Errors
/// If the right is missing, or nobody of that id takes part in the booking.
pub async fn make_link(
    work: &Work<Tenant>,
    attendee: AttendeeId,
    purpose: Purpose,
) -> Result<LinkMade, Refusal> {
    let found = store::find::<store::attendee::Entity>(work, &[attendee]).await?;
    let attendee = diary::need_attendee(work, found.first()).await?;
    let booking: Booking = store::hold::<store::booking::Entity>(work, attendee.booking_id).await?;
    let link = row(work, &booking, attendee.id, purpose);
    let made = LinkMade { link: link.id };
    store::insert(work, link).await?;
    Ok(made)
}

/// Says a link again. Whoever calls has checked that it was theirs.
#[must_use]
pub fn link(key: &ServerKey, id: BookingTokenId, purpose: Purpose) -> Token {
    key.token(purpose.kind(), id.uuid())
}

/// Reads text as a link of this purpose.
///
/// # Errors
/// If it is none.
pub fn read_link(text: &str, purpose: Purpose) -> Result<Token, Refusal> {
    Token::read(purpose.kind(), text).ok_or(Refusal::TokenInvalid)
}

/// Reads text as a link of whatever purpose.
///
/// # Errors
/// If it is none.
pub fn read_any_link(text: &str) -> Result<Token, Refusal> {
    read_link(text, Purpose::Manage).or_else(|_| read_link(text, Purpose::View))
}

/// What a link opens. One that manages opens what one that shows would.
///
/// # Errors
/// If it is unknown, expired, revoked, or not good for this.
pub async fn open(
    reading: &Reading<Tenant>,
    link: &Token,
    purpose: Purpose,
) -> Result<BookingToken, Refusal> {
    let found = store::booking_token::by_digest(reading, &link.digest()).await?;
    let good = |it: &BookingToken| {
        it.revoked_at.is_none()
            && reading.now() < it.expires_at
            && (it.purpose == purpose || it.purpose == Purpose::Manage)
    };
    found.filter(good).ok_or(Refusal::TokenInvalid)
}

/// Staff end every link of a booking.
///
/// # Errors
/// If the right is missing.
pub async fn revoke_links(work: &Work<Tenant>, booking: BookingId) -> Result<BookingChanged, Refusal> {
    diary::need_write(work, &resources(work, booking).await?).await?;
    let _: Booking = store::hold::<store::booking::Entity>(work, booking).await?;
    store::booking_token::revoke(work, booking, None).await?;
    Ok(BookingChanged { booking })
}
