//! Appointments: made, answered, moved, given to somebody else, ended.
//!
//! Every change is a row of `booking_events` with the version that it led to, in the same transaction. What a booking cost,
//! where it is and what cancelling it costs are as they were when it was booked, whatever happens to the service later.
//!
//! **Invariant:** [`status::State::after`] decides every transition; [`Status::occupies`] alone says which states take time.
//! **Invariant:** a change is written against the version that was read, under the row's lock.

mod change;
mod course;
mod create;
mod draft;
mod lifecycle;
mod quote;
mod read;
mod reassign;
mod shift;
pub mod status;
mod swap;

use kernel::id::{BookingId, BookingTokenId};
use serde::{Deserialize, Serialize};

use crate::store;
use crate::word::words;

pub use course::{COMPLETED_AFTER, COURSE, Course, keep_course};
pub use create::{create, create_and_show};
pub use draft::{AttendeeDraft, BookingDraft, Overrides};
pub use lifecycle::{
    Closing, SWEPT_MAX, cancel, cancel_by_token, cancellation_fee, complete, confirm, expire_lapsed,
    mark_no_show, reject, require_payment,
};
pub use quote::{CancellationQuote, cancellation_quote, cancellation_quote_by_link};
pub use read::{
    BookingFilter, booking_by_link, booking_events, booking_hosts, bookings, count_booking_events,
    count_bookings, find_bookings,
};
pub use reassign::{Assignment, Reassign, explain_assignment, reassign};
pub use shift::{Shift, shift, shift_by_token};
pub use status::{CORRECTABLE_FOR, Event, Party, State, Status};
pub use store::booking::{Entity as Bookings, Model as Booking};
pub use store::booking_event::{Entity as BookingEvents, Model as BookingEvent};
pub use store::booking_host::Model as BookingHost;
pub use swap::{BookingsSwapped, Exchange, Side, Swap, swap};

pub(crate) use change::Change;
pub(crate) use create::{answered, begin_session, may_book, may_give, write};
pub(crate) use lifecycle::{call_off, expire, let_go};
pub(crate) use read::{resources, still_takes};
pub(crate) use reassign::{SAME_TIME, StandIn, hand_over, stand_in, turns_of};
pub(crate) use shift::{movable, moved, put, settle};

words! {
    /// How a booking came in.
    #[cfg_attr(feature = "graphql", graphql(name = "BookingSource"))]
    pub enum Source {
        /// The client booked it.
        Online = "ONLINE",
        /// The client came by.
        WalkIn = "WALK_IN",
        /// The client called.
        Phone = "PHONE",
        /// Staff made it.
        Admin = "ADMIN",
    }
}

words! {
    /// What happened to a booking.
    #[cfg_attr(feature = "graphql", graphql(name = "BookingEventKind"))]
    pub enum What {
        /// It was made.
        Created = "CREATED",
        /// Somebody said yes, or paid.
        Confirmed = "CONFIRMED",
        /// It is to be paid first.
        PaymentRequired = "PAYMENT_REQUIRED",
        /// Staff said no.
        Rejected = "REJECTED",
        /// It was called off.
        Cancelled = "CANCELLED",
        /// Nobody answered in time.
        Expired = "EXPIRED",
        /// It took place.
        Completed = "COMPLETED",
        /// The client did not come.
        NoShow = "NO_SHOW",
        /// It takes place at another time.
        Moved = "MOVED",
        /// Somebody else gives it.
        Reassigned = "REASSIGNED",
        /// Somebody joined, or is about to.
        AttendeeAdded = "ATTENDEE_ADDED",
        /// Somebody left.
        AttendeeRemoved = "ATTENDEE_REMOVED",
    }
}

/// A booking was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingMade {
    /// Which; of a class, the session that was joined.
    pub booking: BookingId,
    /// Who takes part.
    pub attendee: kernel::id::AttendeeId,
    /// The client's link to manage it; [`crate::token::link`] says it again.
    pub link: BookingTokenId,
}

/// A booking was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingChanged {
    /// Which.
    pub booking: BookingId,
}
