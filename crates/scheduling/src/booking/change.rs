//! Writing a change of a booking: the row against its version, its history, the audit line, the event, and what is promised
//! for later.

use db::audit::{Deed, Doer};
use db::{Tenant, Work};
use kernel::id::BookingTokenId;
use kernel::{EventType, Line};
use serde_json::{Value, json};

use super::{Booking, BookingEvent, What, course};
use crate::error::Refusal;
use crate::series;
use crate::store::{self, Insertion};

/// What happened, and what there is to know about it.
#[derive(Debug)]
pub(crate) struct Change {
    pub what: What,
    pub reason: Option<Line>,
    /// Ids, words and instants; nothing personal.
    pub facts: Value,
    /// The link that was used, if a client did it.
    pub link: Option<BookingTokenId>,
}

impl Change {
    pub(crate) fn new(what: What, facts: Value) -> Self {
        Self {
            what,
            reason: None,
            facts,
            link: None,
        }
    }

    /// The journal's word for it.
    fn event(&self) -> EventType {
        match self.what {
            What::Created => EventType::BookingCreated,
            What::Confirmed => EventType::BookingConfirmed,
            What::PaymentRequired => EventType::BookingPaymentRequired,
            What::Rejected => EventType::BookingRejected,
            What::Cancelled => EventType::BookingCancelled,
            What::Expired => EventType::BookingExpired,
            What::Completed => EventType::BookingCompleted,
            What::NoShow => EventType::BookingNoShow,
            What::Moved => EventType::BookingMoved,
            What::Reassigned => EventType::BookingReassigned,
            What::AttendeeAdded => EventType::BookingAttendeeAdded,
            What::AttendeeRemoved => EventType::BookingAttendeeRemoved,
        }
    }

    /// Writes a booking that was just made, and that it was, with whatever rows belong to it.
    pub(crate) async fn insert(
        self,
        work: &Work<Tenant>,
        booking: Booking,
        its: Vec<Insertion>,
    ) -> Result<Booking, Refusal> {
        let mut rows = vec![store::insertion(booking.clone())];
        rows.extend(its);
        self.tell(work, (None, &booking), rows).await?;
        Ok(booking)
    }

    /// Writes a changed booking, counting its version, and what happened.
    pub(crate) async fn write(
        self,
        work: &Work<Tenant>,
        before: &Booking,
        mut after: Booking,
    ) -> Result<Booking, Refusal> {
        after.version = before.version + 1;
        after.updated_at = work.now();
        store::booking::swap(work, before.version, after.clone()).await?;
        series::note(work, after.id, self.what).await?;
        self.tell(work, (Some(before), &after), Vec::new()).await?;
        Ok(after)
    }

    async fn tell(
        self,
        work: &Work<Tenant>,
        (before, after): (Option<&Booking>, &Booking),
        mut beside: Vec<Insertion>,
    ) -> Result<(), Refusal> {
        let what = self.event();
        let by = match self.link {
            Some(link) => Doer {
                kind: "BOOKING_TOKEN",
                id: Some(link.to_string()),
            },
            None if self.what == What::Expired => Doer::time(),
            None => Doer::of(work.actor()),
        };
        let from = before.map(|it| it.status);
        let diff = json!({
            "service": after.service_id, "from": from, "to": after.status, "version": after.version,
            "startsAt": after.starts_at, "endsAt": after.ends_at, "facts": self.facts.clone(),
        });
        let event = BookingEvent {
            organization_id: work.organization(),
            id: work.mint(),
            booking_id: after.id,
            version: after.version,
            what: self.what,
            from_status: from,
            to_status: after.status,
            actor_kind: by.kind.to_owned(),
            actor_id: by.id.clone(),
            reason: self.reason,
            facts: self.facts,
            at: work.now(),
        };
        let promised = course::promise(before, after, work.now()).map(|it| work.promising(it));
        beside.extend(promised.into_iter().chain([store::insertion(event)]));
        let thing = after.id.to_string();
        let version = after.version;
        let deed = Deed {
            what,
            thing,
            version,
            diff,
        };
        work.audit_by(by, deed, beside).await?;
        Ok(())
    }
}
