//! The audit of the promise that nobody is booked twice: the same query in the tests and on a live system.

use db::{Reading, Tenant};
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::store;

/// What must all be nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Pairs of occupancies of one resource and lane that overlap.
    pub overlaps: i64,
    /// Occupancies whose hold, booking or block is not there, takes no time or does not take that resource, and whatever takes
    /// time without any.
    pub orphans: i64,
    /// Sessions with more live attendees than seats.
    pub seats_over: i64,
}

impl Audit {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Looks at everything that one organization has booked.
///
/// # Errors
/// If the database refuses.
pub async fn audit(reading: &Reading<Tenant>) -> Result<Audit, Refusal> {
    Ok(store::occupancy::audit(reading).await?)
}
