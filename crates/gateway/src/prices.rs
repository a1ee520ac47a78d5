//! How long the lists are that are no connections: what a request costs is known from this before it runs.

use door::Price;
use kernel::Right;
use messaging::mail::Key;
use messaging::webhook::endpoint::EventTypes;
use scheduling::cancellation::Tiers;
use scheduling::routing::Rules;
use scheduling::series::{OCCURRENCES_MAX, Recurrence};
use scheduling::service::{HOSTS_MAX, Limits, Questions, Reminders};
use scheduling::slots::{BlockerCode, DAYS_MAX, HOSTS_SHOWN, REDIRECTS_MAX};
use scheduling::team::Lock;
use scheduling::{Metadata, cover, overrides, provider, rule, walk_in};
use tenancy::{membership, session};

use crate::clients::CONFLICTS_MAX;
use crate::errors::WRONG_MAX;
use crate::scheduling::assignment::DECISIONS_MAX;
use crate::scheduling::refusal::ALTERNATIVES;
use crate::scheduling::slots::{ANSWERS_MAX, BLOCKERS_MAX};

/// Parts of the path to a field: `input`, an object in it, one in that, the field.
const PATH_MAX: usize = 4;

/// Years that a list of overrides can touch.
const YEARS_TOUCHED: u64 = 2;

/// Lists that are as long as the `first` of the field above them: starts, and the dates that they are on.
const SHARING: &[&str] = &[
    "HostSlots.slots",
    "SlotDay.slots",
    "SlotStates.states",
    "Slots.days",
    "SlotsByHost.hosts",
];

/// What the fields of the schema cost beyond what their types say.
#[must_use]
pub fn prices() -> door::Prices {
    let schema = crate::builder().finish();
    let payloads = schema.names().into_iter().filter(|it| it.ends_with("Payload"));
    let refusals = payloads.map(|it| (format!("{it}.userErrors"), sized(WRONG_MAX as u64)));
    let lists = tenancy_lists().chain(scheduling_lists());
    let lists = lists.map(|(field, size)| (field.to_owned(), sized(size)));
    let shares = Price {
        shares_page: true,
        ..Price::default()
    };
    let sharing = SHARING.iter().map(|field| ((*field).to_owned(), shares));
    door::Prices {
        fields: refusals.chain(lists).chain(sharing).collect(),
        ..door::Prices::default()
    }
}

fn sized(size: u64) -> Price {
    Price {
        size: Some(size),
        ..Price::default()
    }
}

fn tenancy_lists() -> impl Iterator<Item = (&'static str, u64)> {
    [
        ("ActionError.field", PATH_MAX as u64),
        ("UserError.field", PATH_MAX as u64),
        ("ApiKey.scopes", Right::ALL.len() as u64),
        ("Place.rights", Right::ALL.len() as u64),
        ("SessionRevokePayload.endedSessionIds", 1),
        (
            "SessionRevokeOthersPayload.endedSessionIds",
            session::LIVING_MAX as u64,
        ),
        ("User.places", membership::PLACES_MAX),
        ("User.sessions", session::LIVING_MAX as u64),
    ]
    .into_iter()
}

fn scheduling_lists() -> impl Iterator<Item = (&'static str, u64)> {
    let of_years = overrides::OVERRIDES_A_YEAR * YEARS_TOUCHED;
    let rows = [
        ("Query.availabilityRules", rule::RULES_MAX),
        ("Query.availabilityOverrides", of_years),
        // So many days touch one date more.
        ("Query.slotCounts", DAYS_MAX.unsigned_abs() + 1),
        ("Query.walkInQueue", walk_in::QUEUE_MAX),
    ];
    let values = [
        ("WebhookEndpoint.types", EventTypes::MAX),
        ("Query.messageTemplates", Key::ALL.len()),
        ("AbsenceCoverPayload.bookings", cover::COVERED_MAX),
        ("AbsenceCoverPlan.bookings", cover::COVERED_MAX),
        ("AbsenceCoverPlan.userErrors", WRONG_MAX),
        ("CoveredBooking.refusals", cover::Remedy::ALL.len()),
        ("Attendee.answers", Questions::MAX),
        ("AvailabilityRule.exceptOn", rule::EXCEPTIONS_MAX),
        ("CancellationPolicy.tiers", Tiers::MAX),
        ("CancellationQuote.tiers", Tiers::MAX),
        ("Client.conflictingClients", CONFLICTS_MAX),
        ("Provider.tags", provider::TAGS_MAX),
        ("Query.assignmentExplain", DECISIONS_MAX),
        ("Query.slotRedirects", REDIRECTS_MAX),
        ("Team.locks", Lock::ALL.len()),
        ("Booking.metadata", Metadata::KEYS_MAX),
        ("BookingAnswer.values", Questions::OPTIONS_MAX),
        ("Resource.metadata", Metadata::KEYS_MAX),
        ("PlannedOccurrence.blockers", BlockerCode::ALL.len()),
        ("PlannedOccurrence.hostIds", HOSTS_SHOWN),
        ("PlannedOccurrence.reasons", BlockerCode::ALL.len()),
        ("Series.addedOn", Recurrence::DATES_MAX),
        ("Series.exceptOn", Recurrence::DATES_MAX),
        ("Series.metadata", Metadata::KEYS_MAX),
        ("SeriesCancelPayload.bookings", OCCURRENCES_MAX),
        ("SeriesCreatePayload.bookings", OCCURRENCES_MAX),
        // A move calls off as many as it makes.
        ("SeriesMovePayload.bookings", 2 * OCCURRENCES_MAX),
        ("SeriesOccurrence.reasons", BlockerCode::ALL.len()),
        ("SeriesPlan.occurrences", OCCURRENCES_MAX),
        ("RoutingAnswer.values", Questions::OPTIONS_MAX),
        ("RoutingCondition.values", Rules::VALUES_MAX),
        ("RoutingForm.fields", Questions::MAX),
        ("RoutingForm.rules", Rules::MAX),
        ("RoutingRule.conditions", Rules::CONDITIONS_MAX),
        ("RoutingSubmission.answers", Questions::MAX),
        ("Service.hosts", HOSTS_MAX),
        ("Service.limits", Limits::MAX),
        ("Service.lockedFields", Lock::ALL.len()),
        ("Service.metadata", Metadata::KEYS_MAX),
        ("Service.questions", Questions::MAX),
        ("Service.reminders", Reminders::MAX),
        ("ServiceQuestion.options", Questions::OPTIONS_MAX),
        ("Slot.hostIds", HOSTS_SHOWN),
        ("Slot.hosts", HOSTS_SHOWN),
        ("SlotAnswer.blockers", BLOCKERS_MAX),
        ("SlotExplanation.answers", ANSWERS_MAX),
        ("SlotExplanation.reasons", BlockerCode::ALL.len()),
        ("SlotTakenError.alternatives", ALTERNATIVES),
        ("SlotTakenError.field", PATH_MAX),
    ];
    let values = values.into_iter().map(|(field, size)| (field, size as u64));
    rows.into_iter().chain(values)
}
