//! The published schema: it is the code's, its lists have known lengths, and the tools of others can read it.

use std::collections::BTreeMap;

use door::{Guard, Limits, Size};
use serde_json::json;

use super::sdl::{Kind, Sdl};
use super::sources::root;
use crate::world::{Who, World, stories};

stories! {
    both: [],
    sqlite: [the_introspections_of_graphiql_apollo_and_relay_are_answered],
}

#[test]
fn schema_graphql_is_what_the_code_says() {
    let (path, now) = (root().join("schema.graphql"), gateway::sdl());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &now).expect("the repository can be written to");
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    let line = published
        .lines()
        .zip(now.lines())
        .position(|(then, now)| then != now);
    assert!(
        published == now,
        "the schema has changed (line {:?}): run `just schema` and read the difference",
        line.map(|it| it + 1)
    );
}

/// Lists that are no connections, and how long each can be, with the reason. A connection is as long as its page, and so is
/// what shares one: dates with starts.
fn lists() -> BTreeMap<String, (usize, &'static str)> {
    let sdl = Sdl::read();
    let rights = kernel::Right::ALL.len();
    let places = usize::try_from(tenancy::membership::PLACES_MAX).expect("a length");
    let living = tenancy::session::LIVING_MAX;
    let inputs = || sdl.only(&[Kind::Argument]).filter(|it| it.name == "input");
    let deepest = inputs().map(|it| 1 + sdl.depth(it.of())).max().unwrap_or(0);
    let path = "a path is as long as inputs are deep";
    let (words, asked) = ("so many keys", "a service asks so much");
    let chosen = "a question has so many options";
    let listed = [
        ("ActionError.field", deepest, path),
        ("AbsenceCoverPayload.bookings", 200, "one call covers so many"),
        ("AbsenceCoverPlan.bookings", 200, "one call covers so many"),
        ("ApiKey.scopes", rights, "there are so many rights"),
        ("Place.rights", rights, "there are so many rights"),
        (
            "SessionRevokeOthersPayload.endedSessionIds",
            living,
            "one can have so many",
        ),
        ("SessionRevokePayload.endedSessionIds", 1, "it ends one"),
        ("User.places", places, "one can have so many"),
        ("User.sessions", living, "one can have so many"),
        ("UserError.field", deepest, path),
        ("SlotTakenError.field", deepest, path),
        ("SlotTakenError.alternatives", 5, "it names the nearest"),
        ("Attendee.answers", 30, asked),
        ("Booking.metadata", 50, words),
        ("CancellationPolicy.tiers", 10, "a policy has so many"),
        ("CancellationQuote.tiers", 10, "a policy has so many"),
        ("Client.conflictingClients", 20, "so many are told of one"),
        ("Provider.tags", 50, "a provider has so many"),
        ("Query.assignmentExplain", 20, "the latest are told"),
        ("Query.slotRedirects", 100, "the earliest are told"),
        ("Team.locks", 8, "so much can be locked"),
        ("BookingAnswer.values", 50, chosen),
        ("CoveredBooking.refusals", 3, "each strategy once"),
        ("Query.slotCounts", 367, "366 days touch so many dates"),
        ("Query.walkInQueue", 100, "so many stand in one line"),
        ("Resource.metadata", 50, words),
        ("Service.hosts", 100, "a service has so many"),
        ("Service.limits", 12, "one of each kind"),
        ("Service.lockedFields", 8, "so much can be locked"),
        ("Service.metadata", 50, words),
        ("Service.questions", 30, asked),
        ("Service.reminders", 10, "a service has so many"),
        ("ServiceQuestion.options", 50, chosen),
    ];
    let payloads = sdl.only(&[Kind::Field]).filter(|it| it.name == "userErrors");
    let refusals = payloads.map(|it| (it.path.clone(), (gateway::WRONG_MAX, "a form names so many")));
    let listed = listed
        .into_iter()
        .chain(HOURS)
        .chain(ROUTING)
        .chain(SERIES)
        .chain(SLOTS)
        .chain(TOLD)
        .map(|(path, length, reason)| (path.to_owned(), (length, reason)));
    refusals.chain(listed).collect()
}

/// Of hours.
const HOURS: [(&str, usize, &str); 3] = [
    (
        "Query.availabilityOverrides",
        2_000,
        "a thousand a year, of two years",
    ),
    ("Query.availabilityRules", 100, "a resource has so many"),
    (
        "AvailabilityRule.exceptOn",
        366,
        "a rule leaves out so many dates",
    ),
];

/// The same of routing forms.
const ROUTING: [(&str, usize, &str); 6] = [
    ("RoutingAnswer.values", 50, "a question has so many options"),
    ("RoutingCondition.values", 50, "IN compares with so many"),
    ("RoutingForm.fields", 30, "a form asks so much"),
    ("RoutingForm.rules", 50, "a form has so many"),
    ("RoutingRule.conditions", 10, "a rule has so many"),
    ("RoutingSubmission.answers", 30, "a form asks so much"),
];

/// The same of what is told to others.
const TOLD: [(&str, usize, &str); 2] = [
    ("Query.messageTemplates", 6, "there are so many letters"),
    ("WebhookEndpoint.types", 50, "an endpoint wants so many"),
];

