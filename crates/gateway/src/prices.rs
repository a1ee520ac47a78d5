//! How long the lists are that are no connections: what a request costs is known from this before it runs.

use kernel::Right;
use tenancy::{membership, session};

/// Things that can be wrong with one input at once: as many as the largest form has fields.
const WRONG_MAX: u64 = 13;

/// Parts of the path to a field: `input`, an object in it, the field.
const PATH_MAX: u64 = 3;

/// What the fields of the schema cost beyond what their types say.
#[must_use]
pub fn prices() -> door::Prices {
    let schema = crate::builder().finish();
    let payloads = schema.names().into_iter().filter(|it| it.ends_with("Payload"));
    let refusals = payloads.map(|it| (format!("{it}.userErrors"), WRONG_MAX));
    let lists = [
        ("ActionError.field", PATH_MAX),
        ("UserError.field", PATH_MAX),
        // `scheduling::cover::COVERED_MAX`.
        ("AbsenceCoverPayload.bookings", 200),
        ("AbsenceCoverPlan.bookings", 200),
        ("AbsenceCoverPlan.userErrors", WRONG_MAX),
        // Hosts, ten rooms and ten pieces of equipment.
        ("CoveredBooking.hostIds", 30),
        // Every strategy once.
        ("CoveredBooking.refusals", 3),
        ("ApiKey.scopes", Right::ALL.len() as u64),
        ("Place.rights", Right::ALL.len() as u64),
        ("SessionRevokePayload.endedSessionIds", 1),
        (
            "SessionRevokeOthersPayload.endedSessionIds",
            session::LIVING_MAX as u64,
        ),
        // Hours of one resource: `scheduling::rule::RULES_MAX`.
        ("Query.availabilityRules", 100),
        // `scheduling::overrides::OVERRIDES_A_YEAR`, in the two years that a list may touch.
        ("Query.availabilityOverrides", 2_000),
        ("Query.slotCounts", 367),
        ("Resource.metadata", 50),
        ("Service.hosts", 100),
        ("Service.metadata", 50),
        ("Service.questions", 30),
        ("SlotExplanation.answers", 100),
        // `first` counts starts, and no date is without one.
        ("Slots.days", 1),
        ("SlotDay.slots", 1),
        ("SlotStates.states", 1),
        ("User.places", membership::PLACES_MAX),
        ("User.sessions", session::LIVING_MAX as u64),
    ];
    let lists = lists.map(|(field, size)| (field.to_owned(), size));
    let price = |size| door::Price {
        size: Some(size),
        ..door::Price::default()
    };
    door::Prices {
        fields: refusals
            .chain(lists)
            .map(|(field, size)| (field, price(size)))
            .collect(),
        ..door::Prices::default()
    }
}
