//! What time does to a booking: it expires when nobody answers, is told to be reminded of, is noted as having taken place.
//!
//! One promise at a time stands for the next of these. It is made when a booking is made, and moved when its state or its
//! time changes; the row decides, so whatever comes late changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use db::audit::Deed;
use db::timer::Promise;
use db::{Tenant, Work};
use kernel::EventType;
use kernel::id::BookingId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Booking, Status, lifecycle};
use crate::error::Refusal;
use crate::store;

/// How the promise is called.
pub const COURSE: &str = "booking.course";

/// How long after its end a booking that nobody noted anything about is noted as having taken place.
pub const COMPLETED_AFTER: TimeDelta = TimeDelta::hours(24);

/// Where time has come to with a booking: whatever of its course was due until then has been done, or was never to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Expire,
    Remind(u32),
    Complete,
}

impl Booking {
    /// What time does next, after this moment, and when. What waits expires and what stands is completed however late it is.
    fn turn(&self, after: DateTime<Utc>) -> Option<(DateTime<Utc>, Turn)> {
        match self.status {
            Status::Pending | Status::PendingPayment => self.expires_at.map(|at| (at, Turn::Expire)),
            Status::Confirmed => {
                let reminders = self.reminders.minutes_before().iter();
                let mut moments = reminders.map(|it| (self.remind_at(*it), Turn::Remind(*it)));
                let next = moments.find(|(at, _)| *at > after);
                Some(next.unwrap_or((self.ends_at + COMPLETED_AFTER, Turn::Complete)))
            }
            Status::Completed | Status::NoShow | Status::Cancelled | Status::Rejected | Status::Expired => {
                None
            }
        }
    }

    fn remind_at(&self, minutes_before: u32) -> DateTime<Utc> {
        self.starts_at - TimeDelta::minutes(i64::from(minutes_before))
    }

    /// The reminder to tell now, of those that were due since: the nearest to the start, and none once it has begun.
    fn reminder(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> Option<u32> {
        if self.status != Status::Confirmed || self.starts_at <= now {
            return None;
        }
        let due = |it: &&u32| since < self.remind_at(**it) && self.remind_at(**it) <= now;
        self.reminders.minutes_before().iter().rfind(due).copied()
    }

    /// Whether time takes another course with it than it did before.
    fn differs_from(&self, before: &Self) -> bool {
        let of = |it: &Self| (it.status, it.expires_at, it.starts_at, it.ends_at);
        of(self) != of(before)
    }
}

/// The promise that follows from a change, if it is another one.
pub(super) fn promise(before: Option<&Booking>, after: &Booking, now: DateTime<Utc>) -> Option<Promise> {
    if before.is_some_and(|it| !after.differs_from(it)) {
        return None;
    }
    let (due_at, _) = after.turn(now)?;
    Some(Promise {
        kind: COURSE,
        subject: after.id.to_string(),
        payload: json!(Course { until: now }),
        due_at,
    })
}

/// Does what time has come to with a booking, and says when it is to be looked at again and what must be known then.
///
/// # Errors
/// If the booking is not there.
pub async fn keep_course(
    work: &Work<Tenant>,
    id: BookingId,
    course: Course,
) -> Result<Option<(DateTime<Utc>, Value)>, Refusal> {
    let booking: Booking = store::hold::<store::booking::Entity>(work, id).await?;
    let now = work.now();
    if let Some(minutes_before) = booking.reminder(course.until, now) {
        remind(work, &booking, minutes_before).await?;
    }
    let booking = match booking.turn(now) {
        Some((at, Turn::Expire)) if at <= now => {
            lifecycle::expire_one(work, id).await?;
            None
        }
        Some((at, Turn::Complete)) if at <= now => {
            lifecycle::complete_by_time(work, id).await?;
            None
        }
        Some(_) | None => Some(booking),
    };
    let next = booking.and_then(|it| it.turn(now));
    Ok(next.map(|(due_at, _)| (due_at, json!(Course { until: now }))))
}

async fn remind(work: &Work<Tenant>, booking: &Booking, minutes_before: u32) -> Result<(), Refusal> {
    let diff = json!({
        "service": booking.service_id, "startsAt": booking.starts_at, "endsAt": booking.ends_at,
        "minutesBefore": minutes_before,
    });
    work.tell(Deed {
        what: EventType::BookingReminded,
        thing: booking.id.to_string(),
        version: booking.version,
        diff,
    })
    .await?;
    Ok(())
}