/// The same of slots.
const SLOTS: [(&str, usize, &str); 5] = [
    ("Slot.hostIds", 20, "a slot shows so many"),
    ("Slot.hosts", 20, "a slot shows so many"),
    ("SlotAnswer.blockers", 20, "so much is said against one of them"),
    ("SlotExplanation.answers", 100, "so many are gone into"),
    ("SlotExplanation.reasons", 13, "each code once"),
];

/// The same of series.
const SERIES: [(&str, usize, &str); 11] = [
    ("PlannedOccurrence.blockers", 13, "each code once"),
    ("PlannedOccurrence.hostIds", 20, "so many are shown"),
    ("PlannedOccurrence.reasons", 13, "each code once"),
    ("Series.addedOn", 104, "a series names so many"),
    ("Series.exceptOn", 104, "a series names so many"),
    ("Series.metadata", 50, "so many keys"),
    ("SeriesCancelPayload.bookings", 104, "so many are made at once"),
    ("SeriesCreatePayload.bookings", 104, "so many are made at once"),
    ("SeriesMovePayload.bookings", 208, "as many called off as made"),
    ("SeriesOccurrence.reasons", 13, "each code once"),
    ("SeriesPlan.occurrences", 104, "so many are made at once"),
];

#[test]
fn every_list_has_a_length_that_is_known_before_it_is_asked_for() {
    let guard = Guard::new(&gateway::sdl(), Limits::default(), gateway::prices()).expect("a schema");
    let (mut listed, mut wrong) = (lists(), Vec::new());
    for (path, size) in guard.lists() {
        match (size, listed.remove(&path)) {
            (Size::Own | Size::Page | Size::Ids, None) => {}
            (Size::Named(priced), Some((length, _))) if priced == length as u64 => {}
            (size, Some((length, reason))) => {
                wrong.push(format!(
                    "{path}: gateway::prices says {size:?}, it can be {length}: {reason}"
                ));
            }
            (size, None) => wrong.push(format!(
                "{path} ({size:?}): make it a connection, or list its length"
            )),
        }
    }
    wrong.extend(
        listed
            .into_keys()
            .map(|path| format!("{path} is listed and is no list any more")),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What introspection is asked by: GraphiQL through graphql-js, with everything that it can ask; Relay's and older tools
/// through graphql-js before descriptions of scalars and repeatable directives; Apollo's code generators, which first ask
/// which of these the server knows.
const GRAPHIQL: &str = "query IntrospectionQuery {
    __schema {
        description
        queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
    }
}
fragment FullType on __Type {
    kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) {
        name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
    }
    inputFields(includeDeprecated: true) { ...InputValue }
    interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name ofType { kind name ofType { kind name ofType { kind name } } }
    } } } } } }
}";

const RELAY: &str = "query IntrospectionQuery {
    __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType }
        directives { name description locations args { ...InputValue } }
    }
}
fragment FullType on __Type {
    kind name description
    fields(includeDeprecated: true) {
        name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
    }
    inputFields { ...InputValue }
    interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name ofType { kind name }
    } } } } } }
}";

const APOLLO: &str = "query PreIntrospectionQuery {
    schema: __type(name: \"__Schema\") { ...Known }
    type: __type(name: \"__Type\") { ...Known }
    directive: __type(name: \"__Directive\") { ...Known }
    field: __type(name: \"__Field\") { ...Known }
    inputValue: __type(name: \"__InputValue\") { ...Known }
}
fragment Known on __Type { fields { name args { name } } }";

async fn the_introspections_of_graphiql_apollo_and_relay_are_answered(world: World) {
    let api = world.api();
    let sdl = Sdl::read();
    let ours: Vec<&str> = sdl.only(&[Kind::Type]).map(|it| it.path.as_str()).collect();
    for tool in [GRAPHIQL, RELAY] {
        let answer = api.ask(&Who::stranger(), tool).await;
        let types = answer.data("/__schema/types").as_array().unwrap();
        let known: Vec<&str> = types.iter().filter_map(|it| it["name"].as_str()).collect();
        assert!(ours.iter().all(|it| known.contains(it)), "{known:?}");
        assert_eq!(*answer.data("/__schema/queryType/name"), json!("Query"));
        assert!(answer.body["extensions"]["cost"]["requested"].is_u64());
    }
    let answer = api.ask(&Who::stranger(), GRAPHIQL).await;
    let types = answer.data("/__schema/types").as_array().unwrap();
    let date_time = types.iter().find(|it| it["name"] == "DateTime").unwrap();
    assert_eq!(
        date_time["specifiedByURL"],
        "https://www.rfc-editor.org/rfc/rfc3339"
    );
    let answer = api.ask(&Who::stranger(), APOLLO).await;
    let knows = |of: &str, field: &str| {
        let fields = answer.data(of).as_array().unwrap();
        fields.iter().any(|it| it["name"] == field)
    };
    assert!(knows("/type/fields", "specifiedByURL") && knows("/directive/fields", "isRepeatable"));
    assert!(knows("/inputValue/fields", "isDeprecated") && knows("/schema/fields", "description"));
}
