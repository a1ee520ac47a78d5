//! What state a booking is in, and what can happen to it there.
//!
//! **Invariant:** pure. [`State::after`] decides every transition, and [`Status::occupies`] alone says which states take time.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Refusal;
use crate::word::words;

/// How long staff may mend a session that was noted as held or missed by mistake.
pub const CORRECTABLE_FOR: TimeDelta = TimeDelta::days(7);

words! {
    /// The state of a booking.
    #[cfg_attr(feature = "graphql", graphql(name = "BookingStatus"))]
    pub enum Status {
        /// Asked for, and waiting for somebody's yes.
        Pending = "PENDING",
        /// Waiting for money.
        PendingPayment = "PENDING_PAYMENT",
        /// It will take place.
        Confirmed = "CONFIRMED",
        /// It took place.
        Completed = "COMPLETED",
        /// The client did not come.
        NoShow = "NO_SHOW",
        /// Somebody called it off.
        Cancelled = "CANCELLED",
        /// Staff said no.
        Rejected = "REJECTED",
        /// Nobody answered in time.
        Expired = "EXPIRED",
    }
}

impl Status {
    /// Whether a booking in this state takes its time. Nothing else says so.
    #[must_use]
    pub fn occupies(self, pending_occupies: bool) -> bool {
        match self {
            Self::Pending => pending_occupies,
            Self::PendingPayment | Self::Confirmed | Self::Completed | Self::NoShow => true,
            Self::Cancelled | Self::Rejected | Self::Expired => false,
        }
    }

    /// Whether it may still become anything: what waits or is to come.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::PendingPayment | Self::Confirmed => true,
            Self::Completed | Self::NoShow | Self::Cancelled | Self::Rejected | Self::Expired => false,
        }
    }
}

words! {
    /// What can happen to a booking.
    pub enum Event {
        /// Staff say yes, or the money has come.
        Confirm = "CONFIRM",
        /// Staff say yes, and it is to be paid first.
        RequirePayment = "REQUIRE_PAYMENT",
        /// Staff say no.
        Reject = "REJECT",
        /// Somebody calls it off.
        Cancel = "CANCEL",
        /// Its time to be answered or paid has passed.
        Expire = "EXPIRE",
        /// It took place.
        Complete = "COMPLETE",
        /// The client did not come.
        MarkNoShow = "MARK_NO_SHOW",
    }
}

words! {
    /// On whose behalf something happens.
    pub enum Party {
        /// Whoever is booked for it, and whoever booked it.
        Client = "CLIENT",
        /// The organization.
        Staff = "STAFF",
        /// The passing of time.
        Time = "TIME",
    }
}

/// As much of a booking as decides what can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Until when it waits for an answer or for money.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    pub closed_at: Option<DateTime<Utc>>,
}

impl State {
    /// Whether it has waited too long, whatever its row still says.
    #[must_use]
    pub fn has_lapsed(&self, now: DateTime<Utc>) -> bool {
        matches!(self.status, Status::Pending | Status::PendingPayment)
            && self.expires_at.is_some_and(|at| at <= now)
    }

    /// The state as a reader sees it: what has waited too long has expired, though nobody has written so yet.
    #[must_use]
    pub fn seen(&self, now: DateTime<Utc>) -> Status {
        if self.has_lapsed(now) {
            Status::Expired
        } else {
            self.status
        }
    }

