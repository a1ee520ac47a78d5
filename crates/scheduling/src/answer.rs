//! What attendees answered to the questions of a service. The questions themselves say what an answer is.

use db::{Reading, Tenant};
use kernel::id::BookingId;

use crate::error::Refusal;
use crate::store;

pub use store::booking_answer::Model as BookingAnswer;

/// The answers given in some bookings that the caller may see.
///
/// # Errors
/// If the database refuses.
pub async fn answers(
    reading: &Reading<Tenant>,
    bookings: &[BookingId],
) -> Result<Vec<BookingAnswer>, Refusal> {
    Ok(store::booking_answer::of(reading, bookings).await?)
}
