//! Writing a change of a booking: the row against its version, the event, the audit line.

use db::audit::Deed;
use db::{Tenant, Work};
use kernel::id::BookingTokenId;
use kernel::{Actor, Line};
use serde_json::{Value, json};

use super::{Booking, BookingEvent, What};
use crate::error::Refusal;
use crate::series;
use crate::store;

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

    /// The audit log's word for it.
    fn action(&self) -> &'static str {
        match self.what {
            What::Created => "booking.created",
            What::Confirmed => "booking.confirmed",
            What::PaymentRequired => "booking.payment_required",
            What::Rejected => "booking.rejected",
            What::Cancelled => "booking.cancelled",
            What::Expired => "booking.expired",
            What::Completed => "booking.completed",
            What::NoShow => "booking.no_show",
            What::Moved => "booking.moved",
            What::Reassigned => "booking.reassigned",
            What::AttendeeAdded => "booking.attendee_added",
            What::AttendeeRemoved => "booking.attendee_removed",
        }
    }

    /// Writes a booking that was just made, and that it was.
    pub(crate) async fn insert(self, work: &Work<Tenant>, booking: Booking) -> Result<Booking, Refusal> {
        store::insert(work, booking.clone()).await?;
        self.tell(work, None, &booking).await?;
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
        self.tell(work, Some(before), &after).await?;
        Ok(after)
    }

    async fn tell(
        self,
        work: &Work<Tenant>,
        before: Option<&Booking>,
        after: &Booking,
    ) -> Result<(), Refusal> {
        let action = self.action();
        let (kind, id) = match self.link {
            Some(link) => ("BOOKING_TOKEN", Some(link.to_string())),
            None if self.what == What::Expired => ("SYSTEM", Actor::System(kernel::SystemKind::Worker).id()),
            None => (work.actor().kind(), work.actor().id()),
        };
        let from = before.map(|it| it.status);
        let diff = json!({
            "from": from, "to": after.status, "version": after.version, "facts": self.facts.clone(),
        });
        let event = BookingEvent {
            organization_id: work.organization(),
            id: work.mint(),
            booking_id: after.id,
            version: after.version,
            what: self.what,
            from_status: from,
            to_status: after.status,
            actor_kind: kind.to_owned(),
            actor_id: id,
            reason: self.reason,
            facts: self.facts,
            at: work.now(),
        };
        store::insert(work, event).await?;
        let entity = after.id.to_string();
        work.audit(Deed { action, entity, diff }).await?;
        Ok(())
    }
}