    /// The state after an event.
    ///
    /// # Errors
    /// If the event cannot happen in this state, on behalf of this party, or at this moment.
    pub fn after(&self, event: Event, party: Party, now: DateTime<Utc>) -> Result<Status, Refusal> {
        if event != Event::Expire && self.has_lapsed(now) {
            return Err(Refusal::Lapsed);
        }
        let to = self.target(event).ok_or(Refusal::NotFrom {
            event,
            status: self.status,
        })?;
        if !may(party, event) {
            return Err(Refusal::NotTheirs { event, party });
        }
        let began = self.starts_at <= now;
        match (to, party) {
            (Status::Expired, _) if !self.has_lapsed(now) => Err(Refusal::NotLapsed),
            (Status::Completed | Status::NoShow, _) if !began => Err(Refusal::NotBegun),
            (Status::Completed | Status::NoShow, _) if !self.is_correctable(now) => {
                Err(Refusal::TooLateToCorrect)
            }
            // Time notes what nobody has noted; it mends nothing.
            (Status::Completed, Party::Time) if self.status != Status::Confirmed => {
                Err(Refusal::NotTheirs { event, party })
            }
            (Status::Cancelled, Party::Client) if began => Err(Refusal::Begun),
            _ => Ok(to),
        }
    }

    /// Where an event leads from here, if anywhere.
    fn target(&self, event: Event) -> Option<Status> {
        use Status::{Cancelled, Completed, Confirmed, Expired, NoShow, Pending, PendingPayment, Rejected};
        match (self.status, event) {
            (Pending | PendingPayment, Event::Confirm) => Some(Confirmed),
            (Pending, Event::RequirePayment) => Some(PendingPayment),
            (Pending, Event::Reject) => Some(Rejected),
            (Pending | PendingPayment | Confirmed, Event::Cancel) => Some(Cancelled),
            (Pending | PendingPayment, Event::Expire) => Some(Expired),
            (Confirmed | NoShow, Event::Complete) => Some(Completed),
            (Confirmed | Completed, Event::MarkNoShow) => Some(NoShow),
            _ => None,
        }
    }

    /// Whether what was noted about a session may be noted otherwise; what was never noted may be.
    fn is_correctable(&self, now: DateTime<Utc>) -> bool {
        self.closed_at.is_none_or(|at| now <= at + CORRECTABLE_FOR)
    }
}

