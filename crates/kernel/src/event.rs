//! What can happen in an organization: the one catalogue of events.
//!
//! A verb names one of these words when it writes down what it did, so nothing can happen that is not listed here.

use std::fmt;
use std::str::FromStr;

use crate::Right;

macro_rules! event_types {
    ($($right:ident { $($(#[doc = $doc:literal])* $name:ident = $word:literal,)* })*) => {
        /// What happened: the thing, then the verb in the past. On the wire of a webhook `BOOKING_MOVED` is `booking.moved`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "graphql", derive(async_graphql::Enum), graphql(name = "EventKind"))]
        pub enum EventType {
            $($($(#[doc = $doc])* $name,)*)*
        }

        impl EventType {
            /// Everything that can happen.
            pub const ALL: &[Self] = &[$($(Self::$name,)*)*];

            /// The word for it in the journal, the audit log and webhooks.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($(Self::$name => $word,)*)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $($(Self::$name => concat!($($doc),*),)*)* }
            }

            /// Who may hear of it, besides whoever may read the audit log.
            #[must_use]
            pub const fn right(self) -> Right {
                match self { $($(Self::$name => Right::$right,)*)* }
            }
        }

        impl FromStr for EventType {
            type Err = UnknownEvent;
            fn from_str(word: &str) -> Result<Self, UnknownEvent> {
                match word { $($($word => Ok(Self::$name),)*)* _ => Err(UnknownEvent(word.chars().take(40).collect())) }
            }
        }
    };
}

event_types! {
    AuditRead {
        /// The organization was founded.
        OrganizationCreated = "organization.created",
        /// The organization's name, branding, settings or place were changed.
        OrganizationUpdated = "organization.updated",
        /// An owner asked to close the organization; it is not confirmed yet.
        OrganizationDeletionRequested = "organization.deletion_requested",
        /// The organization was closed for good.
        OrganizationDeleted = "organization.deleted",
        /// A member was given another role.
        MembershipRoleChanged = "membership.role_changed",
        /// A member was let go.
        MembershipRemoved = "membership.removed",
        /// A member left.
        MembershipLeft = "membership.left",
        /// Somebody was invited.
        InvitationCreated = "invitation.created",
        /// An invitation was taken back.
        InvitationRevoked = "invitation.revoked",
        /// Somebody who was invited joined.
        InvitationAccepted = "invitation.accepted",
        /// An API key was made.
        ApiKeyCreated = "api_key.created",
        /// An API key's name, scopes, rate or end were changed.
        ApiKeyUpdated = "api_key.updated",
        /// An API key was revoked for good.
        ApiKeyRevoked = "api_key.revoked",
        /// A promise that was given up was put back to work.
        TimerRearmed = "timer.rearmed",
    }
    ClientsRead {
        /// A client was entered in the directory, by staff or by booking.
        ClientCreated = "client.created",
        /// A client's particulars were changed.
        ClientUpdated = "client.updated",
        /// A client was put away.
        ClientArchived = "client.archived",
        /// A client was taken out again.
        ClientRestored = "client.restored",
    }
    CatalogueRead {
        /// Somebody or something that can be booked was added.
        ResourceCreated = "resource.created",
        /// A resource was changed.
        ResourceUpdated = "resource.updated",
        /// A resource was put away: it can no longer be booked.
        ResourceArchived = "resource.archived",
        /// A resource was taken out again.
        ResourceRestored = "resource.restored",
        /// Somebody's profile was made.
        ProviderCreated = "provider.created",
        /// A profile was changed.
        ProviderUpdated = "provider.updated",
        /// A profile's subjects, specializations or languages were set.
        ProviderTagged = "provider.tagged",
        /// A profile was handed in, admitted or declined.
        ProviderReviewed = "provider.reviewed",
        /// A team was made.
        TeamCreated = "team.created",
        /// A team was changed.
        TeamUpdated = "team.updated",
        /// Members of a team were added or changed.
        TeamMembersPut = "team.members_put",
        /// Members of a team were taken out.
        TeamMembersRemoved = "team.members_removed",
        /// A team was put away.
        TeamArchived = "team.archived",
        /// A team was taken out again.
        TeamRestored = "team.restored",
        /// A service was made.
        ServiceCreated = "service.created",
        /// A service's terms were changed.
        ServiceUpdated = "service.updated",
        /// It was said who gives a service, and where.
        ServiceHostsSet = "service.hosts_set",
        /// A service was put away: it can no longer be booked.
        ServiceArchived = "service.archived",
        /// A service was taken out again.
        ServiceRestored = "service.restored",
        /// A cancellation policy was made.
        CancellationPolicyCreated = "cancellation_policy.created",
        /// A cancellation policy was changed; what is booked keeps the old one.
        CancellationPolicyUpdated = "cancellation_policy.updated",
        /// A cancellation policy was put away.
        CancellationPolicyArchived = "cancellation_policy.archived",
        /// A cancellation policy was taken out again.
        CancellationPolicyRestored = "cancellation_policy.restored",
        /// A routing form was made.
        RoutingFormCreated = "routing_form.created",
        /// A routing form was changed.
        RoutingFormUpdated = "routing_form.updated",
        /// A routing form was put away.
        RoutingFormArchived = "routing_form.archived",
        /// A routing form was taken out again.
        RoutingFormRestored = "routing_form.restored",
    }
    CalendarsRead {
        /// Hours that recur were added.
        RuleCreated = "rule.created",
        /// Hours that recur were changed.
        RuleUpdated = "rule.updated",
        /// Hours that recur were taken back.
        RuleArchived = "rule.archived",
        /// Hours that recur stand again.
        RuleRestored = "rule.restored",
        /// A date was given hours of its own.
        OverrideCreated = "override.created",
        /// The hours of a date were changed.
        OverrideUpdated = "override.updated",
        /// A date's own hours were taken back.
        OverrideArchived = "override.archived",
        /// A date's own hours stand again.
        OverrideRestored = "override.restored",
        /// An absence was noted.
        AbsenceCreated = "absence.created",
        /// An absence was changed.
        AbsenceUpdated = "absence.updated",
        /// An absence was taken back.
        AbsenceArchived = "absence.archived",
        /// An absence stands again.
        AbsenceRestored = "absence.restored",
        /// Staff took time out of a resource.
        BlockCreated = "block.created",
        /// Time that staff took out was moved or explained otherwise.
        BlockUpdated = "block.updated",
        /// Time that staff took out was given back.
        BlockDeleted = "block.deleted",
    }
    DiaryRead {
        /// A booking was made; `to` says whether it stands or waits for an answer.
        BookingCreated = "booking.created",
        /// A booking stands: somebody said yes, paid, or took the first seat.
        BookingConfirmed = "booking.confirmed",
        /// A booking was accepted and is to be paid first.
        BookingPaymentRequired = "booking.payment_required",
        /// Staff said no to a booking that waited for an answer.
        BookingRejected = "booking.rejected",
        /// A booking was called off.
        BookingCancelled = "booking.cancelled",
        /// Nobody answered or paid in time.
        BookingExpired = "booking.expired",
        /// A booking took place.
        BookingCompleted = "booking.completed",
        /// The client did not come.
        BookingNoShow = "booking.no_show",
        /// A booking takes place at another time.
        BookingMoved = "booking.moved",
        /// Somebody else gives a booking.
        BookingReassigned = "booking.reassigned",
        /// Somebody joined a class, or a seat is kept for them.
        BookingAttendeeAdded = "booking.attendee_added",
        /// Somebody left a class, or a seat that was kept is free again.
        BookingAttendeeRemoved = "booking.attendee_removed",
        /// It is time to remind of a booking: `before` says how long before its start that is.
        BookingReminded = "booking.reminded",
        /// Time is kept for whoever is about to book it.
        HoldPlaced = "hold.placed",
        /// Time that was kept was let go.
        HoldReleased = "hold.released",
        /// Time that was kept was not booked in time.
        HoldExpired = "hold.expired",
        /// Somebody was sent a link to book by.
        BookingRequestSent = "booking_request.sent",
        /// A link to book by was opened.
        BookingRequestOpened = "booking_request.opened",
        /// A link to book by has led to a booking.
        BookingRequestBooked = "booking_request.booked",
        /// A link to book by was taken back.
        BookingRequestCancelled = "booking_request.cancelled",
        /// A series of bookings was made.
        SeriesCreated = "series.created",
        /// The next bookings of a series were made.
        SeriesExtended = "series.extended",
        /// A series, or a part of it, goes by another rule, time or host.
        SeriesMoved = "series.moved",
        /// A series, or a part of it, was called off.
        SeriesCancelled = "series.cancelled",
        /// Somebody waits for a time.
        WaitlistJoined = "waitlist.joined",
        /// Somebody who waits was offered a time.
        WaitlistOffered = "waitlist.offered",
        /// Somebody took what was offered.
        WaitlistAccepted = "waitlist.accepted",
        /// Somebody passed on what was offered, and waits on.
        WaitlistDeclined = "waitlist.declined",
        /// Somebody did not answer an offer in time, and waits on.
        WaitlistLapsed = "waitlist.lapsed",
        /// What was offered takes place no more; whoever was offered it waits on.
        WaitlistWithdrawn = "waitlist.withdrawn",
        /// Somebody waits no more.
        WaitlistLeft = "waitlist.left",
        /// Somebody without an appointment stands in line.
        WalkInJoined = "walk_in.joined",
        /// Somebody from the line is being served.
        WalkInStarted = "walk_in.started",
        /// Somebody was served, was gone at their turn, or left the line: `to` says which.
        WalkInClosed = "walk_in.closed",
    }
    WebhooksRead {
        /// A webhook endpoint was made.
        WebhookEndpointCreated = "webhook_endpoint.created",
        /// A webhook endpoint's address, description or types were changed.
        WebhookEndpointUpdated = "webhook_endpoint.updated",
        /// A webhook endpoint was given a new secret; for a day the one before signs too.
        WebhookEndpointSecretRotated = "webhook_endpoint.secret_rotated",
        /// Nothing is sent to a webhook endpoint any more, because somebody said so or nothing arrived for five days.
        WebhookEndpointPaused = "webhook_endpoint.paused",
        /// A webhook endpoint goes on where it stopped.
        WebhookEndpointResumed = "webhook_endpoint.resumed",
        /// A webhook endpoint answered that it wants no more.
        WebhookEndpointDisabled = "webhook_endpoint.disabled",
        /// A webhook endpoint was ended for good.
        WebhookEndpointDeleted = "webhook_endpoint.deleted",
    }
    MessagesRead {
        /// The words of a letter were changed.
        TemplateUpdated = "template.updated",
        /// A letter says again what Horarium brings.
        TemplateReset = "template.reset",
    }
}

impl EventType {
    /// What sort of thing it happens to: the part before the dot.
    #[must_use]
    pub fn aggregate(self) -> &'static str {
        self.word().split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names nothing that can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEvent(String);

impl fmt::Display for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected an event such as `booking.created`, got `{}`", self.0)
    }
}

impl std::error::Error for UnknownEvent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_found_by_its_word_and_has_a_sentence() {
        for event in EventType::ALL {
            assert_eq!(event.word().parse(), Ok(*event));
            let (thing, verb) = event.word().split_once('.').unwrap();
            assert_eq!(thing, event.aggregate());
            assert!(!verb.contains('.'), "{event}");
            let sentence = event.sentence().trim();
            assert!(
                sentence.ends_with('.') && sentence.len() > 10,
                "{event}: {sentence}"
            );
        }
    }

    #[test]
    fn what_cannot_happen_is_refused_by_name() {
        let wrong = "booking.melted".parse::<EventType>().unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "expected an event such as `booking.created`, got `booking.melted`"
        );
    }
}
