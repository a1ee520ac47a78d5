//! What cancelling a booking costs, told before anybody decides: from what was frozen when it was booked.

use chrono::{DateTime, TimeDelta, Utc};
use db::{Reading, Tenant, Token};
use kernel::Money;
use kernel::id::BookingId;

use super::{Booking, Event, Party, Status, cancellation_fee};
use crate::cancellation::Tiers;
use crate::diary;
use crate::error::Refusal;
use crate::store;
use crate::token::{self, Purpose};

/// What cancelling would cost the client at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancellationQuote {
    /// Of which booking.
    pub booking: BookingId,
    /// What it costs.
    pub fee: Money,
    /// What percent of the price that is.
    pub fee_percent: u32,
    /// What the booking cost: of one seat, if it has several.
    pub price: Money,
    /// The fees that were agreed on when it was booked.
    pub tiers: Tiers,
    /// Until when it costs so much; nothing if it never costs more.
    pub holds_until: Option<DateTime<Utc>>,
    /// As of when.
    pub quoted_at: DateTime<Utc>,
}

impl CancellationQuote {
    /// What cancelling costs now. Only what is confirmed costs anything: a request is taken back for nothing.
    fn of(booking: &Booking, party: Party, now: DateTime<Utc>) -> Result<Self, Refusal> {
        booking.state().after(Event::Cancel, party, now)?;
        let (price, tiers) = (booking.price(), booking.cancellation_tiers.clone());
        let is_confirmed = booking.status == Status::Confirmed;
        let fee = cancellation_fee(booking, now);
        let free = Money::new(0, price.currency().clone());
        Ok(Self {
            booking: booking.id,
            fee: if is_confirmed { fee } else { free },
            fee_percent: if is_confirmed {
                tiers.fee_percent(booking.starts_at, now)
            } else {
                0
            },
            holds_until: is_confirmed
                .then(|| tiers.rises_at(booking.starts_at, now))
                .flatten(),
            price,
            tiers,
            quoted_at: now,
        })
    }
}

impl Tiers {
    /// When cancelling begins to cost more than now; nothing if it never does.
    #[must_use]
    pub fn rises_at(&self, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let percent = self.fee_percent(starts_at, now);
        // A tier holds until its very hour; what comes after the lowest is the highest fee.
        let ends = self.as_slice().iter().filter_map(|it| {
            let end = starts_at.checked_sub_signed(TimeDelta::hours(i64::from(it.hours_before)))?;
            let after = end.checked_add_signed(TimeDelta::microseconds(1))?;
            (end >= now && self.fee_percent(starts_at, after) > percent).then_some(end)
        });
        ends.min()
    }
}

/// What it would cost the client to cancel a booking now, for staff who may see it.
///
/// # Errors
/// If the right is missing, the booking is not there, or it can be cancelled no more.
pub async fn cancellation_quote(
    reading: &Reading<Tenant>,
    booking: BookingId,
) -> Result<CancellationQuote, Refusal> {
    diary::need_read(reading, &super::resources(reading, booking).await?).await?;
    quoted(reading, booking, Party::Staff).await
}

/// The same for whoever holds the link of the booking.
///
/// # Errors
/// If the link is no good, or the booking can be cancelled no more.
pub async fn cancellation_quote_by_link(
    reading: &Reading<Tenant>,
    link: &Token,
) -> Result<CancellationQuote, Refusal> {
    let opened = token::open(reading, link, Purpose::View).await?;
    quoted(reading, opened.booking_id, Party::Client).await
}

async fn quoted(
    reading: &Reading<Tenant>,
    booking: BookingId,
    party: Party,
) -> Result<CancellationQuote, Refusal> {
    let found = store::find::<store::booking::Entity>(reading, &[booking]).await?;
    let booking = found.first().ok_or(Refusal::NotFound("booking"))?;
    CancellationQuote::of(booking, party, reading.now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancellation::Tier;

    #[test]
    fn a_quote_holds_until_cancelling_costs_more() {
        let tier = |(hours_before, fee_percent): (u32, u32)| Tier {
            hours_before,
            fee_percent,
        };
        let tiers = Tiers::new([(48, 0), (24, 50), (2, 50), (0, 100)].map(tier).to_vec()).unwrap();
        let start: DateTime<Utc> = "2026-03-10T12:00:00Z".parse().unwrap();
        let rises = |hours: i64| {
            let now = start - TimeDelta::hours(hours);
            tiers.rises_at(start, now).map(|at| (start - at).num_hours())
        };
        // Between the tiers at 24 and 2 hours nothing changes.
        assert_eq!([72, 48, 47, 24, 2].map(rises), [48, 48, 2, 2, 2].map(Some));
        assert_eq!([1, 0, -1].map(rises), [None; 3]);
    }
}