/// Who may bring an event about at all; rights are asked for before.
fn may(party: Party, event: Event) -> bool {
    match party {
        Party::Staff => event != Event::Expire,
        Party::Client => event == Event::Cancel,
        Party::Time => matches!(event, Event::Expire | Event::Complete),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    /// Begins at 100 and, while it waits, waits until 50; what has ended, ended at 101.
    fn state(status: Status) -> State {
        let waits = matches!(status, Status::Pending | Status::PendingPayment);
        State {
            status,
            starts_at: at(100),
            expires_at: waits.then(|| at(50)),
            closed_at: (!status.is_open()).then(|| at(101)),
        }
    }

    /// The table of the domain, written out once more.
    fn allowed(status: Status) -> &'static [(Event, Status)] {
        use Event::{Cancel, Complete, Confirm, Expire, MarkNoShow, Reject, RequirePayment};
        match status {
            Status::Pending => &[
                (Confirm, Status::Confirmed),
                (RequirePayment, Status::PendingPayment),
                (Reject, Status::Rejected),
                (Cancel, Status::Cancelled),
                (Expire, Status::Expired),
            ],
            Status::PendingPayment => &[
                (Confirm, Status::Confirmed),
                (Cancel, Status::Cancelled),
                (Expire, Status::Expired),
            ],
            Status::Confirmed => &[
                (Cancel, Status::Cancelled),
                (Complete, Status::Completed),
                (MarkNoShow, Status::NoShow),
            ],
            Status::Completed => &[(MarkNoShow, Status::NoShow)],
            Status::NoShow => &[(Complete, Status::Completed)],
            Status::Cancelled | Status::Rejected | Status::Expired => &[],
        }
    }

    /// A moment and a party at which the event can happen, if it can at all.
    fn occasion(event: Event) -> (Party, DateTime<Utc>) {
        match event {
            Event::Expire => (Party::Time, at(50)),
            Event::Complete | Event::MarkNoShow => (Party::Staff, at(102)),
            Event::Confirm | Event::RequirePayment | Event::Reject | Event::Cancel => (Party::Staff, at(49)),
        }
    }

    #[test]
    fn every_pair_of_state_and_event_is_as_the_table_says() {
        for status in Status::ALL {
            for event in Event::ALL {
                let (party, now) = occasion(*event);
                let told = allowed(*status).iter().find(|(it, _)| it == event).map(|it| it.1);
                let found = state(*status).after(*event, party, now);
                assert_eq!(
                    found.as_ref().ok().copied(),
                    told,
                    "{status:?} {event:?}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_client_may_only_cancel_and_only_before_it_begins() {
        for event in Event::ALL.iter().filter(|it| **it != Event::Cancel) {
            for status in Status::ALL {
                assert!(
                    state(*status)
                        .after(*event, Party::Client, occasion(*event).1)
                        .is_err()
                );
            }
        }
        let confirmed = state(Status::Confirmed);
        let before = at(100) - TimeDelta::microseconds(1);
        assert_eq!(
            confirmed.after(Event::Cancel, Party::Client, before).ok(),
            Some(Status::Cancelled)
        );
        assert!(confirmed.after(Event::Cancel, Party::Client, at(100)).is_err());
        assert_eq!(
            confirmed.after(Event::Cancel, Party::Staff, at(100)).ok(),
            Some(Status::Cancelled)
        );
    }

    #[test]
    fn time_expires_what_waits_and_completes_what_stands_and_mends_nothing() {
        for event in Event::ALL {
            for status in Status::ALL {
                let (_, now) = occasion(*event);
                let done = state(*status).after(*event, Party::Time, now).ok();
                let wanted = match (status, event) {
                    (Status::Pending | Status::PendingPayment, Event::Expire) => Some(Status::Expired),
                    (Status::Confirmed, Event::Complete) => Some(Status::Completed),
                    _ => None,
                };
                assert_eq!(done, wanted, "{status:?} {event:?}");
            }
        }
    }

    #[test]
    fn what_waited_too_long_has_expired_to_the_microsecond() {
        let pending = state(Status::Pending);
        let just_before = at(50) - TimeDelta::microseconds(1);
        assert!(pending.after(Event::Confirm, Party::Staff, just_before).is_ok());
        assert!(pending.after(Event::Expire, Party::Time, just_before).is_err());
        for event in [
            Event::Confirm,
            Event::RequirePayment,
            Event::Reject,
            Event::Cancel,
        ] {
            assert!(matches!(
                pending.after(event, Party::Staff, at(50)),
                Err(Refusal::Lapsed)
            ));
        }
        assert_eq!(
            (pending.seen(just_before), pending.seen(at(50))),
            (Status::Pending, Status::Expired)
        );
    }

    #[test]
    fn held_and_missed_are_noted_after_the_start_and_mended_for_a_week() {
        let confirmed = state(Status::Confirmed);
        for event in [Event::Complete, Event::MarkNoShow] {
            let early = confirmed.after(event, Party::Staff, at(100) - TimeDelta::microseconds(1));
            assert!(matches!(early, Err(Refusal::NotBegun)));
            assert!(confirmed.after(event, Party::Staff, at(100)).is_ok());
        }
        let (completed, last) = (state(Status::Completed), at(101) + CORRECTABLE_FOR);
        assert_eq!(
            completed.after(Event::MarkNoShow, Party::Staff, last).ok(),
            Some(Status::NoShow)
        );
        let late = completed.after(Event::MarkNoShow, Party::Staff, last + TimeDelta::microseconds(1));
        assert!(matches!(late, Err(Refusal::TooLateToCorrect)));
    }

    #[test]
    fn time_that_was_used_stays_taken() {
        let taken: Vec<Status> = Status::ALL
            .iter()
            .copied()
            .filter(|it| it.occupies(false))
            .collect();
        assert_eq!(
            taken,
            [
                Status::PendingPayment,
                Status::Confirmed,
                Status::Completed,
                Status::NoShow
            ]
        );
        assert!(Status::Pending.occupies(true));
    }
}
