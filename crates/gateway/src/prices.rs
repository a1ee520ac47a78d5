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
        ("ApiKey.scopes", Right::ALL.len() as u64),
        ("Place.rights", Right::ALL.len() as u64),
        ("SessionRevokePayload.endedSessionIds", 1),
        (
            "SessionRevokeOthersPayload.endedSessionIds",
            session::LIVING_MAX as u64,
        ),
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
